"""The Explore page as a script: every kind of run and every kind of address opens, and the address decides the view."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from run_fixture import WrittenRun, write_run
from streamlit.testing.v1 import AppTest
from synced_widgets import widget_named

from core.metrics.evaluation import auroc, background_rejection
from core.metrics.groups import PARTS
from core.recipe import Recipe
from core.results.finished_run import FinishedRun
from core.results.threshold_saving import restore_threshold
from core.store.workspace import Workspace, open_workspace
from dashboard.format import plain

MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("explore")


@pytest.fixture
def workspace(home, monkeypatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    st.cache_resource.clear()
    return open_workspace()


@pytest.fixture(scope="module")
def runs(home) -> dict[bool, WrittenRun]:
    """A run with labels and one without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        place = open_workspace()
        return {labels: write_run(place, 800, labels=labels, name=f"Run {labels}") for labels in (True, False)}


def page(**query: str) -> AppTest:
    """The Explore page at an address."""
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page("../pages/explore.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def metrics(at: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in at.metric}


def flagged(at: AppTest) -> int:
    """How many rows the table has."""
    found = re.search(r"of ([\d,]+) flagged rows", said(at))
    return int(found[1].replace(",", "")) if found else 0


def told(run: WrittenRun, **query: str) -> dict:
    """What the explorer is told at an address."""
    from dashboard.explore.panels import threshold_panel

    kept: dict = {}
    original = threshold_panel.words
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threshold_panel, "words", lambda *a: kept.update(original(*a)) or kept)
        page(run=run.run_id, **query)
    return kept


def said(at: AppTest) -> str:
    """Everything that the page says in words."""
    return " ".join(str(e.value) for kind in (at.markdown, at.caption, at.info, at.warning, at.text) for e in kind)


def markup(at: AppTest) -> list[str]:
    """The samples that are drawn, in their order on the page."""
    drawn = [element.proto for element in at.get("bidi_component")]
    return [json.loads(one.json)["markup"] for one in drawn if one.component_name == "anomalens_markup"]


def test_an_empty_session_is_invited(tmp_path, monkeypatch):
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    at = page()
    assert "No run to look at yet" in said(at)
    assert at.button


def test_an_unknown_run_is_said_to_be_gone(workspace, runs):
    at = page(run="nothing")
    assert "There is no run “nothing” here" in said(at)
    assert "Choose another run" in said(at)


def test_without_an_address_the_newest_finished_run_is_shown(workspace, runs):
    at = page()
    assert at.query_params["run"] == runs[False].run_id


def test_the_headline_and_the_metrics_are_those_of_the_run(workspace, runs):
    run = runs[True]
    at = page(run=run.run_id)
    test = run.parts == "test"
    flagged = run.scores[test] > run.threshold
    found = metrics(at)
    assert f"of {flagged.sum():,} flagged rows" in said(at)
    assert found["Test rows"] == f"{test.sum():,}"
    assert found["AUROC"].startswith("0.9")


def test_the_page_begins_with_the_verdict_in_a_sentence_and_the_threshold_beside_it(workspace, runs):
    run = runs[True]
    at = page(run=run.run_id)
    test, above = run.parts == "test", run.scores > run.threshold
    flagged, known = test & above, run.labels == 1
    first = next(one.proto.body for one in at.get("html") if "stand out" in one.proto.body)
    plain = re.sub("<[^>]+>", " ", first)
    plain = re.sub(r" +([.,])", r"\1", " ".join(plain.split()))
    assert plain.startswith(f"{flagged.sum()} of {test.sum():,} test rows stand out, ")
    assert " because of " in plain or "for many different reasons" in plain
    told = f"{(flagged & known).sum()} of {(test & known).sum()} anomalies and {(flagged & ~known).sum()} normal rows"
    assert f"Among them are {told}, which are false alarms." in plain
    assert f"Of the other {(~test).sum()} rows, {(above & ~test).sum()} score above the threshold, too." in plain
    box = widget_named(at.number_input, "explore_threshold_box")
    box.set_value(float(np.median(run.scores[flagged]))).run()
    assert not at.exception
    assert str(at.query_params["rule"]).strip("[']") == "value"
    fewer = int((run.scores[test] > box.value).sum())
    assert f"of {fewer:,} flagged rows" in said(at)
    kept = FinishedRun.open(workspace, run.run_id)
    assert kept.threshold == box.value
    restore_threshold(kept)
    everything = " ".join(one.proto.body for one in page(run=run.run_id, rows="all").get("html"))
    assert f"<b data-live='flagged'>{above.sum()}</b> of 800 rows stand out" in everything


