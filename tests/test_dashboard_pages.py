"""Every page on an empty session, and the ways between them: the address decides what is shown."""

import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.store.workspace import open_workspace
from dashboard.state import page_list

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "__init__")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    return tmp_path


def opened(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=240).run()
    at.switch_page(f"../pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def said(at: AppTest) -> str:
    kinds = (at.title, at.markdown, at.caption, at.info, at.warning, at.error)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def dataset(home) -> str:
    from core.modalities.examples import ingest_example

    space = open_workspace()
    return ingest_example(space, "wine").id


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_session_and_offers_a_next_step(home, page):
    at = opened(page)
    assert not at.exception
    assert len(at.title) == 1
    assert at.button or at.get("page_link")


@pytest.mark.parametrize("page", ["data", "train", "explore"])
@pytest.mark.parametrize("kind", ["dataset", "run"])
def test_an_address_of_something_that_is_gone_is_told_and_breaks_nothing(home, page, kind):
    if (page, kind) in {("data", "run"), ("explore", "dataset")}:
        pytest.skip("the page does not read this parameter")
    at = opened(page, **{kind: "gone'; --<b>"})
    assert not at.exception
    assert "gone" in said(at) or at.button


def test_the_bare_address_leads_to_the_data(home):
    at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=240).run()
    assert [title.value for title in at.title] == ["Data"]


def test_the_page_may_be_named_in_the_query(home):
    at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=240)
    at.query_params["page"] = "runs"
    assert [title.value for title in at.run().title] == ["Runs"]


def test_an_unknown_page_is_told_and_the_data_page_opens(home):
    at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=240)
    at.query_params["page"] = "nonsense"
    at.run()
    assert [title.value for title in at.title] == ["Data"]
    assert "There is no page called “nonsense”" in said(at)


def test_the_dataset_is_carried_from_page_to_page(home, monkeypatch):
    # Asking for the devices would start workers.
    monkeypatch.setattr("dashboard.train.previews.devices", lambda: None)
    wine = dataset(home)
    at = opened("data", dataset=wine)
    at.switch_page("../pages/train.py")
    at.run()
    assert at.query_params["dataset"] in (wine, [wine])


def test_going_away_and_coming_back_shows_the_same_view(home):
    wine = dataset(home)
    at = opened("data", dataset=wine, tab="profile", column="alcohol")
    at.switch_page("../pages/runs.py")
    at.run()
    at.switch_page("../pages/data.py")
    at.run()
    shown = {name: value[0] if isinstance(value, list) else value for name, value in at.query_params.items()}
    assert shown == {"dataset": wine, "tab": "profile", "column": "alcohol"}


def test_a_page_is_one_file_that_says_its_title_icon_and_place(tmp_path, monkeypatch):
    (tmp_path / "late.py").write_text('PAGE = {"title": "Late", "icon": ":material/bedtime:", "order": 20}\n')
    (tmp_path / "early.py").write_text(
        'raise RuntimeError("a list imports no page")\nPAGE = {"title": "E", "icon": ""}\n'
    )
    monkeypatch.setattr(page_list, "_FOLDER", tmp_path)
    assert {name: page.title for name, page in page_list.pages().items()} == {"late": "Late", "early": "E"}


def test_a_page_that_says_nothing_of_itself_is_named(tmp_path, monkeypatch):
    (tmp_path / "silent.py").write_text("import streamlit as st\n")
    monkeypatch.setattr(page_list, "_FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"silent\.py has no line PAGE"):
        page_list.pages()


def test_what_the_first_page_needs_imports_no_numbers():
    """The server's memory until the first page is on screen: what encodes and counts is imported by who does so."""
    code = """
import sys
from core.modalities.examples import examples
import dashboard.server.cache, dashboard.data.new_data
examples()
print([name for name in ("numpy", "pandas", "duckdb", "torch") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
