"""Another score of a finished run: computed beside it, found again, shown by the page, and used by the command line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from derived_helpers import asked_and_done, derived, wait_for
from experiment_helpers import QUICK, people
from inline_engine import InlineEngine
from streamlit.testing.v1 import AppTest
from synced_widgets import widget_named
from test_explore_page import metrics, page, said

from core.detector.experiment import Experiment
from core.errors import AnomalensError, DataError
from core.index.schema import infer_schema
from core.index.table import Table
from core.jobs.derived import request
from core.jobs.derived.score import DerivedScore
from core.jobs.derived.status import status, write_progress
from core.modalities.tabular.samples import TabularSamples
from core.recipe import Recipe, ScoreConfig, ThresholdConfig
from core.results.finished_run import FinishedRun
from core.scores import SCORES, score_names
from core.store.base import new_id
from core.store.workspace import Workspace, open_workspace
from dashboard.format import plain

RECIPE = replace(QUICK, threshold=ThresholdConfig(value=90.0))


def write_run(space: Workspace, recipe: Recipe = RECIPE) -> str:
    """A dataset and a run trained on it, as the worker leaves them."""
    dataset, frame = new_id(), people()
    local = Path(space.settings.home) / f"{dataset}.parquet"
    frame.to_parquet(local)
    space.artifacts.put_file(local, f"datasets/{dataset}/data.parquet")
    table = Table(local)
    schema = infer_schema(table)
    space.store.add_dataset(
        "people.csv", id=dataset, source="people.csv", rows=len(frame), columns=frame.shape[1],
        schema=schema.to_dict(), report={"rows": len(frame), "columns": list(frame.columns), "format": "csv"},
    )  # fmt: skip
    run = space.store.create_run(dataset, recipe, "People")
    made = Experiment(TabularSamples(table, schema), recipe)
    list(made.run())
    made.save(space.artifacts, f"runs/{run.id}")
    space.store.write_result(run.id, made.result.to_dict())
    space.store.set_state(run.id, "running")
    space.store.set_state(run.id, "done")
    return run.id


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rescoring")


@pytest.fixture
def space(home: Path, inline_engine: type[InlineEngine], monkeypatch: pytest.MonkeyPatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    st.cache_resource.clear()
    return open_workspace()


@pytest.fixture(scope="module")
def run_id(home: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        return write_run(open_workspace())


def scores(space: Workspace, run_id: str, name: str = "") -> pd.DataFrame:
    folder = f"runs/{run_id}/scores/{name}" if name else f"runs/{run_id}"
    return pd.read_parquet(space.artifacts.local(f"{folder}/scores.parquet"))


def test_the_run_s_own_score_computed_again_is_the_run_s_own(space, run_id):
    derived(space, run_id, DerivedScore(RECIPE.score.name))
    own, again = scores(space, run_id), scores(space, run_id, RECIPE.score.name)
    pd.testing.assert_frame_equal(own, again, check_exact=True)
    before, after = (space.artifacts.read_json(f"runs/{run_id}{p}/result.json") for p in ("", "/scores/mse"))
    assert after["threshold"] == before["threshold"]
    assert {k: v for k, v in after.items() if k != "threshold"} == {k: v for k, v in before.items() if k != "threshold"}


@pytest.mark.parametrize("kind", score_names())
def test_loaded_score_says_of_rows_what_the_stored_one_does(space, run_id, kind):
    config = ScoreConfig(kind, normalise="rank")
    result = derived(space, run_id, DerivedScore(config.name))
    trained = FinishedRun.open(space, run_id, config.name).detector
    found, stored = trained.score(people()), scores(space, run_id, config.name)
    assert np.array_equal(found.score, stored["score"])
    assert trained.threshold == result["threshold"]
    assert result["flagged"] == (stored["score"][stored["part"] == "test"] > trained.threshold).sum()
    # A score to which each row counts is fitted with the validation rows in the end; the threshold is from before.
    said = stored["held_out" if SCORES[kind].fits_raw_rows else "score"]
    assert trained.threshold == pytest.approx(np.percentile(said[stored["part"] == "validation"], 90.0))
    assert trained.explain(people().head(2)).groupby("row")["contribution"].sum().tolist() == pytest.approx([1, 1])


def test_score_that_is_there_is_not_computed_again(space, run_id, monkeypatch):
    config = ScoreConfig("huber", normalise="minmax")
    first = derived(space, run_id, DerivedScore(config.name))
    monkeypatch.setattr("core.detector.rescore.rescore", None)
    assert derived(space, run_id, DerivedScore(config.name)) == first
    assert status(space.artifacts, run_id, DerivedScore(config.name)).ready


def test_dataset_of_another_length_is_refused_and_told(space, run_id, monkeypatch):
    monkeypatch.setattr(Table, "rows", property(lambda table: 7))
    with pytest.raises(DataError, match=r"with 240 rows\. It has 7 now"):
        derived(space, run_id, DerivedScore(ScoreConfig("mae").name))
    assert "It has 7 now" in asked_and_done(space, run_id, DerivedScore("mae")).problem


def test_choice_on_the_page_shows_the_new_score_everywhere_and_the_way_back(space, run_id):
    at = page(run=run_id, rule="percentile", threshold="50", experts="open")
    own = metrics(at)
    widget_named(at.selectbox, "explore_score_kind").set_value("whitened").run()
    assert at.query_params["score"] == "whitened"
    assert "threshold" not in at.query_params
    wait_until_scored(at, space, run_id, "whitened")
    result = space.artifacts.read_json(f"runs/{run_id}/scores/whitened/result.json")
    stored = scores(space, run_id, "whitened").query("part == 'test'")
    found = metrics(at)
    assert f"of {result['flagged']} flagged rows" in said(at)
    assert found["AUROC"] == f"{result['auroc']:.4f}" != own["AUROC"]
    table = at.dataframe[0].value
    best = stored.sort_values(["score", "row"], ascending=[False, True])["row"].head(5).tolist()
    assert table["row"].head(5).tolist() == best
    assert "small errors count where none is usual" in said(at)
    widget_named(at.button, "explore_score_reset").click().run()
    assert "score" not in at.query_params
    assert metrics(at)["AUROC"] == own["AUROC"]


def test_score_that_cannot_be_computed_is_said_and_tried_again(space, run_id, monkeypatch):
    class Broken(InlineEngine):
        def call(self, function, *arguments, timeout: float = 30.0):
            raise DataError("No worker answered within 30 s.")

    monkeypatch.setattr("dashboard.server.cache.engine", Broken)
    at = page(run=run_id, score="l1")
    wait_for_status(space, run_id, "l1", lambda now: bool(now.problem))
    at.run()
    assert "This score could not be computed" in said(at)
    assert plain("No worker answered within 30 s.") in said(at)
    assert "flagged rows" in said(at)
    monkeypatch.setattr("dashboard.server.cache.engine", InlineEngine)
    widget_named(at.button, "explore_score_again").click().run()
    wait_until_scored(at, space, run_id, "l1")
    assert "By the score chosen on Explore: Summed absolute error" in said(at)


def test_score_under_way_is_cancelled_back_to_the_run_s_own_and_computed_when_it_is_wanted_again(
    space, run_id, monkeypatch
):
    monkeypatch.setattr("dashboard.server.cache.engine", InlineEngine)
    wanted = DerivedScore("sse")
    request.ask(space.artifacts, run_id, wanted)
    write_progress(space.artifacts, run_id, wanted, share=0.5)
    at = page(run=run_id, score="sse")
    assert "50% done" in str(at.get("progress")[0].proto.text)
    at.button(key="explore_score_cancel").click().run()
    assert status(space.artifacts, run_id, wanted).cancelled
    assert "score" not in at.query_params
    at = page(run=run_id, score="sse")
    assert "was cancelled" in said(at)
    at.button(key="explore_score_begin").click().run()
    wait_until_scored(at, space, run_id, "sse")


@pytest.mark.parametrize("score", ["nonsense", "mse.none.nonsense", "../../x", "mse.none.none.1.5.6", "mse.none"])
def test_link_with_a_score_that_there_is_not_shows_the_run_s_own(space, run_id, score):
    at = page(run=run_id, score=score)
    assert "flagged rows" in said(at)
    assert not at.warning


def test_export_takes_the_score_and_nothing_else_into_a_path(space, run_id):
    from dashboard.server.exports import _open, scores_url

    derived(space, run_id, DerivedScore(ScoreConfig("huber").name))
    assert "score=huber" in scores_url(run_id, 0.5, score="huber")
    rows, _, name, threshold = _open(run_id, "", False, "huber")
    assert name.endswith("huber.csv")
    assert threshold == space.artifacts.read_json(f"runs/{run_id}/scores/huber/result.json")["threshold"]
    batch = next(rows.batches()).to_pandas()
    np.testing.assert_array_equal(batch["score"], scores(space, run_id, "huber")["score"])
    with pytest.raises(AnomalensError):
        _open(run_id, "", False, "../..")


def test_command_line_scores_another_file_under_another_score(space, run_id, tmp_path, capsys):
    from core.cli import main

    people().drop(columns="label").to_csv(tmp_path / "new.csv", index=False)
    arguments = ["score", run_id, str(tmp_path / "new.csv"), "--out", str(tmp_path / "out.csv")]
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--score", "knn", "--scale", "probability"])
    assert not end.value.code
    found = pd.read_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(found["score"], scores(space, run_id, "knn.none.probability")["score"], atol=1e-4)
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--score", "mse+latent"])
    assert not end.value.code
    both = pd.read_csv(tmp_path / "out.csv")["score"]
    np.testing.assert_allclose(both, scores(space, run_id, "mse.latent")["score"], rtol=1e-4, atol=1e-4)
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--score", "nonsense"])
    assert end.value.code == 2
    assert "Score must be one of mse" in capsys.readouterr().err


def wait_until_scored(at: AppTest, space: Workspace, run_id: str, name: str) -> None:
    wait_for_status(space, run_id, name, lambda now: now.ready)
    at.run()
    assert not at.exception


def wait_for_status(space: Workspace, run_id: str, name: str, wanted) -> None:
    wait_for(lambda: wanted(status(space.artifacts, run_id, DerivedScore(name))))
