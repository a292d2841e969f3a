"""Experiments by other settings than usual: without labels, other thresholds, presets, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiment_helpers import QUICK, experiment, finished, people, store

from core.detector.experiment import Experiment
from core.errors import DataError, NotFittedError
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.tabular.samples import TabularSamples
from core.presets import PRESETS
from core.recipe import SplitConfig, ThresholdConfig


def test_table_without_labels_trains_on_all_and_says_what_is_missing(tmp_path: Path) -> None:
    recipe = replace(QUICK, split=SplitConfig(validation=0.2))
    made = finished(people().drop(columns="label"), tmp_path, recipe)
    result = made.result
    assert result.auroc is result.average_precision is result.f1 is result.background_rejection is None
    assert "No label column" in result.note
    assert result.flagged > 0


def test_threshold_looks_at_the_training_rows_where_none_validate_and_says_so(tmp_path: Path) -> None:
    made = finished(people(), tmp_path, replace(QUICK, split=SplitConfig(kind="normals", validation=0.0)))
    assert "no validation rows" in made.result.note
    assert made.scores is not None
    assert made.result.threshold == pytest.approx(np.percentile(made.scores.score[made._parts == "train"], 95))


def test_false_positive_rate_is_kept_on_the_reference_rows(tmp_path: Path) -> None:
    recipe = replace(QUICK, threshold=ThresholdConfig(rule="fpr", value=0.1))
    made = finished(people(), tmp_path, recipe)
    assert made.scores is not None
    flagged = made.scores.score[made._parts == "validation"] > made.result.threshold
    assert 0 < flagged.mean() <= 0.1


def test_score_of_the_tabular_preset_runs_from_0_to_1_around_its_threshold(tmp_path: Path) -> None:
    recipe = PRESETS["Tabular"].recipe.with_set({"epochs": 3})
    made = finished(people(), tmp_path, recipe)
    assert made.scores is not None
    score = made.scores.score
    assert made.result.threshold == 0.5
    assert (score.min() >= 0, score.max()) == (True, 1)
    assert (score[made._parts == "train"] > 0.5).mean() == pytest.approx(0.05, abs=0.01)
    assert "latent size is" in made.result.note


def test_power_of_two_preset_scores_the_training_rows_from_0_to_1(tmp_path: Path) -> None:
    made = finished(people(), tmp_path, PRESETS["Power-of-two dense"].recipe.with_set({"epochs": 3}))
    assert made.scores is not None
    train = made.scores.score[made._parts == "train"]
    assert (train.min(), train.max()) == pytest.approx((0, 1))


def test_variational_preset_gives_each_score_its_uncertainty(tmp_path: Path) -> None:
    made = finished(people(), tmp_path, PRESETS["VAE"].recipe.with_set({"epochs": 3}))
    assert made.scores is not None
    assert made.scores.uncertainty is not None
    assert (made.scores.uncertainty > 0).all()


def test_threat_detector_preset_validates_on_the_newest_rows(tmp_path: Path) -> None:
    made = finished(people(), tmp_path, PRESETS["Threat detector"].recipe.with_set({"epochs": 3}))
    split = made._split
    assert split.train.max() < split.validation.min()
    assert len(split.validation) == round(0.15 * (len(split.validation) + len(split.train)))


def test_collider_preset_on_background_and_signal_files_tells_the_rejection(tmp_path: Path) -> None:
    frame = people(600)
    background, signal = (frame[frame["label"] == k].drop(columns="label").reset_index(drop=True) for k in (0, 1))
    recipe = PRESETS["Collider"].recipe.with_set({"split.kind": "file", "epochs": 15})
    made = experiment(background, tmp_path, recipe, signal)
    made.samples = TabularSamples(made.samples.index, made.samples.schema.with_test_as_anomaly())
    list(made.run())
    rejection = made.result.background_rejection
    assert made.result.auroc is not None
    assert made.result.auroc > 0.75
    assert rejection is not None
    assert rejection["value"] > 1


def test_output_that_cannot_reach_the_encoded_numbers_is_pointed_out(tmp_path: Path) -> None:
    settings = {**QUICK.model_settings, "output": "sigmoid"}
    standard = finished(people(), tmp_path, replace(QUICK, model_settings=settings))
    assert "Choose the min-max encoding" in standard.result.note
    recipe = replace(QUICK, model_settings=settings, encoding={"numbers": "minmax"})
    assert "min-max" not in finished(people(), tmp_path, recipe).result.note


def test_table_without_features_is_refused(tmp_path: Path) -> None:
    made = experiment(people(), tmp_path)
    for name in ("height", "weight", "age", "size"):
        made.samples = TabularSamples(made.samples.index, made.samples.schema.with_column(name, role="ignored"))
    with pytest.raises(DataError, match="no feature column"):
        list(made.run())


def test_result_is_refused_before_the_run(tmp_path: Path) -> None:
    made = experiment(people(), tmp_path)
    with pytest.raises(NotFittedError, match="no result"):
        _ = made.result
    with pytest.raises(NotFittedError, match="nothing to keep"):
        made.checkpoint()


@pytest.mark.data
@pytest.mark.parametrize(("name", "least"), [("cardio", 0.91)])
def test_recommended_preset_finds_the_anomalies_of_real_data(
    shared_data: Path, tmp_path: Path, name: str, least: float
) -> None:
    frame = pd.read_csv(shared_data / "tabular" / f"{name}.csv")
    table = Table(store(frame, tmp_path))
    schema = infer_schema(table).with_label("label", ["0"])
    recipe = PRESETS["Recommended"].recipe.with_set({"split.kind": "normals"})
    made = Experiment(TabularSamples(table, schema), recipe)
    list(made.run())
    assert made.result.auroc is not None
    assert made.result.auroc >= least
