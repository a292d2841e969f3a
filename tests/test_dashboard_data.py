"""The Data page as a script: samples, schema, label, warnings, split, rename and delete."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from synced_widgets import widget_named
from waiting import WAIT, until

from core.index import chosen_split
from core.index.schema import Schema
from core.readers.ingest import ingest
from core.recipe import Recipe, SplitConfig
from core.store.workspace import Workspace, open_workspace
from dashboard.data import schema_table
from dashboard.format import plain
from dashboard.server import cache, read_tasks, uploads

MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"


@pytest.fixture
def space(tmp_path, monkeypatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    return open_workspace()


def table(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    odd = rng.random(rows) < 0.1
    return pd.DataFrame(
        {
            "when": pd.date_range("2026-01-01", periods=rows, freq="h"),
            "x": rng.normal(size=rows).round(4) + 3 * odd,
            "kind": rng.choice(["a", "b", "c"], rows),
            "same": 1,
            "state": np.where(odd, np.where(rng.random(rows) < 0.5, "attack", "unsure"), "fine"),
        }
    )


@pytest.fixture
def dataset_id(space, tmp_path) -> str:
    table().to_csv(tmp_path / "hours.csv", index=False)
    made = ingest(space.store, space.artifacts, tmp_path / "hours.csv", name="hours.csv")
    schema = Schema.from_dict(made.schema).with_label("state", normal=["fine"])
    space.store.update_dataset(made.id, schema=schema.to_dict())
    return made.id


def opened(**query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page("../pages/data.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def again(at: AppTest, _done: object = None) -> AppTest:
    """Run the page after something was done on it."""
    at.run()
    assert not at.exception, at.exception
    return at


def said(at: AppTest) -> str:
    kinds = (at.title, at.markdown, at.caption, at.info, at.warning, at.error, at.success)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def test_a_sample_is_one_click_away_and_made_once(space):
    at = opened()
    again(at, at.button(key="sample_wine").click())
    assert [d.name for d in space.store.datasets()] == ["Wine"]
    assert {m.label: m.value for m in at.metric}["Rows"] == "129"
    fresh = opened()
    again(fresh, fresh.button(key="sample_wine").click())
    assert len(space.store.datasets()) == 1


@pytest.mark.parametrize("tab", ["columns", "label", "profile", "split", "reading", "nonsense"])
def test_every_view_of_a_dataset_opens_from_its_address(dataset_id, tab):
    at = opened(dataset=dataset_id, tab=tab)
    shown = {m.label: m.value for m in at.metric}
    assert shown["Rows"] == "300"
    assert shown["Features"] == "2 of 5 columns"


@pytest.mark.parametrize("column", ["when", "x", "kind"])
def test_every_column_has_a_profile(dataset_id, column):
    at = opened(dataset=dataset_id, tab="profile", column=column)
    assert widget_named(at.selectbox, f"profile_column:{dataset_id}").value == column


def test_a_second_column_may_not_look_twice(space, dataset_id):
    """A role that only one column can have moves, and the column that had it is ignored from then on."""
    schema = cache.schema(dataset_id)
    moved = schema_table._with_roles_moved(schema, {"kind": {"role": "label"}})
    changed = schema.with_columns(moved)
    assert (changed.label, changed.column("state").role) == ("kind", "ignored")


def test_an_edit_of_the_schema_is_saved(space, dataset_id, monkeypatch):
    state = {"editor": {"edited_rows": {"1": {"Role": "ignored"}, "2": {"Kind": "text"}}}}
    monkeypatch.setattr(st, "session_state", state)
    schema_table._save(dataset_id, "editor")
    saved = cache.schema(dataset_id)
    assert saved.column("x").role == "ignored"
    assert saved.column("kind").kind == "text"
    assert saved.column("x").role_reason == "Chosen by you."


def test_an_edit_that_is_not_allowed_is_told_and_undone(space, dataset_id, monkeypatch):
    state = {"editor": {"edited_rows": {"2": {"Kind": "number"}}}}
    monkeypatch.setattr(st, "session_state", state)
    schema_table._save(dataset_id, "editor")
    assert cache.schema(dataset_id).column("kind").kind == "category"
    assert "cannot be of kind 'number'" in state[f"schema:{dataset_id}:problem"]


def test_the_label_column_and_its_values_can_be_chosen(space, dataset_id):
    at = opened(dataset=dataset_id, tab="label")
    again(at, widget_named(at.multiselect, f"unknown_values:{dataset_id}").set_value(["unsure"]))
    assert cache.schema(dataset_id).label_values == {"fine": "normal", "attack": "anomaly", "unsure": "unknown"}
    assert {m.label: m.value for m in at.metric}["Unknown"] != "0"
    again(at, widget_named(at.selectbox, f"label_column:{dataset_id}").set_value("kind"))
    assert cache.schema(dataset_id).label == "kind"
    again(at, widget_named(at.selectbox, f"label_column:{dataset_id}").set_value(""))
    assert cache.schema(dataset_id).label is None
    assert "Labels" in {m.label for m in at.metric}


def test_a_value_has_one_meaning(space, dataset_id):
    at = opened(dataset=dataset_id, tab="label")
    again(at, widget_named(at.multiselect, f"unknown_values:{dataset_id}").set_value(["fine"]))
    assert cache.schema(dataset_id).label_values["fine"] == "unknown"
    assert widget_named(at.multiselect, f"normal_values:{dataset_id}").value == []


def test_a_warning_names_its_remedy_and_does_it(space, dataset_id):
    schema = cache.schema(dataset_id).with_columns({"same": {"role": "feature"}})
    space.store.update_dataset(dataset_id, schema=schema.to_dict())
    at = opened(dataset=dataset_id)
    assert "Constant features" in said(at)
    place = next(button for button in at.button if button.label == "Ignore same")
    again(at, place.click())
    assert cache.schema(dataset_id).column("same").role == "ignored"
    assert "Constant features" not in said(at)


def test_the_split_is_suggested_by_the_data(space, dataset_id):
    dataset, schema = space.store.dataset(dataset_id), cache.schema(dataset_id)
    assert chosen_split.saved(dataset) is None
    assert chosen_split.suggested(dataset, schema).kind == "normals"
    assert chosen_split.suggested(dataset, schema.with_label(None)).kind == "random"


def test_the_split_is_remembered_with_the_dataset(space, dataset_id):
    at = opened(dataset=dataset_id, tab="split")
    again(at, at.radio(key=f"split:{dataset_id}:kind").set_value("chronological"))
    again(at, at.slider(key=f"split:{dataset_id}:test").set_value(35))
    config, seed = chosen_split.saved(space.store.dataset(dataset_id))
    assert (config, seed) == (SplitConfig(kind="chronological", test=0.35), 0)
    fresh = opened(dataset=dataset_id, tab="split")
    assert fresh.radio(key=f"split:{dataset_id}:kind").value == "chronological"
    assert plain("The last 105 rows in the order of the column 'when' are judged.") in said(fresh)
    again(fresh, fresh.button(key="split_suggest").click())
    assert chosen_split.saved(space.store.dataset(dataset_id)) is None
    assert fresh.radio(key=f"split:{dataset_id}:kind").value == "normals"


def test_a_split_that_was_stored_wrongly_is_not_used(space, dataset_id):
    report = {**space.store.dataset(dataset_id).report, "split": {"config": {"kind": "sideways"}, "seed": 0}}
    assert chosen_split.saved(space.store.update_dataset(dataset_id, report=report)) is None


def test_a_dataset_can_be_renamed_and_deleted(space, dataset_id):
    at = opened(dataset=dataset_id)
    at.text_input(key=f"rename_{dataset_id}").set_value("Hours *of* work")
    again(at)
    again(at, at.button(key="rename").click())
    assert space.store.dataset(dataset_id).name == "Hours *of* work"
    again(at, at.checkbox(key=f"sure_{dataset_id}").check())
    again(at, at.button(key="delete").click())
    assert space.store.datasets() == []
    assert "was deleted" in said(at)


def test_a_dataset_in_use_is_not_deleted(space, dataset_id):
    space.store.create_run(dataset_id, Recipe())
    at = opened(dataset=dataset_id)
    again(at, at.checkbox(key=f"sure_{dataset_id}").check())
    again(at, at.button(key="delete").click())
    assert [d.id for d in space.store.datasets()] == [dataset_id]
    assert "can be deleted when no run uses it" in said(at)


def test_a_name_is_shown_as_it_is(space, dataset_id):
    space.store.update_dataset(dataset_id, name="a_b*c*<b>")
    at = opened(view="new")
    assert any(link.proto.label.replace("\\", "") == "a_b*c*<b>" for link in at.get("page_link"))


def arrive(content: bytes, name: str) -> str:
    """A file as the upload route leaves it."""
    import json
    import secrets

    token = secrets.token_urlsafe(8)
    folder = uploads.root() / token
    folder.mkdir(parents=True)
    (folder / "data").write_bytes(content)
    (folder / "upload.json").write_text(json.dumps({"name": name, "size": len(content)}))
    return token


def finished(reading: read_tasks.ReadTask) -> read_tasks.ReadTask:
    until(lambda: reading.over, "the file was read")
    return reading


CSV = table(200).drop(columns="state").to_csv(index=False).encode()


def test_an_upload_becomes_a_dataset(space):
    reading = finished(read_tasks.start(space, read_tasks.ReadRequest(main=arrive(CSV, "rows.csv"))))
    assert (reading.state, reading.share) == ("done", 1.0)
    dataset = space.store.dataset(reading.dataset_id)
    assert (dataset.name, dataset.rows) == ("rows", 200)
    at = opened(reading=reading.id)
    assert at.query_params["dataset"] in (dataset.id, [dataset.id])


def test_the_same_file_twice_gets_a_number(space):
    for _ in range(2):
        finished(read_tasks.start(space, read_tasks.ReadRequest(main=arrive(CSV, "rows.csv"))))
    assert sorted(d.name for d in space.store.datasets()) == ["rows", "rows (2)"]


def test_a_second_file_is_the_test_set_or_the_anomalies(space):
    for second_is in ("test", "anomalies"):
        request = read_tasks.ReadRequest(main=arrive(CSV, "a.csv"), second=arrive(CSV, "b.csv"), second_is=second_is)
        dataset = space.store.dataset(finished(read_tasks.start(space, request)).dataset_id)
        assert dataset.test_rows == 200
        assert dataset.schema["test_is_anomaly"] == (second_is == "anomalies")
        opened(dataset=dataset.id, tab="split")
        opened(dataset=dataset.id, tab="label")


def test_a_bad_file_is_told_in_a_sentence_and_can_be_read_otherwise(space):
    reading = finished(
        read_tasks.start(space, read_tasks.ReadRequest(main=arrive(b"\x89PNG\r\n\x1a\n" + bytes(200), "x.csv")))
    )
    assert reading.state == "failed"
    at = opened(reading=reading.id)
    assert plain(reading.sentence) in said(at)
    assert at.button(key="read_again")
    assert space.store.datasets() == []


def test_a_file_can_be_read_again_in_another_way(space):
    text = b"a;b\n1,5;2\n2,5;3\n" + b"3,5;4\n" * 50
    token = arrive(text, "comma.csv")
    first = finished(read_tasks.start(space, read_tasks.ReadRequest(main=token, options={"delimiter": ","})))
    at = opened(dataset=first.dataset_id, tab="reading")
    at.selectbox(key=f"reread_{first.dataset_id}_delimiter").set_value(";")
    again(at)
    again(at, at.button(key="reread").click())
    second = finished(read_tasks.find(_one(at.query_params["reading"])))
    assert second.dataset_id == first.dataset_id
    assert list(cache.first_rows(first.dataset_id, "v2", 1)["a"]) == [1.5]


def test_a_code_for_missing_is_accepted_with_one_click(space):
    text = "a,b\n" + "".join(f"{-200 if row % 20 == 0 else row % 50},{row % 7}\n" for row in range(400))
    first = finished(read_tasks.start(space, read_tasks.ReadRequest(main=arrive(text.encode(), "air.csv"))))
    at = opened(dataset=first.dataset_id)
    assert "-200 may stand for a missing value" in said(at)
    again(at, next(button for button in at.button if str(button.key).startswith("missing_")).click())
    finished(read_tasks.find(_one(at.query_params["reading"])))
    dataset = space.store.dataset(first.dataset_id)
    assert dataset.report["options"]["missing"] == ["-200"]
    assert cache.schema(dataset.id).column("a").missing == pytest.approx(0.05)
    assert "-200 may stand" not in said(opened(dataset=dataset.id))


def test_a_reading_can_be_cancelled(space, monkeypatch):
    monkeypatch.setattr(read_tasks, "_turn", _Closed())
    reading = read_tasks.start(space, read_tasks.ReadRequest(main=arrive(CSV, "rows.csv")))
    assert "Waiting to read" in said(opened(reading=reading.id))
    read_tasks.cancel(reading.id)
    read_tasks._turn.open()
    assert finished(reading).state == "cancelled"
    assert space.store.datasets() == []
    assert "was cancelled" in said(opened(reading=reading.id))


def test_a_file_that_is_being_read_is_given_up_at_once_and_frees_its_turn(space, monkeypatch):
    def start() -> read_tasks.ReadTask:
        return read_tasks.start(space, read_tasks.ReadRequest(main=arrive(CSV, "rows.csv")))

    place = space.settings.home / "reading"
    with monkeypatch.context() as patched:
        patched.setattr("core.readers.process.requests.READ_FILE", "reading_tasks:hang")
        readings = [start() for _ in range(read_tasks.AT_ONCE)]
        until(lambda: len(list(place.glob("*/*/pid"))) == read_tasks.AT_ONCE, "both turns are taken")
        for reading in readings:
            read_tasks.cancel(reading.id)
            assert finished(reading).state == "cancelled"
    assert list(place.iterdir()) == []
    assert finished(start()).state == "done"
    assert len(space.store.datasets()) == 1


def test_an_upload_that_is_gone_is_told(space):
    reading = finished(read_tasks.start(space, read_tasks.ReadRequest(main="gone")))
    assert "Upload it again" in reading.sentence


def test_an_unknown_reading_is_told(space):
    assert "no longer being read" in said(opened(reading="unknown"))


def test_an_address_is_offered_only_where_the_operator_allows_some(space, monkeypatch, tmp_path):
    assert not opened().text_input
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "served.csv").write_bytes(CSV)
    monkeypatch.setenv("ANOMALENS_ALLOWED_SOURCES", str(tmp_path / "open"))
    at = opened()
    at.text_input[0].set_value(str(tmp_path / "secret.csv"))
    again(at, at.button[_place(at, "Read it")].click())
    assert "must lie in what the operator of this server allows" in said(at)
    at.text_input[0].set_value(str(tmp_path / "open" / "served.csv"))
    again(at, at.button[_place(at, "Read it")].click())
    finished(read_tasks.find(_one(at.query_params["reading"]))) if "reading" in at.query_params else None
    assert [d.name for d in space.store.datasets()] == ["served"]


def test_two_addresses_are_read_as_one_dataset(space, monkeypatch, tmp_path):
    for name in ("background.csv", "signal.csv"):
        (tmp_path / name).write_bytes(CSV)
    monkeypatch.setenv("ANOMALENS_ALLOWED_SOURCES", str(tmp_path))
    at = opened()
    at.text_input[0].set_value(str(tmp_path / "background.csv"))
    at.text_input[1].set_value(str(tmp_path / "signal.csv"))
    at.radio(key="second_address_is").set_value("anomalies")
    again(at, at.button[_place(at, "Read it")].click())
    finished(read_tasks.find(_one(at.query_params["reading"]))) if "reading" in at.query_params else None
    (dataset,) = space.store.datasets()
    assert (dataset.name, dataset.rows, dataset.test_rows) == ("background", dataset.test_rows, dataset.rows)
    assert cache.schema(dataset.id).test_is_anomaly


def _place(at: AppTest, label: str) -> int:
    return next(i for i, button in enumerate(at.button) if button.label == label)


def _one(value) -> str:
    return value[0] if isinstance(value, list) else value


class _Closed:
    """A turn that does not come until it is opened."""

    def __init__(self) -> None:
        import threading

        self._event = threading.Event()

    def open(self) -> None:
        self._event.set()

    def __enter__(self) -> None:
        self._event.wait(WAIT)

    def __exit__(self, *_) -> None:
        return