def test_a_run_without_labels_says_what_is_missing_and_shows_the_rest(workspace, runs):
    run = runs[False]
    at = page(run=run.run_id)
    assert not {"AUROC", "Average precision"} & metrics(at).keys()
    # All rows are ranked together, and the first of the list is the first in the inspector.
    assert flagged(at) == (run.scores > run.threshold).sum()
    assert "rank **1** of 800" in said(page(run=run.run_id, row=str(int(np.argmax(run.scores)))))
    words = told(run)
    assert not words["labelled"]
    assert "These rows have no labels" in words["unlabelled"]
    assert "Trained on all rows" in said(at)
    assert at.dataframe


@pytest.mark.parametrize(
    ("rule", "number"), [("percentile", 90.0), ("percentile", 100.0), ("value", 0.2), ("fpr", 0.02), ("fpr", 0.0)]
)
def test_the_address_sets_the_threshold(workspace, runs, rule, number):
    run = runs[True]
    at = page(run=run.run_id, rule=rule, threshold=str(number), rows="all")
    normal = run.scores[(run.parts == "test") & (run.labels == 0)]
    threshold = {
        "percentile": lambda: np.percentile(run.scores[run.parts == "validation"], number),
        "value": lambda: number,
        "fpr": lambda: np.sort(normal)[::-1][int(number * normal.size)],
    }[rule]()
    assert flagged(at) == (run.scores > threshold).sum()
    cut = told(run, rule=rule, threshold=str(number), rows="all")["cut"]
    assert (cut["rule"], cut["number"], cut["own"]) == (rule, number, False)
    assert cut["threshold"] == pytest.approx(threshold, rel=1e-12)
    if cut["above"]:
        assert sum(map(sum, cut["above"])) == (run.scores > threshold).sum()


@pytest.mark.parametrize(
    "query",
    [
        {"rule": "percentile", "threshold": "1000", "rows": "nonsense", "row": "99999999999", "page": "1000000"},
        {"rule": "nonsense", "threshold": "3", "axes": "nonsense", "row": "-1", "area": "1,2;x,y"},
        {"rule": "value", "threshold": "nan", "row": "\u0665", "area": "1,2;3,4;nan,5", "signal": "7"},
        {"rule": "value", "threshold": "1e308", "axes": "plain", "curve": "nonsense"},
        {"rule": "value", "threshold": "-1e308", "colour": "nonsense", "map": "4d"},
        {"second": "nan", "zoom": "3,1", "cost": "-1,x"},
        {"second": "inf", "zoom": "1", "cost": "1e999,2"},
        {"band": "nan,2", "cell": "nonsense"},
        {"band": "5,1", "cell": "caught", "area": "1,1;2,2"},
        {"where": "nonsense", "time": "1,2", "family": "3:x:test"},
        {"where": '[["nothing","is","x"],["duration","between",9,1],5]', "family": "2:0.5:nonsense"},
        {"where": '{"duration":1}', "time": ",", "family": "-1"},
    ],
)
def test_a_link_that_makes_no_sense_still_opens(workspace, runs, query):
    for run in runs.values():
        at = page(run=run.run_id, **query)
        assert "flagged rows" in said(at) or "selected rows" in said(at) or "No row" in said(at)
        assert json.dumps(told(run, **query), allow_nan=False)


@pytest.mark.parametrize("curve", ["roc", "precision", "det", "rejection", "confusion"])
def test_each_curve_is_told_what_needs_every_row(workspace, runs, curve):
    from dashboard.explore.panels import curves_panel

    run, kept = runs[True], {}
    original = curves_panel.words
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curves_panel, "words", lambda *a: kept.update(original(*a)) or kept)
        page(run=run.run_id, curve=curve, rows="all", signal="0.5")
    assert kept["kind"] == curve
    assert kept["measured"] == "train,validation,test,unused"
    assert kept["areas"]["roc"] == pytest.approx(auroc(run.labels, run.scores))
    expected = background_rejection(run.labels, run.scores, 0.5) if curve == "rejection" else None
    assert (kept["rejection"] or {}).get("value") == expected


