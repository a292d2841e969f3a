"""A finished run: all that is asked of it, with labels and without, under another score, with its dataset gone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from run_fixture import WrittenRun, write_run

from core.detector.files import SET_ASIDE, set_aside_file
from core.errors import DataError, NotFittedError, UnknownNameError
from core.metrics.evaluation import judged_rows
from core.metrics.grid import ScoreGrid
from core.metrics.groups import PARTS, ScoreGroups
from core.recipe import Recipe, ScoreConfig
from core.results.finished_run import FinishedRun
from core.store.workspace import Workspace, open_workspace

OTHER = ScoreConfig(kind="whitened", normalise="rank").name


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    return open_workspace()


def with_score(space: Workspace, written: WrittenRun) -> np.ndarray:
    """Another score of a run: the own one turned round, so that nothing of it is the same by chance."""
    import pandas as pd

    own = pd.read_parquet(space.artifacts.local(f"runs/{written.run_id}/scores.parquet"))
    turned = own.assign(score=1 / (1 + own["score"]))
    local = Path(space.settings.home) / "other.parquet"
    turned.to_parquet(local, index=False)
    folder = f"runs/{written.run_id}/scores/{OTHER}"
    space.artifacts.put_file(local, f"{folder}/scores.parquet")
    space.artifacts.write_json(f"{folder}/result.json", {"threshold": 0.97, "judged": "test"})
    return turned["score"].to_numpy()


@pytest.mark.parametrize("labels", [True, False])
def test_it_says_of_every_row_what_was_written(space: Workspace, labels: bool):
    written = write_run(space, 500, labels=labels)
    run = FinishedRun.open(space, written.run_id)
    assert (run.id, run.name, run.folder, run.score_folder) == (
        written.run_id, "Planted", f"runs/{written.run_id}", f"runs/{written.run_id}",
    )  # fmt: skip
    assert np.array_equal(run.scored.score, written.scores)
    assert np.array_equal(run.scored.label, written.labels)
    assert np.array_equal(np.array(PARTS)[run.scored.part], written.parts)
    assert run.rows.count == 500
    assert np.isnan(run.rows.uncertainty()).all()
    groups = ScoreGroups.build(written.scores, written.labels, written.parts)
    assert np.array_equal(run.groups.totals, groups.totals)
    assert run.threshold == written.threshold == run.result["threshold"]
    assert np.array_equal(run.grid.steps, ScoreGrid.build(groups, [written.threshold]).steps)
    assert run.labelled is labels
    assert run.recipe == space.store.run(written.run_id).recipe
    assert run.score_config == run.recipe.score
    word, mask = judged_rows(written.labels, written.parts)
    # Without labels nothing is measured, and all rows are ranked together.
    assert (run.judged, run.row_choices[0]) == ((("test",), word) if labels else (PARTS, "all"))
    assert np.array_equal(run.is_judged, mask if labels else np.ones(500, dtype=bool))
    assert (run.parts, run.reference) == (("train", "validation", "test"), "validation")
    assert run.row_choices == (["test"] if labels else ["all", "test"]) + ["validation", "train"] + ["all"] * labels
    assert np.array_equal(run.train, np.flatnonzero(written.parts == "train"))
    assert np.array_equal(run.fitted_on, run.train)
    assert run.schema.label == ("attack" if labels else None)
    assert (len(run.samples), run.table.rows, run.dataset.id) == (500, 500, written.dataset_id)
    assert run.has_dataset
    assert run.has_samples
    assert run.has_schema
    assert not run.has_networks
    assert not run.bounded
    found, size = run.page(("test",), choice_above(written.threshold), 10)
    above = np.flatnonzero((written.parts == "test") & (written.scores > written.threshold))
    assert size == len(above)
    assert list(found["row"]) == sorted(above, key=lambda row: (-written.scores[row], row))[:10]


def choice_above(threshold: float):
    from core.results.row_filter import RowFilter

    return RowFilter(low=threshold)


def test_rows_that_stood_apart_were_not_trained_on(space: Workspace):
    written = write_run(space, 200)
    aside = np.flatnonzero(written.parts == "train")[::7]
    space.artifacts.write_bytes(f"runs/{written.run_id}/{SET_ASIDE}", set_aside_file(aside))
    run = FinishedRun.open(space, written.run_id)
    assert np.array_equal(run.set_aside, aside)
    assert np.array_equal(run.fitted_on, np.setdiff1d(run.train, aside))


def test_under_another_score_it_has_that_score_s_rows_and_threshold_and_its_own_dataset(space: Workspace):
    written = write_run(space, 300)
    scores = with_score(space, written)
    own = FinishedRun.open(space, written.run_id)
    run = own.under(OTHER)
    assert (run.score, run.score_folder) == (OTHER, f"runs/{written.run_id}/scores/{OTHER}")
    assert (run.threshold, run.score_config.kind, run.bounded) == (0.97, "whitened", True)
    assert "log-scores" not in run.axes
    assert np.array_equal(run.scored.score, scores)
    assert np.array_equal(run.scored.label, own.scored.label)
    assert run.rows.latent() is not None
    assert run.dataset == own.dataset
    assert run.under("").threshold == written.threshold


def test_a_score_that_was_not_computed_is_refused_with_the_way_to_it(space: Workspace):
    run = FinishedRun.open(space, write_run(space, 60).run_id, OTHER)
    for name in ("result", "rows", "threshold", "judged"):
        with pytest.raises(DataError, match=r"was not computed for run .* Choose it on the Explore page"):
            getattr(run, name)


def test_whatever_an_address_holds_only_the_name_of_a_score_gets_into_a_path(space: Workspace):
    record = space.store.run(write_run(space, 60).run_id)
    assert FinishedRun(space, record, "whitened").score_folder.endswith("/scores/whitened")
    with pytest.raises(Exception, match="Score must be one of"):
        FinishedRun(space, record, "../../secret")


def test_without_its_dataset_all_that_the_run_wrote_is_still_there(space: Workspace):
    written = write_run(space, 120)
    schema = space.store.dataset(written.dataset_id).schema
    record = replace(space.store.run(written.run_id), dataset_id="gone")
    run = FinishedRun(space, record)
    assert (run.has_dataset, run.has_samples, run.has_schema) == (False, False, False)
    for name in ("dataset", "samples", "table", "schema"):
        with pytest.raises(UnknownNameError):
            getattr(run, name)
    assert run.groups.totals.sum() == 120
    assert len(run.rows.ranked(("test",), 5)) == 5
    # The columns as they were when the run began outlive the dataset.
    space.artifacts.write_json(f"runs/{written.run_id}/schema.json", schema)
    assert FinishedRun(space, record).schema.label == "attack"


def test_its_columns_are_those_that_it_began_with(space: Workspace):
    written = write_run(space, 120)
    began = FinishedRun.open(space, written.run_id).schema
    space.artifacts.write_json(f"runs/{written.run_id}/schema.json", began.to_dict())
    space.store.update_dataset(written.dataset_id, schema=began.with_column("bytes", role="ignored").to_dict())
    run = FinishedRun.open(space, written.run_id)
    assert run.schema.column("bytes").role == "feature"
    assert run.samples.schema.column("bytes").role == "feature"


def test_another_dataset_under_the_same_id_is_refused(space: Workspace):
    written = write_run(space, 120)
    local = Path(space.settings.home) / "other.parquet"
    written.frame.head(100).to_parquet(local)
    space.artifacts.put_file(local, f"datasets/{written.dataset_id}/data.parquet")
    run = FinishedRun.open(space, written.run_id)
    assert not run.has_samples
    with pytest.raises(DataError, match=r"the one that the run was trained on, with 120 rows\. It has 100 now"):
        _ = run.table


def test_a_run_that_is_not_over_is_refused(space: Workspace):
    written = write_run(space, 60)
    queued = space.store.create_run(written.dataset_id, Recipe(model="dense"), "later")
    with pytest.raises(NotFittedError, match="queued and has no scores"):
        FinishedRun(space, queued)
    with pytest.raises(UnknownNameError):
        FinishedRun.open(space, "none")


def test_a_run_that_failed_after_it_was_scored_is_opened_and_one_without_scores_says_its_state(space: Workspace):
    written = write_run(space, 60)
    failed = replace(space.store.run(written.run_id), state="failed")
    assert np.array_equal(FinishedRun(space, failed).scored.score, written.scores)
    with pytest.raises(NotFittedError, match="has failed and has no scores"):
        FinishedRun(space, replace(failed, result=None))
    space.artifacts.delete(f"runs/{written.run_id}/scores.parquet")
    with pytest.raises(NotFittedError, match="has failed and has no scores"):
        FinishedRun(space, failed)


def test_without_a_threshold_or_judged_rows_in_its_result_it_falls_back_to_what_is_usual(space: Workspace):
    written = write_run(space, 400)
    run = FinishedRun(space, replace(space.store.run(written.run_id), result={"rows": 400}))
    validation = written.scores[written.parts == "validation"]
    assert run.threshold == pytest.approx(np.percentile(validation, 95))
    assert run.judged == PARTS
    assert run.row_choices[0] == "all"


def test_opening_it_reads_nothing_and_imports_no_torch(tmp_path: Path):
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from types import SimpleNamespace as N\n"
        "from core.results.finished_run import FinishedRun\n"
        "run = FinishedRun(N(), N(id='a', state='done', result={'threshold': 1.0}))\n"
        "assert run.threshold == 1.0\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert done.stdout.strip() == "False", done.stderr
