"""The Compare page as a script: asked for, under way, failed, finished; and the ways to it."""

from pathlib import Path

import pytest
import streamlit as st
from derived_helpers import asked_and_done, compared, wait_for
from inline_engine import InlineEngine
from streamlit.testing.v1 import AppTest
from synced_widgets import widget_named
from test_compare import add_people, train

from core.compare.request import ComparisonRequest, detectors, read_newest
from core.errors import DataError
from core.jobs.after_run import after_run
from core.jobs.derived import request
from core.jobs.derived.base import Step
from core.jobs.derived.comparison import DerivedComparison
from core.jobs.derived.status import clear_progress, status, write_progress
from core.store.workspace import Workspace, open_workspace
from dashboard.charts.compare_agreement import compare_agreement_figure
from dashboard.charts.compare_curves import compare_curves_figure
from dashboard.charts.compare_intervals import compare_intervals_figure

MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"
QUICKEST = "pca,hbos"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compare-page")


@pytest.fixture
def space(home: Path, inline_engine: type[InlineEngine], monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    st.cache_resource.clear()
    return open_workspace()


@pytest.fixture(scope="module")
def runs(home: Path) -> tuple[str, str]:
    """Two runs on the same rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        space = open_workspace()
        dataset = add_people(space)
        return train(space, dataset, name="First"), train(space, dataset, name="Twin")


def page(name: str = "compare", **query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page(f"../pages/{name}.py")
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception, at.exception
    return at


def said(at: AppTest) -> str:
    kinds = (at.markdown, at.caption, at.info, at.warning, at.error)
    return " ".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def until_ready(at: AppTest, space: Workspace, run_id: str, plan: ComparisonRequest) -> None:
    wait_for(lambda: status(space.artifacts, run_id, DerivedComparison(plan)).ready)
    at.run()
    assert not at.exception


def test_a_comparison_is_asked_for_made_and_shown(space, runs):
    at = page(run=runs[0], detectors=QUICKEST, beside=runs[1])
    assert "Is the network worth it?" in said(at)
    at.button(key="compare_go").click().run()
    plan = ComparisonRequest(("pca", "hbos"), (runs[1],))
    until_ready(at, space, runs[0], plan)
    report = compared(space, runs[0], plan)
    assert report["verdict"]["sentence"] in said(at)
    assert "The run Twin" in said(at)
    assert "Rule of thumb" in said(at)
    table = at.dataframe[0].value
    assert list(table["Detector"]) == ["First", "Principal components", "Histograms (HBOS)", "Twin"]
    value = report["detectors"][1]["measures"]["auroc"]
    assert table["AUROC"][1] == f"{value['value']:.3f}  [{value['low']:.3f}, {value['high']:.3f}]"
    assert at.button(key="compare_go").disabled
    rows = at.dataframe[1].value
    assert list(rows["Row"]) == [one["row"] for one in report["disagreements"] if one["high"] == "network"]
    assert all(check["title"] in said(at) for check in report["checks"])


def test_a_bare_address_shows_what_was_last_asked_for(space, runs):
    assert asked_and_done(space, runs[0], DerivedComparison(ComparisonRequest(("pca",)))).ready
    at = page(run=runs[0])
    assert widget_named(at.button_group, "compare_detectors").value == ["pca"]
    assert list(at.dataframe[0].value["Detector"]) == ["First", "Principal components"]
    widget_named(at.button_group, "compare_detectors").set_value(["pca", "knn"]).run()
    assert at.query_params["detectors"] == "knn,pca"
    assert "Is the network worth it?" in said(at)


def test_a_comparison_that_fails_says_why_and_is_tried_again(space, runs, monkeypatch):
    plan = ComparisonRequest(("hbos",))
    request.ask(space.artifacts, runs[0], DerivedComparison(plan))
    write_progress(space.artifacts, runs[0], DerivedComparison(plan), problem="The disk is full.")
    at = page(run=runs[0], detectors="hbos")
    assert "The disk is full." in said(at)
    at.button(key="compare_again").click().run()
    until_ready(at, space, runs[0], plan)
    assert "Histograms (HBOS)" in list(at.dataframe[0].value["Detector"])

    class Broken(InlineEngine):
        def call(self, function, *arguments, timeout: float = 30.0):
            raise DataError("No worker answered within 30 s.")

    monkeypatch.setattr("dashboard.server.cache.engine", Broken)
    at = page(run=runs[0], detectors="hbos,ecod")
    at.button(key="compare_go").click().run()
    at.run()
    assert "No worker answered within 30 s." in said(at)


def test_a_detector_under_way_is_seen_by_whoever_opens_the_page(space, runs):
    wanted = DerivedComparison(ComparisonRequest(("knn", "copod")))
    request.ask(space.artifacts, runs[0], wanted)
    steps = {
        "knn": Step("k-nearest neighbours", "learning"),
        "copod": Step("COPOD", "failed", 1.0, "COPOD needs rows."),
    }
    write_progress(space.artifacts, runs[0], wanted, steps=steps)
    at = page(run=runs[0])
    assert "k-nearest neighbours" in said(at)
    assert "COPOD needs rows." in said(at)
    clear_progress(space.artifacts, runs[0], wanted)


def test_without_labels_the_page_says_that_no_winner_can_be_named(space):
    run_id = train(space, add_people(space, labels=False), unlabelled())
    assert asked_and_done(space, run_id, DerivedComparison(ComparisonRequest(("pca", "hbos")))).ready
    at = page(run=run_id)
    assert "no winner can be named" in said(at)
    assert "AUROC" not in at.dataframe[0].value
    assert "Class" not in at.dataframe[1].value


def unlabelled():
    from dataclasses import replace

    from experiment_helpers import QUICK

    from core.recipe import SplitConfig

    return replace(QUICK, split=SplitConfig(kind="random"))


def test_explore_leads_to_what_compare_has_to_say(space, runs):
    summary = {"verdict": {"kind": "classical", "sentence": "HBOS finds more: AUROC"}, "warnings": ["Scores differ"]}
    space.artifacts.write_json(f"runs/{runs[1]}/compare/summary.json", summary)
    at = page("explore", run=runs[1])
    assert "HBOS finds more on these rows." in said(at)
    assert "This check failed: “Scores differ”." in said(at)


def test_what_is_ticked_on_the_train_page_is_kept_with_the_run(space, runs, monkeypatch):
    class Training(InlineEngine):
        def train(self, dataset_id, recipe, name):
            return space.store.create_run(dataset_id, recipe, name)

    monkeypatch.setattr("dashboard.server.cache.engine", Training)
    monkeypatch.setattr("dashboard.train.previews.devices", lambda: [{"id": "cpu", "title": "CPU"}])
    at = page("train", dataset=space.store.run(runs[0]).dataset_id)
    at.checkbox(key="train.compare").check().run()
    at.button(key="train.go").click().run()
    assert not at.exception
    newest = read_newest(space.artifacts, at.query_params["run"])
    assert newest == ComparisonRequest(detectors("all"))
    assert request.is_asked(space.artifacts, at.query_params["run"], DerivedComparison(newest))


def test_every_curve_interval_and_pair_is_drawn_and_names_stay_text():
    names = ["<b>run</b>", *[f"d{i}" for i in range(9)]]
    curves = [
        {"title": name, "kind": "classical" if i else "network", "x": [0, 1], "y": [0, 1], "area": 0.5}
        for i, name in enumerate(names)
    ]
    figure = compare_curves_figure("roc", curves)
    assert len(figure.data) == 11
    assert figure.data[-1].name.startswith("&lt;b&gt;run")
    assert len({(t.line.color, t.line.dash) for t in figure.data[1:]}) == 10
    interval = {"value": 0.9, "low": 0.8, "high": 0.95}
    detectors = [
        {"title": name, "standing": "" if not i else "tie", "measures": {"auroc": interval}}
        for i, name in enumerate([*names, names[1]])
    ]
    figure = compare_intervals_figure("auroc", detectors)
    assert len(set(figure.layout.yaxis.ticktext)) == 11
    assert figure.data[0].error_x.arrayminus[0] == pytest.approx(0.1)
    matrix = [[1.0, None], [None, 1.0]]
    heat = compare_agreement_figure("spearman", {"titles": ["a", "a"], "spearman": matrix}).data[0]
    assert len(set(heat.x)) == 2


def test_a_comparison_is_stopped_in_the_midst_of_a_detector_and_goes_on_with_what_is_kept(space, runs, monkeypatch):
    from core.compare import detect, files

    plan = ComparisonRequest(("hbos", "ecod"))
    space.artifacts.delete(files.folder(runs[1]))
    whole, tried = detect.detect, []

    def detected(data, name, progress):
        tried.append(name)
        if name == "ecod" and tried.count(name) == 1:
            at = page(run=runs[1])
            at.button(key="compare_stop").click().run()
            wait_for(lambda: progress("learning", 0.0))
        return whole(data, name, progress)

    # In this process, because another one would not know of what is put in here.
    monkeypatch.setattr(DerivedComparison, "own_process", False)
    monkeypatch.setattr(detect, "detect", detected)
    now = asked_and_done(space, runs[1], DerivedComparison(plan))
    assert (now.ready, now.running, now.cancelled, now.problem) == (False, False, True, "")
    at = page(run=runs[1])
    assert "The comparison was stopped. 1 detector is done and kept." in said(at)
    at.button(key="compare_go").click().run()
    until_ready(at, space, runs[1], plan)
    assert tried == ["hbos", "ecod", "ecod"]
    assert set(at.dataframe[0].value["Detector"]) == {"Twin", "Histograms (HBOS)", "ECOD"}


def test_a_run_whose_comparison_was_stopped_before_it_began_is_only_checked(space, runs):
    wanted = DerivedComparison(ComparisonRequest(("pca",)))
    request.ask(space.artifacts, runs[1], wanted)
    request.cancel(space.artifacts, runs[1], wanted)
    after_run(runs[1], space.settings)
    assert status(space.artifacts, runs[1], wanted).cancelled