def test_the_flagged_rows_are_listed_from_the_highest_score_down(workspace, runs):
    run = runs[True]
    at = page(run=run.run_id, rows="all")
    table = at.dataframe[0].value
    order = np.lexsort((np.arange(run.scores.size), -run.scores))
    flagged = [row for row in order if run.scores[row] > run.threshold]
    assert list(table["row"]) == flagged[:100]
    assert table["because"].iloc[0].count("%") >= 1
    assert list(table["data:bytes"]) == list(run.frame["bytes"].iloc[flagged[:100]])


def places_within(workspace: Workspace, run: WrittenRun) -> np.ndarray:
    """The rows between 0 and 1 on both axes of the map."""
    latent = pd.read_parquet(workspace.artifacts.local(f"runs/{run.run_id}/latent.parquet"))
    return latent["row"].to_numpy()[latent["x"].between(0, 1) & latent["y"].between(0, 1)]


SQUARE = "0,0;1,0;1,1;0,1"


@pytest.mark.parametrize("rows", ["test", "all"])
@pytest.mark.parametrize("cell", ["", "caught", "missed", "alarms", "passed"])
@pytest.mark.parametrize("band", ["", "0.05,0.4"])
@pytest.mark.parametrize("area", ["", SQUARE])
def test_a_selection_lists_the_rows_that_are_in_all_its_parts(workspace, runs, rows, cell, band, area):
    run = runs[True]
    if not (cell or band or area):
        return
    wanted = np.ones(run.scores.size, dtype=bool) if rows == "all" else run.parts == rows
    if cell:
        wanted &= run.labels == (cell in ("caught", "missed"))
        wanted &= (run.scores > run.threshold) == (cell in ("caught", "alarms"))
    if band:
        wanted &= (run.scores > 0.05) & (run.scores <= 0.4)
    if area:
        wanted &= np.isin(np.arange(run.scores.size), places_within(workspace, run))
    found, size = filtered(run, rows=rows, cell=cell, band=band, area=area)
    assert size == wanted.sum()
    order = [row for row in np.lexsort((np.arange(run.scores.size), -run.scores)) if wanted[row]]
    assert found == order[:100]


def filtered(run: WrittenRun, **query: str) -> tuple[list[int], int]:
    """The first page of a selection, and its size, without the screen."""
    from dashboard.explore import explore_address as address
    from dashboard.explore import selection, shared_run
    from dashboard.state import page_url

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_url, "param", lambda name, default="": query.get(name, default))
        opened = shared_run.open_run(shared_run.cache.run(run.run_id), "")
        choice = selection.row_filter(opened, selection.current(opened))
        found, size = opened.page(address.shown_parts(opened), choice, 100)
    return [int(row) for row in found["row"]], size


def test_a_selection_is_shown_as_chips_and_each_can_be_taken_away(workspace, runs):
    run = runs[True]
    at = page(run=run.run_id, area=SQUARE, band="0.05,9", page="40")
    inside = np.isin(np.arange(run.scores.size), places_within(workspace, run)) & (run.parts == "test")
    assert f"of {(inside & (run.scores > 0.05)).sum()} selected rows (test)" in said(at)
    at.button(key="explore_chip_band").click().run()
    assert not at.exception
    assert "band" not in at.query_params
    assert f"of {inside.sum()} selected rows (test)" in said(at)
    at.run()
    at.button(key="explore_chip_area").click().run()
    assert "area" not in at.query_params
    assert "flagged rows (test)" in said(at)


WHERE = '[["service","is","http","dns"],["duration","between",2,null]]'


def wanted_by(run: WrittenRun, where: bool = True, **query: str) -> np.ndarray:
    """The rows that a filter, a part and a band leave, by pandas."""
    wanted = run.parts == query.get("rows", "test")
    if query.get("rows") == "all":
        wanted = np.ones(run.scores.size, dtype=bool)
    if where:
        wanted &= (run.frame["service"].isin(["http", "dns"]) & (run.frame["duration"] >= 2)).to_numpy()
    return wanted


