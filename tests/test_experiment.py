"""The whole story: split, encode, train, score, threshold, explain, save, load."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiment_helpers import QUICK, experiment, finished, people

from core.detector.experiment import EpochRecord, Experiment, Snapshot, load
from core.errors import DataError, NotFittedError, TrainingError
from core.index.labels import read_labels
from core.metrics.evaluation import auroc
from core.recipe import TrainingConfig
from core.store.artifacts import Artifacts
from core.training.control import Control


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return finished(people(), tmp_path_factory.mktemp("done"))


@pytest.fixture(scope="module")
def artifacts(done: Experiment, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    made = Artifacts(str(tmp_path_factory.mktemp("storage")))
    done.save(made, "runs/run")
    return made


def parquet(artifacts: Artifacts, name: str) -> pd.DataFrame:
    return pd.read_parquet(artifacts.local(f"runs/run/{name}.parquet"))


def test_run_tells_records_and_snapshots_and_ends_by_itself(tmp_path: Path) -> None:
    control, made = Control(), experiment(people(), tmp_path)
    events = list(made.run(control))
    records = [e for e in events if isinstance(e, EpochRecord)]
    snapshots = [e for e in events if isinstance(e, Snapshot)]
    assert [r.epoch for r in records] == list(range(1, len(records) + 1))
    assert [snapshots[0].epoch, snapshots[-1].epoch] == [1, len(records)]
    assert (made.ended, control.progress.phase) == ("done", "done")
    for event in events:
        json.dumps(event.to_dict())


def test_snapshot_counts_every_row_of_its_sample_by_class(tmp_path: Path) -> None:
    made = experiment(people(), tmp_path)
    shot = next(e for e in made.run() if isinstance(e, Snapshot))
    assert set(shot.counts) == {"normal", "anomaly"}
    assert len(shot.edges) == 1 + len(shot.counts["normal"])
    assert sum(map(sum, shot.counts.values())) == len(made._sample.ids)
    assert shot.auroc is not None
    assert shot.average_precision is not None


def test_result_measures_what_the_scores_say(done: Experiment) -> None:
    result, labels = done.result, read_labels(done.samples.index, done.samples.schema)
    assert done.scores is not None
    judged = done._parts == "test"
    assert result.judged == "test"
    assert result.auroc == auroc(labels[judged], done.scores.score[judged])
    assert result.auroc > 0.8
    assert result.flagged == int((done.scores.score[judged] > result.threshold).sum())
    assert (result.rows, result.columns, result.members) == (240, 4, 2)
    assert result.train_rows + result.validation_rows + result.test_rows == 240
    assert result.features == done.trained.encoder.width  # type: ignore[union-attr]
    assert result.background_rejection is not None
    assert result.background_rejection["signal_efficiency"] == 0.3
    assert result.note
    json.dumps(result.to_dict())


def test_threshold_is_the_percentile_of_the_validation_scores(done: Experiment) -> None:
    assert done.scores is not None
    expected = np.percentile(done.scores.score[done._parts == "validation"], 95)
    assert done.result.threshold == pytest.approx(expected)


def test_scores_file_has_every_row_in_order(done: Experiment, artifacts: Artifacts) -> None:
    scores = parquet(artifacts, "scores")
    assert list(scores.columns) == ["row", "part", "label", "score", "uncertainty"]
    assert scores["row"].tolist() == list(range(240))
    assert scores["label"].tolist() == people()["label"].tolist()
    assert set(scores["part"]) == {"train", "validation", "test"}
    assert done.scores is not None
    assert np.array_equal(scores["score"], done.scores.score)
    assert (scores["uncertainty"] > 0).all()


def test_explanations_share_each_rows_error_among_the_features(artifacts: Artifacts) -> None:
    why = parquet(artifacts, "explanations")
    assert list(why.columns) == [
        "row", "feature", "actual", "expected", "actual_value", "expected_value", "contribution",
    ]  # fmt: skip
    assert np.allclose(why.groupby("row")["contribution"].sum(), 1)
    scores = parquet(artifacts, "scores")["score"].to_numpy()
    order = why["row"].to_numpy()[::4]
    assert (np.diff(scores[order]) <= 0).all()
    assert (why.groupby("row")["contribution"].diff().dropna() <= 0).all()


def test_explanations_are_in_the_users_units(artifacts: Artifacts) -> None:
    why, frame = parquet(artifacts, "explanations"), people()
    heights = why[why["feature"] == "height"].set_index("row")
    np.testing.assert_allclose(heights["actual_value"], frame.loc[heights.index, "height"])
    assert heights["expected_value"].between(120, 220).all()
    sizes = why[why["feature"] == "size"].set_index("row")
    assert (sizes["actual"] == frame.loc[sizes.index, "size"]).all()
    assert set(sizes["expected"]) <= {"small", "middle", "large"}
    assert sizes["actual_value"].isna().all()


def test_feature_that_was_changed_is_blamed(done: Experiment) -> None:
    normal = people()[people()["label"] == 0].head(20).reset_index(drop=True)
    for feature, value in (("weight", 250.0), ("age", 200.0)):
        assert done.trained is not None
        why = done.trained.explain(normal.assign(**{feature: value}))
        assert (why.groupby("row")["feature"].first() == feature).mean() > 0.9


def test_latent_places_are_principal_components(artifacts: Artifacts) -> None:
    latent = parquet(artifacts, "latent")
    assert list(latent.columns) == ["row", "x", "y", "z"]
    assert len(latent) == 240
    assert latent["x"].std() >= latent["y"].std()


def test_loaded_detector_scores_and_explains_as_the_run_did(done: Experiment, artifacts: Artifacts) -> None:
    loaded = load(artifacts, "runs/run")
    score, uncertainty = loaded.score(people())
    assert done.scores is not None
    np.testing.assert_array_equal(score, done.scores.score)
    assert uncertainty is not None
    assert loaded.threshold == done.result.threshold
    assert loaded.flagged(score).sum() == (score > loaded.threshold).sum()
    rows = np.array([7, 3])
    why = loaded.explain(people().iloc[rows], rows=rows)
    assert why["row"].unique().tolist() == [7, 3]


def test_rows_without_a_column_of_the_training_are_refused(artifacts: Artifacts) -> None:
    with pytest.raises(DataError, match=r"the 4 columns .* 'age' is missing"):
        load(artifacts, "runs/run").score(people().drop(columns="age"))


def test_saved_files_hold_no_pickle(artifacts: Artifacts) -> None:
    names = {Path(path).name for path in artifacts.list("runs/run")}
    assert names == {
        "model.safetensors", "model.json", "encoder.json", "recipe.json", "scores.parquet", "latent.parquet",
        "explanations.parquet", "result.json",
    }  # fmt: skip


def test_a_run_of_many_rows_keeps_a_place_for_each_on_the_map_of_its_sample(
    artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.detector import saving
    from core.projections.map_points import MapPoints

    few = partial(saving.rows_to_place, limit=100)
    monkeypatch.setattr(saving, "rows_to_place", few)
    run, store = finished(people(), tmp_path), Artifacts(str(tmp_path / "many"))
    run.save(store, "runs/run")
    sample = pd.read_parquet(store.local("runs/run/latent.parquet"))
    assert len(sample) == 100
    placed = MapPoints.read(store.local("runs/run/projections/pca-3d/places.arrow"))
    assert np.array_equal(placed.row, np.arange(len(people())))
    for k, axis in enumerate("xyz"):
        own = placed.along(k)[sample["row"]]
        assert np.abs(own - sample[axis]).max() < 1e-3 * np.ptp(sample[axis])


def test_same_seed_gives_the_same_scores_and_another_seed_others(done: Experiment, tmp_path: Path) -> None:
    assert done.scores is not None
    again = finished(people(), tmp_path)
    assert again.scores is not None
    assert np.array_equal(again.scores.score, done.scores.score)
    other = finished(people(), tmp_path, replace(QUICK, seed=1))
    assert other.scores is not None
    assert not np.array_equal(other.scores.score, done.scores.score)


def test_run_resumed_from_a_checkpoint_ends_with_the_same_losses_and_scores(done: Experiment, tmp_path: Path) -> None:
    cut = experiment(people(), tmp_path)
    told, kept = [], b""
    for event in cut.run():
        if isinstance(event, EpochRecord):
            told.append((event.train, event.validation))
            kept = cut.checkpoint() if event.epoch == 3 else kept
    resumed = experiment(people(), tmp_path)
    rest = [e for e in resumed.run(checkpoint=kept) if isinstance(e, EpochRecord)]
    assert [(e.train, e.validation) for e in rest] == told[3:]
    assert done.scores is not None
    assert resumed.scores is not None
    assert np.array_equal(resumed.scores.score, done.scores.score)


def test_stopped_run_is_scored_and_cancelled_run_is_not(tmp_path: Path) -> None:
    for ending in ("stop", "cancel"):
        control, made = Control(), experiment(people(), tmp_path)
        for _ in made.run(control):
            getattr(control, ending)()
        assert made.ended == {"stop": "stopped", "cancel": "cancelled"}[ending]
        assert made.finished is (ending == "stop")
    with pytest.raises(NotFittedError, match="no result"):
        made.save(Artifacts(str(tmp_path)), "runs/run")


def test_run_stopped_before_its_first_step_has_nothing_to_keep(tmp_path: Path) -> None:
    control, made = Control(), experiment(people(), tmp_path)
    control.stop()
    assert list(made.run(control)) == []
    assert (made.ended, made.finished) == ("cancelled", False)


def test_failed_run_keeps_its_last_good_weights(tmp_path: Path) -> None:
    training = TrainingConfig(epochs=9, batch_size=32)
    control, made = Control(), experiment(people(), tmp_path, replace(QUICK, training=training, members=1))
    events = made.run(control)
    while (event := next(events)) and not (isinstance(event, EpochRecord) and event.epoch == 2):
        pass
    control.set_learning_rate(float("inf"))
    with pytest.raises(TrainingError, match="epoch 3"):
        list(events)
    assert made.finished
    assert made.result.best_epoch == 2
    assert made.scores is not None
    assert np.isfinite(made.scores.score).all()


def ranking(made: Experiment) -> pd.Series:
    assert made.scores is not None
    return pd.Series(made.scores.score).rank()


@pytest.mark.parametrize(("scale", "shift"), [(1024.0, 0.0), (0.25, 0.0), (1.0, 1000.0), (2.54, -32.0)])
def test_unit_and_zero_of_a_column_leave_the_ranking_as_it_is(
    done: Experiment, tmp_path: Path, scale: float, shift: float
) -> None:
    frame = people()
    frame[["height", "weight"]] = frame[["height", "weight"]] * scale + shift
    assert ranking(done).corr(ranking(finished(frame, tmp_path))) > 0.999


def test_order_and_number_of_the_scored_rows_leave_each_score_as_it_is(done: Experiment) -> None:
    frame = people()
    assert done.trained is not None
    score = done.trained.score(frame).score
    shuffled = np.random.default_rng(0).permutation(len(frame))
    np.testing.assert_allclose(done.trained.score(frame.iloc[shuffled]).score, score[shuffled], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(done.trained.score(frame.iloc[5:6]).score, score[5:6], rtol=1e-4, atol=1e-5)


def test_chunks_of_another_size_give_the_same_scores(
    done: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Batches of seven rows, where everything fits into one.
    assert done.trained is not None
    monkeypatch.setattr("core.modalities.units.walking.BATCH_BYTES", 7 * 4 * done.trained.encoder.layout.size)
    again = finished(people(), tmp_path)
    assert done.scores is not None
    assert again.scores is not None
    assert np.array_equal(again.scores.score, done.scores.score)
    monkeypatch.setattr("core.runtime.CHUNK", 7)
    again = finished(people(), tmp_path)
    assert again.scores is not None
    np.testing.assert_allclose(again.scores.score, done.scores.score, rtol=1e-4, atol=1e-5)


def test_only_the_training_rows_decide_the_encoding_and_the_weights(done: Experiment, tmp_path: Path) -> None:
    frame = people()
    frame.loc[done._split.test, ["height", "weight"]] *= 3
    again = finished(frame, tmp_path)
    assert done.scores is not None
    assert again.scores is not None
    train = done._split.train
    assert np.array_equal(again.scores.score[train], done.scores.score[train])
