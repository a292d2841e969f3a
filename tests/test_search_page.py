"""The page Find the best as a script: the form, what stands in the way, a search in every state, and its figures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from search_helpers import add_planted, tiny
from streamlit.testing.v1 import AppTest

from core.recipe import Recipe
from core.search import lifecycle
from core.search.leaderboard import agreements, leaderboard, mean_ranks
from core.store.workspace import Workspace, open_workspace
from dashboard.charts.search_progress import search_progress_figure
from dashboard.charts.search_settings import search_settings_figure

ROOT = Path(__file__).resolve().parents[1]


class NoEngine:
    """Stands in for the workers: it remembers what it was asked."""

    def __init__(self, space: Workspace) -> None:
        self.space, self.asked = space, []

    def recover(self) -> None:
        self.asked.append("recover")

    def train(self, dataset_id: str, recipe: Recipe, name: str = "") -> Any:
        self.asked.append(name)
        return self.space.store.create_run(dataset_id, recipe, name)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    opened = open_workspace()
    yield opened
    opened.store.close()


@pytest.fixture
def engine(workspace, monkeypatch):
    stand_in = NoEngine(workspace)
    monkeypatch.setattr("dashboard.server.cache.engine", lambda: stand_in)
    monkeypatch.setattr("dashboard.train.previews.devices", lambda: None)
    return stand_in


def page(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=240).run()
    at.switch_page("../pages/search.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    kinds = (at.title, at.markdown, at.caption, at.info, at.warning, at.error)
    return " ".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def with_trials(workspace: Workspace, *, labelled: bool = True, state: str = "running") -> str:
    """A search with two trials that ended, one that was ended early, one that failed and one at work."""
    search = lifecycle.start(workspace, add_planted(workspace, labelled=labelled), tiny(6))
    ids, _ = workspace.store.add_trials(search.id, 5, 6)
    probe = list(range(20))
    for i, run_id in enumerate(ids):
        attempt = workspace.store.claim(run_id, "me")
        params = {"model": "dense", "latent": 10 + i, "training.learning_rate": 0.001 * (i + 1), "score.kind": "mse"}
        result: dict[str, Any] = {"params": params, "signals": [[20, 0.4 + i / 10]], "seconds": 1.0}
        if i < 2:
            parts = {} if labelled else {"local": 0.5 + i / 10, "global": 0.9, "dependency": 0.6, "cluster": 1.0}
            result |= {"value": 0.5 + i / 10, "parts": parts, "probe": probe[::1] if i else probe[::-1]}
            estimate = {"average_precision": 0.55, "low": 0.4, "high": 0.7, "rows": 60, "anomalies": 9}
            result |= {"outcome": "complete", "estimate": estimate if labelled else None}
        if i == 2:
            result["outcome"] = "pruned"
        workspace.store.write_trial(run_id, replace(Recipe(), preset="VAE" if i else ""), result, attempt)
        if i < 3:
            workspace.store.set_state(run_id, "done", "It was behind." if i == 2 else "")
        elif i == 3:
            workspace.store.set_state(run_id, "failed", "The training loss stopped being a finite number in epoch 1.")
    if state == "stopped":
        lifecycle.stop(workspace, search.id)
    elif state != "running":
        workspace.store.move_search(search.id, state, "No trial came to an end.", sources=("running",))
    return search.id


def test_the_form_says_what_would_choose_and_starts_a_search(workspace, engine):
    dataset = add_planted(workspace)
    at = page(dataset=dataset)
    assert "By labels. No anomaly is among the validation rows" in said(at)
    at.segmented_control(key="search.objective").set_value("unlabelled").run()
    assert "synthetic anomalies are compared with 134 rows" in said(at)
    at.number_input(key="search.trials").set_value(7).run()
    at.button(key="search.go").click().run()
    (search,) = workspace.store.searches()
    assert (search.plan["trials"], search.plan["objective"]) == (7, "unlabelled")
    assert at.query_params["search"] in (search.id, [search.id])
    assert engine.asked == ["recover"]
    assert "waiting for a worker" in str(at.get("progress")[0].proto)


def test_what_cannot_be_searched_is_said_before_the_start(workspace, engine):
    at = page(dataset=add_planted(workspace, labelled=False))
    at.segmented_control(key="search.objective").set_value("labels").run()
    assert "Choosing by labels takes 4 anomalies" in said(at)
    assert at.button(key="search.go").disabled
    at.segmented_control(key="search.objective").set_value("auto").run()
    assert not at.button(key="search.go").disabled
    at.number_input(key="search.trials").set_value(0).run()
    assert "A search needs an end" in said(at)
    at.number_input(key="search.minutes").set_value(5.0).run()
    at.multiselect(key="search.models.feature").set_value([]).run()
    assert "No model is chosen" in said(at)
    assert at.button(key="search.go").disabled


@pytest.mark.parametrize(
    ("state", "labelled"), [("running", True), ("stopped", False), ("done", True), ("failed", False)]
)
def test_a_search_in_any_state_can_be_opened_by_its_address(workspace, engine, state, labelled):
    at = page(search=with_trials(workspace, labelled=labelled, state=state))
    keys = {b.key for b in at.button}
    assert ("search.stop" in keys) == (state == "running")
    assert ("search.resume" in keys) == (state == "stopped")
    assert ("search.more" in keys) == (state in ("done", "failed"))
    shown = {m.label: m.value for m in at.metric}
    assert shown["Average precision"] == "0.6000"
    assert shown["Trials to the end"] == f"2 of {len(at.dataframe[0].value)}"
    assert ("Expected on new rows" in shown) == labelled
    table = at.dataframe[0].value
    assert list(table["Trial"])[:2] == [2, 1]
    assert ("Mean rank" in table) == (not labelled)


def test_the_buttons_stop_resume_and_give_more_trials(workspace, engine):
    search_id = with_trials(workspace)
    at = page(search=search_id)
    at.button(key="search.stop").click().run()
    assert workspace.store.search(search_id).state == "stopped"
    at = page(search=search_id)
    at.button(key="search.resume").click().run()
    assert workspace.store.search(search_id).state == "running"
    workspace.store.move_search(search_id, "done", sources=("running",))
    at = page(search=search_id)
    at.button(key="search.more").click().run()
    search = workspace.store.search(search_id)
    assert (search.state, search.plan["trials"]) == ("running", 15)


def test_the_best_trial_becomes_an_ordinary_run(workspace, engine):
    search_id = with_trials(workspace, state="done")
    at = page(search=search_id)
    at.button(key="search.keep").click().run()
    (run,) = workspace.store.runs()
    assert (run.name, run.recipe.preset) == ("VAE, trial 2 of Search 1", "VAE")
    assert at.query_params["run"] in (run.id, [run.id])


def test_an_unknown_search_is_said_to_be_gone(workspace, engine):
    add_planted(workspace)
    assert "There is no search “nothing” here" in said(page(search="nothing"))


def test_the_figures_draw_trials_and_the_best_so_far(workspace):
    search_id = with_trials(workspace)
    search = workspace.store.search(search_id)
    now = leaderboard(search, workspace.store.trials(search_id))
    figure = search_progress_figure(now, labelled=True)
    traces = {trace.name: trace for trace in figure.data}
    assert (traces["Ended"].x, traces["Ended"].y) == ((1, 2), (0.5, 0.6))
    assert traces["Ended early"].y == (0.6000000000000001,)
    assert traces["Best so far"].y == (0.5, 0.6)
    (lines,) = search_settings_figure(now).data
    assert [axis.label for axis in lines.dimensions] == [
        "Model",
        "Score",
        "Learning rate",
        "Latent (%)",
        "Avg. precision",
    ]
    assert lines.dimensions[-1].values == (0.5, 0.6)
    empty = leaderboard(search, [])
    assert not search_progress_figure(empty, labelled=True).data


def test_agreement_is_highest_for_the_trial_that_orders_rows_as_the_others_do():
    order = list(range(10))
    found = agreements([order, order, order, order[::-1]])
    assert found[0] == found[1] > found[3]
    assert found[3] == pytest.approx(-1)
    assert agreements([order]).tolist() == [0.0]


def test_ranks_share_ties_and_are_averaged_over_the_measures():
    ranks = mean_ranks([{"a": 0.9, "b": 0.1}, {"a": 0.9, "b": 0.3}, {"a": 0.1, "b": 0.2}])
    assert ranks.tolist() == [pytest.approx((1.5 + 3) / 2), pytest.approx((1.5 + 1) / 2), pytest.approx((3 + 2) / 2)]