@pytest.mark.parametrize(
    ("labels", "rows", "band"), [(True, "test", ""), (True, "all", "0.0512345,0.4"), (False, "all", "")]
)
def test_a_filter_of_columns_is_counted_exactly_for_every_view(workspace, runs, labels, rows, band):
    from core.metrics.groups import LABELS
    from dashboard.explore import selection_counts

    run = runs[labels]
    kept: dict = {}
    original = selection_counts.pack_selected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            selection_counts,
            "pack_selected",
            lambda above, tops, **k: kept.update(above=above) or original(above, tops, **k),
        )
        words = told(run, where=WHERE, rows=rows, band=band, rule="value", threshold="0.2")
    wanted = wanted_by(run, rows=rows)
    if band:
        # Between two steps of the grid only the server can count it.
        wanted &= (run.scores > 0.0512345) & (run.scores <= 0.4)
    counts = [int((wanted & (run.labels == label) & (run.scores > 0.2)).sum()) for label in LABELS]
    assert words["selected"]["above"] == counts
    from dashboard.explore import shared_run

    steps = shared_run.packed(shared_run.open_run(shared_run.cache.run(run.run_id), ""))[1].steps
    for j, label in enumerate(LABELS):
        scores = np.sort(run.scores[wanted & (run.labels == label)])
        assert kept["above"][j].tolist() == (scores.size - np.searchsorted(scores, steps, side="right")).tolist()
    at = page(run=run.run_id, where=WHERE, rows=rows, band=band)
    order = [row for row in np.lexsort((np.arange(run.scores.size), -run.scores)) if wanted[row]]
    assert list(at.dataframe[0].value["row"]) == order[:100]


@pytest.mark.parametrize("band", ["", "0.05,0.4"])
def test_each_chip_says_its_size_and_the_curve_is_measured_on_the_selection(workspace, runs, band):
    from dashboard.explore.panels import curves_panel

    run, kept = runs[True], {}
    original = curves_panel.words
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curves_panel, "words", lambda *a: kept.update(original(*a)) or kept)
        at = page(run=run.run_id, where=WHERE, band=band, cell="caught")
    wanted = wanted_by(run)
    if band:
        wanted &= (run.scores > 0.05) & (run.scores <= 0.4)
    chips = {button.key: button.label for button in at.button if str(button.key).startswith("explore_chip_where")}
    alone = wanted_by(run, where=False) & run.frame["service"].isin(["http", "dns"]).to_numpy()
    above = alone & (run.scores > run.threshold)
    size = f":small[:gray[· {alone.sum()} rows · {above.sum()} flagged]]"
    assert chips["explore_chip_where:0"] == f"service is http, dns {size}"
    assert kept["areas"]["roc"] == pytest.approx(auroc(run.labels[wanted], run.scores[wanted]))
    at.button(key="explore_chip_where:0").click().run()
    assert not at.exception
    assert json.loads(
        at.query_params["where"][0] if isinstance(at.query_params["where"], list) else at.query_params["where"]
    ) == [["duration", "between", 2, None]]


def test_a_filter_is_put_together_and_nonsense_is_said_in_a_sentence(workspace, runs):
    run = runs[False]
    at = page(run=run.run_id)
    at.session_state["explore_filter_0"] = True
    at.run()
    box = at.selectbox(key="explore_filter_0_column")
    box.select(next(name for name in box.options if name == "duration")).run()
    at.text_input(key="explore_filter_0_duration_low").set_value("9o")
    at.button(key="explore_filter_0_duration_add").click().run()
    assert plain("Type one such as 10 or 0.5") in " ".join(error.value for error in at.error)
    assert "where" not in at.query_params
    at.run()
    at.text_input(key="explore_filter_0_duration_low").set_value("2")
    at.button(key="explore_filter_0_duration_add").click().run()
    assert not at.exception
    assert not at.error
    wanted = (run.frame["duration"] >= 2).to_numpy()
    assert f"of {wanted.sum():,} selected rows (all rows)" in said(at)


def test_a_filter_that_cannot_be_applied_is_said_and_the_others_hold(workspace, runs):
    at = page(run=runs[True].run_id, where='[["nothing","is","x"],["service","is","ssh"]]')
    assert "There is no column 'nothing'" in said(at)
    wanted = (runs[True].parts == "test") & (runs[True].frame["service"] == "ssh").to_numpy()
    assert f"of {wanted.sum():,} selected rows (test)" in said(at)


