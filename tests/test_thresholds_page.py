"""The Threshold lab as a script: it opens on every kind of run and address, and Explore shows what it hands over."""

import numpy as np
import pytest
from run_fixture import write_run
from streamlit.testing.v1 import AppTest
from test_explore_page import MAIN, metrics, said

from core.results.finished_run import FinishedRun
from core.results.run_evidence import run_evidence
from core.results.threshold_saving import restore_threshold
from core.store.workspace import Workspace, open_workspace
from core.thresholds import THRESHOLDS, make_rule, rule_names
from core.thresholds.texts import settings_from_text, settings_text
from dashboard.charts.threshold_rules import Mark, threshold_rules


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture
def workspace(home, inline_engine, monkeypatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    st.cache_resource.clear()
    return open_workspace()


@pytest.fixture(scope="module")
def runs(home):
    """A run with labels and one without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        place = open_workspace()
        return {labels: write_run(place, 1500, labels=labels, name=f"Run {labels}") for labels in (True, False)}


def page(name: str = "thresholds", **query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page(f"../pages/{name}.py")
    for param, value in query.items():
        at.query_params[param] = value
    at.run()
    assert not at.exception, at.exception
    return at


def table(at: AppTest):
    return at.dataframe[0].value.set_index("rule")


def test_an_empty_session_is_invited(tmp_path, monkeypatch):
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    assert "No run to look at yet" in said(page())


def test_every_rule_has_a_line_with_its_intervals(workspace, runs):
    written = runs[True]
    at = page(run=written.run_id)
    lines = table(at)
    assert list(lines.index) == ["The run's own", *(THRESHOLDS[name].title for name in rule_names())]
    evidence = run_evidence(FinishedRun.open(workspace, written.run_id))
    for name in rule_names():
        line = lines.loc[THRESHOLDS[name].title]
        if name == "alerts":
            assert np.isnan(line["threshold"])
            continue
        threshold = make_rule(name).apply(evidence)
        judged = written.parts == "test"
        assert line["threshold"] == threshold
        assert line["flagged"] == (written.scores[judged] > threshold).sum()
        assert "–" in line["interval"]
    assert lines.loc["The run's own", "threshold"] == written.threshold
    # Kept beside the run: the next server asks no worker.
    assert workspace.artifacts.exists(f"runs/{written.run_id}/intervals.json")


def test_without_labels_the_rules_that_need_them_say_so(workspace, runs):
    at = page(run=runs[False].run_id, rule="f1")
    assert "needs judged rows of both classes" in " ".join(w.value for w in at.warning)
    assert "precision" not in table(at)
    at = page(run=runs[False].run_id)
    assert "On average at most 10 %" in at.success[0].value.replace("\\", "")
    assert "the calibration rows have no labels" in at.warning[0].value.replace("\\", "")


def test_a_setting_goes_into_the_address_and_the_address_into_the_setting(workspace, runs):
    at = page(run=runs[True].run_id, rule="mad")
    before = table(at).loc["MAD", "threshold"]
    at.number_input[0].set_value(6.0).run()
    assert at.query_params["set"] == ["mad.k:6"] or at.query_params["set"] == "mad.k:6"
    assert table(at).loc["MAD", "threshold"] > before
    again = page(run=runs[True].run_id, rule="mad", set="mad.k:6")
    assert again.number_input[0].value == 6.0
    assert table(again).loc["MAD", "threshold"] == table(at).loc["MAD", "threshold"]


def test_an_address_that_makes_no_sense_counts_as_the_default(workspace, runs):
    plain, odd = (
        page(run=runs[True].run_id, **query)
        for query in ({}, {"set": "mad.k:lots,nope.x:1,.,conformal", "rule": "nope", "a": "b", "b": "", "page": "-3"})
    )
    assert table(odd).equals(table(plain))
    assert metrics(odd) == metrics(plain)


def test_the_rows_that_change_hands_are_those_between_the_two_thresholds(workspace, runs):
    written = runs[True]
    at = page(run=written.run_id, a="mad", b="percentile")
    low, high = sorted(table(at).loc[[THRESHOLDS[n].title for n in ("mad", "percentile")], "threshold"])
    judged = written.parts == "test"
    between = np.flatnonzero(judged & (written.scores > low) & (written.scores <= high))
    rows = at.dataframe[1].value
    assert sorted(rows["row"]) == sorted(between)
    assert (rows["class"] == np.where(written.labels[rows["row"]] == 1, "Anomaly", "Normal")).all()
    more = "A" if table(at).loc["MAD", "threshold"] == low else "B"
    assert f"**Only {more} flags {between.size} row" in said(at)
    same = page(run=written.run_id, a="mad", b="mad")
    assert "Both flag the same rows" in said(same)


def test_use_this_threshold_makes_it_the_runs_own_until_somebody_goes_back(workspace, runs):
    written = runs[True]
    before = FinishedRun.open(workspace, written.run_id).result
    at = page(run=written.run_id, set="conformal.fdr:0.3,conformal.correction:storey")
    expected = table(at).loc["Conformal", "threshold"]
    next(button for button in at.button if button.key == "lab_use").click().run()
    assert not at.exception, at.exception
    assert "set by Conformal" in said(at)
    # It is the run's own now, on every page: the address carries none.
    asked = {name: value[0] if isinstance(value, list) else value for name, value in at.query_params.items()}
    assert asked == {"run": written.run_id}
    words = "Conformal, false-discovery rate 0.3, correction storey"
    for query in ({}, {"rule": "conformal", "threshold": "fdr:0.3,correction:storey"}):
        found = cut(run=written.run_id, **query)
        assert found["threshold"] == pytest.approx(expected)
        assert found["by"] == words
        assert found["own"] == (not query)
    run = FinishedRun.open(workspace, written.run_id)
    assert run.result["flagged"] == (written.scores[run.is_judged] > run.threshold).sum()
    restore_threshold(run)
    assert FinishedRun.open(workspace, written.run_id).result == before
    refused = cut(run=written.run_id, rule="alerts")
    assert "Alerts per day need a time" in refused["problem"]
    assert refused["threshold"] == written.threshold


def test_a_threshold_that_was_saved_meanwhile_is_shown(workspace):
    from core.results.threshold_saving import save_threshold
    from core.thresholds.lab import evaluate

    run = write_run(workspace, 600, name="Saved", seed=3)
    workspace.artifacts.write_json(f"runs/{run.run_id}/model.json", {"threshold": run.threshold})
    assert cut(run=run.run_id)["rule"] == "percentile"
    assert table(page(run=run.run_id)).loc["The run's own", "threshold"] == run.threshold
    outcome = evaluate("mad", {"k": 8.0}, run_evidence(FinishedRun.open(workspace, run.run_id)))
    save_threshold(FinishedRun.open(workspace, run.run_id), outcome)
    at = page(run=run.run_id)
    assert table(at).loc["The run's own", ["threshold", "flagged"]].to_list() == [outcome.threshold, outcome.flagged]
    # Set by another rule than the recipe's: it stands as a value, and the recipe's rule is one to move by.
    saved = cut(run=run.run_id)
    assert (saved["rule"], saved["threshold"], saved["own"]) == ("value", outcome.threshold, True)
    assert saved["by"] == "MAD 8"
    moved = cut(run=run.run_id, rule="percentile", threshold="95")
    assert moved["threshold"] == pytest.approx(run.threshold)
    assert not moved["own"]


def cut(**query: str) -> dict:
    """Where the threshold of an Explore address is, whatever draws it."""

    def script():
        from dataclasses import asdict

        import streamlit as st

        from dashboard.explore import explore_address, shared_run

        found = asdict(explore_address.cut(shared_run.open_run(shared_run.cache.run(st.query_params["run"]))))
        st.session_state["cut"] = {name: value for name, value in found.items() if name != "grid"}

    at = AppTest.from_function(script, default_timeout=240)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at.session_state["cut"]


@pytest.mark.parametrize("name", THRESHOLDS.names())
def test_settings_survive_an_address(name):
    values = {p.name: p.choices[-1] if p.choices else p.default for p in THRESHOLDS[name].params()}
    values |= {"column": "a,b:c d.é"} if "column" in values else {}
    values |= {p.name: 0.5 for p in THRESHOLDS[name].params() if p.type == "float"}
    text = settings_text(name, values)
    assert settings_from_text(name, text) == {k: v for k, v in values.items() if f"{k}:" in text}
    assert settings_text(name, {p.name: p.default for p in THRESHOLDS[name].params()}) == ""
    assert settings_from_text(name, "nothing") is None


def test_the_figure_has_a_line_for_every_rule_and_an_arrow_for_those_far_away(workspace, runs):
    from core.metrics.grid import ScoreGrid
    from core.metrics.groups import ScoreGroups

    written = runs[True]
    grid = ScoreGrid.build(ScoreGroups.build(written.scores, written.labels, written.parts))
    marks = [Mark("Near", 0.1, (0.08, 0.13), chosen=True), Mark("Far", 1e9)]
    figure = threshold_rules(grid.histogram(log=False), marks, log_score=False)
    dots = {trace.y[0]: trace for trace in figure.data if trace.yaxis == "y2"}
    assert (dots["Near"].x[0], dots["Near"].marker.symbol) == (0.1, "circle")
    assert dots["Near"].error_x.array[0] == pytest.approx(0.03)
    assert dots["Far"].marker.symbol == "arrow-right"
    assert dots["Far"].x[0] < 1e9
    assert {shape.x0 for shape in figure.layout.shapes} == {0.1, 1e9}


def test_a_plain_question_sets_the_runs_threshold_and_says_what_it_promises(workspace):
    written = write_run(workspace, 600, name="Asked", seed=5)
    at = page("explore", run=written.run_id)
    box = next(one for one in at.number_input if one.label == "How many false alarms are bearable?")
    box.set_value(2.0).run()
    assert not at.exception, at.exception
    run = FinishedRun.open(workspace, written.run_id)
    normal = written.scores[(written.parts == "test") & (written.labels == 0)]
    assert (normal > run.threshold).mean() <= 0.02 < (normal >= run.threshold).mean()
    assert cut(run=written.run_id)["rule"] == "fpr"
    assert next(one for one in at.number_input if one.label == box.label).value == 2.0
    cost = next(one for one in at.number_input if one.label == "What does a miss cost?")
    cost.set_value(20.0).run()
    assert FinishedRun.open(workspace, written.run_id).result["threshold_set_by"]["rule"] == "cost"
    # A link carries another threshold, and says so; the run keeps its own until somebody presses.
    linked = page("explore", run=written.run_id, rule="value", threshold="0.2")
    assert "This link carries the threshold 0.2" in said(linked)
    next(button for button in linked.button if button.key == "explore_keep_threshold").click().run()
    assert FinishedRun.open(workspace, written.run_id).threshold == 0.2
