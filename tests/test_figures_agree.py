"""Figures that several pages show are the same on all of them: of a run with labels, of one without, of a search."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_fixture import WrittenRun, write_run
from streamlit.testing.v1 import AppTest
from test_search_page import with_trials

from core.store.workspace import Workspace, open_workspace

MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"
PAGES = sorted(f.stem for f in (MAIN.parents[1] / "pages").glob("*.py") if f.stem not in ("__init__", "help"))
N = r"(\d[\d,]*)"
FIGURES = {
    "AUROC": [r"AUROC (\d\.\d+)"],
    "average precision": [r"Average precision (\d\.\d+)", r"average precision (\d\.\d+)"],
    "flagged": [rf"of {N} flagged rows", rf"\bFlagged {N}(?! of)", rf"{N} of [\d,]+ (?:test )?rows stand out"],
    "rows": [rf"of {N} (?:test )?rows stand out", rf"Test rows {N}", rf"rank \d[\d,]* of {N}"],
    "threshold": [r"Threshold (\d+\.\d+)"],
    "trained on": [rf"Trained on {N}"],
}
"""What names each figure, in the words of the pages."""


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    return open_workspace()


def words_of(at: AppTest) -> str:
    """All that a page says, without its marks."""
    said = [str(e.value) for kind in (at.markdown, at.caption, at.info, at.warning, at.text) for e in kind]
    said += [f"{metric.label} {metric.value} ." for metric in at.metric]
    said += [f"{box.label} {box.value}" for box in at.number_input]
    said += [str(option) for box in at.selectbox for option in box.options if option == box.value or box.label == "Run"]
    said += [element.proto.body for element in at.get("html")]
    plain = re.sub(r"<[^>]+>|[*\\]|:\w+\[|\]", "", " | ".join(said))
    return re.sub(r"\s+", " ", plain.replace("\u00a0", " "))


def pages(**query: str) -> Iterator[tuple[str, AppTest]]:
    for name in PAGES:
        at = AppTest.from_file(str(MAIN), default_timeout=240).run()
        at.switch_page(f"../pages/{name}.py")
        for key, value in query.items():
            at.query_params[key] = value
        at.run()
        assert not at.exception, (name, at.exception)
        yield name, at


def agree(a: str, b: str) -> bool:
    """Whether two numbers are the same to the digits that both have."""
    digits = min(len(one.partition(".")[2]) for one in (a, b))
    return abs(float(a) - float(b)) <= 0.5001 * 10.0**-digits if digits else float(a) == float(b)


@pytest.mark.parametrize("labels", [True, False])
def test_every_figure_of_a_run_is_the_same_on_every_page(space: Workspace, labels: bool) -> None:
    run: WrittenRun = write_run(space, 400, labels=labels)
    found: dict[str, dict[str, list[str]]] = {name: {} for name in FIGURES}
    for name, at in pages(run=run.run_id, dataset=run.dataset_id, order="score"):
        words = words_of(at)
        for figure, patterns in FIGURES.items():
            if name == "thresholds" and figure in ("flagged", "threshold"):
                continue  # it is about other thresholds than the run's
            told = [one.replace(",", "") for pattern in patterns for one in re.findall(pattern, words)]
            if told:
                found[figure][name] = told
    for figure, told in found.items():
        every = [one for some in told.values() for one in some]
        assert all(agree(every[0], one) for one in every), (figure, told)
    twice = [figure for figure, told in found.items() if sum(map(len, told.values())) > 1]
    assert {"flagged", "rows", "threshold"} <= set(twice)
    assert ("AUROC" in twice) == labels
    wanted = run.parts == "test" if labels else run.parts != ""
    assert found["flagged"]["explore"][0] == str((run.scores[wanted] > run.threshold).sum())


@pytest.mark.parametrize("labels", [True, False])
def test_every_figure_of_a_search_is_that_of_its_table(space: Workspace, labels: bool) -> None:
    search = with_trials(space, labelled=labels, state="done")
    at = next(at for name, at in pages(search=search) if name == "search")
    table, shown = at.dataframe[0].value, {m.label: m.value for m in at.metric}
    ended = int((table["State"] == "Ended").sum())
    assert shown["Trials to the end"] == f"{ended} of {len(table)}"
    table = table[table["State"] == "Ended"]
    best = table["AP"].max() if labels else table.loc[table["Mean rank"].idxmin(), "AP"]
    assert float(shown["Average precision"]) == pytest.approx(best, abs=1e-4)
    if not labels:
        assert float(shown["Mean rank"]) == pytest.approx(table["Mean rank"].min(), abs=0.01)