def test_a_selection_is_kept_under_a_name_and_opened_again(workspace, runs):
    run = runs[True]
    at = page(run=run.run_id, cell="caught", rule="value", threshold="0.2", where=WHERE)
    at.text_input(key="explore_slice_name").set_value("Night <b>floods</b>")
    at.button(key="explore_slice_keep").click().run()
    assert not at.exception
    other = page(run=run.run_id, band="0.1,0.2")
    other.button(key="explore_slice_0").click().run()
    assert not other.exception
    assert {name: other.query_params.get(name) for name in ("cell", "rule", "threshold", "band", "where")} == {
        "where": WHERE,
        "cell": "caught",
        "rule": "value",
        "threshold": "0.2",
        "band": None,
    }
    other.run()
    other.button(key="explore_slice_forget_0").click().run()
    assert not workspace.artifacts.read_json(f"runs/{run.run_id}/slices.json")


def test_the_inspector_shows_score_rank_and_what_was_expected(workspace, runs):
    run = runs[True]
    judged = np.flatnonzero(run.parts == "test")
    row = int(judged[np.argmax(run.scores[judged])])
    at = page(run=run.run_id, row=str(row))
    assert "**Flagged** · score" in said(at)
    assert f"rank **1** of {len(judged)}" in said(at)
    comparison, original = markup(at)
    assert "Share of the error" in comparison
    shares = [float(share) for share in re.findall(r"<span>([0-9.]+) %</span>", comparison)]
    assert sum(shares) == pytest.approx(100, abs=1)
    assert shares == sorted(shares, reverse=True)
    assert re.search(rf"<th[^>]*>service</th><td>{run.frame['service'].iloc[row]}</td>", original)


def test_a_row_that_cannot_be_explained_is_still_shown(workspace, runs, monkeypatch):
    from dashboard.server import cache

    class Broken:
        def call(self, *_):
            raise RuntimeError("no worker\nTraceback (most recent call last):")

    monkeypatch.setattr(cache, "engine", Broken)
    row = int(np.argmin(runs[True].scores))
    at = page(run=runs[True].run_id, row=str(row))
    assert plain("This row could not be explained: no worker") in said(at)
    assert "Traceback" not in said(at)
    assert f" of {(runs[True].parts == 'test').sum()} " in said(at)


@pytest.mark.parametrize("state", ["running", "failed"])
def test_a_run_without_scores_says_how_far_it_is(workspace, runs, state):
    run = workspace.store.create_run(runs[True].dataset_id, Recipe(), "Unfinished")
    try:
        workspace.store.set_state(run.id, "running")
        if state == "failed":
            workspace.store.set_state(run.id, "failed", "The loss was not finite in epoch 3.")
        at = page(run=run.id)
        assert "This run" in said(at)
        assert "AUROC" not in metrics(at)
        if state == "failed":
            assert "not finite in epoch 3" in said(at)
    finally:
        workspace.store.set_state(run.id, "cancelled")
        workspace.delete_run(run.id)


def test_rows_close_together_in_time_are_told_as_events(workspace, runs, monkeypatch):
    from core.index.row_times import RowTimes
    from dashboard.explore import events_sentence, timelines
    from dashboard.explore.shared_run import open_run
    from dashboard.server import cache

    labelled, unlabelled = (open_run(cache.run(runs[known].run_id), "") for known in (True, False))
    assert events_sentence.sentence(labelled, PARTS, labelled.threshold) == ""
    events_sentence._order.clear()
    events_sentence._figures.clear()
    times = np.arange(800.0)
    # Two faults, of which the second has one alarm, two minutes after it began.
    label, score = np.zeros(800, np.int8), np.zeros(800)
    label[100:110] = label[300:310] = 1
    score[302] = 9.0
    monkeypatch.setattr(timelines, "places", lambda run: RowTimes("time", "at", 60.0 * times))
    for opened, known in ((labelled, label), (unlabelled, np.full(800, -1, np.int8))):
        scored = replace(opened.scored, score=score, label=known)
        monkeypatch.setattr(type(opened), "scored", property(lambda run, scored=scored: scored))
        said = events_sentence.sentence(opened, PARTS, 1.0)
        if known is label:
            assert said == "In time the anomalies are 2 events; 1 found after 2 min."
        else:
            assert said == "Those close together in time are 1 event."
