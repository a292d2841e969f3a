"""Series go the whole way: trained, scored, explained; and the laws that their scores obey."""

import pickle
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.detector.experiment import Experiment
from core.detector.new_samples import read_samples
from core.errors import ConfigError, DataError
from core.lanes.expecting import expected_of
from core.metrics.nab import NabFile, nab_scores
from core.modalities.recognise import modality_of
from core.modalities.series.config import SeriesConfig
from core.modalities.series.content import Held, Moments
from core.modalities.series.encoder import SeriesEncoder
from core.modalities.series.ingesting import Written
from core.modalities.series.period import suggest
from core.modalities.series.samples import SeriesSamples, opened
from core.presets import PRESETS
from core.recipe import Recipe, SplitConfig

COUNT = 900
SOME = np.arange(100, 200)


def table(seed: int = 0) -> pd.DataFrame:
    """Two channels that go together, with a stretch near the end in which the second stands still."""
    rng = np.random.default_rng(seed)
    step = np.arange(COUNT)
    a = np.sin(2 * np.pi * step / 24) + rng.normal(0, 0.05, COUNT)
    b = np.cos(2 * np.pi * step / 24) + rng.normal(0, 0.05, COUNT)
    odd = slice(780, 820)
    b[odd] = b[odd.start]
    label = np.zeros(COUNT, dtype=int)
    label[odd] = 1
    time = pd.date_range("2026-03-01", periods=COUNT, freq="5min")
    return pd.DataFrame({"time": time, "flow": a, "pressure": b, "label": label})


def samples(frame: pd.DataFrame, folder: Path) -> SeriesSamples:
    folder.mkdir(exist_ok=True)
    frame.to_parquet(folder / "data.parquet", index=False)
    written = Written(folder / "data.parquet", folder)
    values, seconds = opened(folder)
    return SeriesSamples(written.table, written.schema, written.about, values, seconds)


def recipe(**settings: object) -> Recipe:
    found = PRESETS["Recommended (series)"].recipe.with_set({"training.steps": 150, "training.warmup_steps": 15})
    return replace(found.with_set(settings), device="cpu", split=SplitConfig(kind="chronological", validation=0.1))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    experiment = Experiment(samples(table(), tmp_path_factory.mktemp("series") / "a"), recipe())
    for _ in experiment.run():
        pass
    return experiment


@pytest.fixture(scope="module")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    given = recipe(**{"encoding.pooling": "causal"})
    experiment = Experiment(samples(table(), tmp_path_factory.mktemp("causal") / "a"), given)
    for _ in experiment.run():
        pass
    return experiment


def scored(experiment: Experiment, frame: pd.DataFrame) -> np.ndarray:
    held = Held(("flow", "pressure"), frame[["flow", "pressure"]].to_numpy())
    return experiment.trained.score(Moments(held, np.arange(len(frame)))).score


def test_a_channel_that_stands_still_is_found_and_named(trained: Experiment) -> None:
    assert trained.result.auroc > 0.95
    assert trained.trained.encoder.window == 24
    explained = trained.trained.explain_samples(trained.samples, np.array([800]))
    assert explained["feature"].iloc[0] == "pressure"


def test_equal_moments_score_the_same_in_a_dataset_and_in_a_later_file(trained: Experiment, tmp_path: Path) -> None:
    table().to_csv(tmp_path / "later.csv", index=False)
    later, _ = read_samples(trained.trained, tmp_path / "later.csv", tmp_path)
    found = trained.trained.score(later.read(np.arange(len(later)))).score
    np.testing.assert_array_equal(found, trained.scores.score)
    some = np.array([3, 500, 501, 899])
    np.testing.assert_array_equal(trained.trained.score(later.read(some)).score, found[some])


def test_a_shift_in_time_changes_no_score(trained: Experiment, tmp_path: Path) -> None:
    moved = table().assign(time=lambda t: t["time"] + pd.Timedelta(days=400))
    moved.to_csv(tmp_path / "moved.csv", index=False)
    later, _ = read_samples(trained.trained, tmp_path / "moved.csv", tmp_path)
    found = trained.trained.score(later.read(np.arange(len(later)))).score
    np.testing.assert_array_equal(found, trained.scores.score)


def test_reordered_columns_change_no_score(trained: Experiment, tmp_path: Path) -> None:
    table()[["label", "pressure", "time", "flow"]].to_csv(tmp_path / "other.csv", index=False)
    later, _ = read_samples(trained.trained, tmp_path / "other.csv", tmp_path)
    found = trained.trained.score(later.read(np.arange(len(later)))).score
    np.testing.assert_array_equal(found, trained.scores.score)


def test_a_longer_file_changes_no_earlier_causal_score(causal: Experiment) -> None:
    frame = table(3)
    whole = scored(causal, frame)
    for length in (100, 417, 899):
        np.testing.assert_array_equal(scored(causal, frame.iloc[:length]), whole[:length])


def test_notes_say_whether_scores_have_hindsight(trained: Experiment, causal: Experiment) -> None:
    assert "hindsight" in trained.result.note
    assert "Scores are causal" in causal.result.note
    assert "A window has 24 moments. The channels repeat every 24 moments" in trained.result.note


def test_training_windows_hold_no_moment_of_another_part(trained: Experiment) -> None:
    encoder, train = trained.trained.encoder, np.arange(500)
    units = encoder.training_units(trained.samples, train)
    assert len(units) == 500 - encoder.window + 1


def test_what_is_expected_of_a_stretch_does_not_depend_on_how_it_is_asked_for(trained: Experiment) -> None:
    channels = ("pressure", "another", "flow")
    whole, part = (expected_of(trained.trained, trained.samples, ids, channels) for ids in (np.arange(300), SOME))
    assert whole.shape == (300, 3)
    assert np.isnan(whole[:, 1]).all()
    np.testing.assert_allclose(part, whole[SOME], rtol=1e-4, atol=1e-5)
    off = np.abs(whole[:, [2, 0]] - trained.samples.between(0, 300))
    assert (off < 0.5).mean() > 0.95


@pytest.mark.parametrize(("stride", "said"), [(0, True), (1, False), (7, False)])
def test_notes_say_that_a_long_series_is_scored_by_fewer_windows(trained: Experiment, stride: int, said: bool) -> None:
    encoder = copy(trained.trained.encoder)
    assert "apart, an eighth of a window" not in " ".join(modality_of("series").encoding_notes(encoder))
    encoder.moments, encoder.config = 1_000_001, replace(encoder.config, stride=stride)
    notes = " ".join(modality_of("series").encoding_notes(encoder))
    assert (f"windows {encoder.window // 8} moments apart, an eighth of a window" in notes) == said


def test_content_travels_to_another_process(trained: Experiment) -> None:
    found = pickle.loads(pickle.dumps(trained.samples.read(np.array([5, 3, 700]))))
    np.testing.assert_array_equal(found.values, trained.samples.read(np.array([5, 3, 700])).values)


def test_a_series_is_never_divided_at_random() -> None:
    found = Recipe(model="dense_windows", modality="series", split=SplitConfig(kind="random")).split
    assert (found.kind, found.validation_order) == ("chronological", "last")


def test_a_window_that_is_longer_than_what_trains_is_refused_in_a_sentence(tmp_path: Path) -> None:
    experiment = Experiment(samples(table().iloc[:169], tmp_path / "a"), recipe(**{"encoding.window": 500}))
    with pytest.raises(DataError, match="A window must be shorter than what it is cut from"):
        list(experiment.run())


@pytest.mark.parametrize("length", [40, 169])
def test_a_short_series_is_trained_on_with_a_short_window(length: int, tmp_path: Path) -> None:
    experiment = Experiment(samples(table().iloc[:length], tmp_path / "a"), recipe(**{"training.steps": 10}))
    for _ in experiment.run():
        pass
    assert np.isfinite(experiment.scores.score).all()


def test_constant_channels_and_missing_values_are_no_obstacle(tmp_path: Path) -> None:
    frame = table().assign(still=3.5)
    frame.loc[100:180, "flow"] = np.nan
    frame.loc[300, "pressure"] = np.nan
    experiment = Experiment(samples(frame, tmp_path / "a"), recipe(**{"training.steps": 20}))
    for _ in experiment.run():
        pass
    assert np.isfinite(experiment.scores.score).all()
    assert experiment.trained.encoder.blanks
    assert "still" not in experiment.trained.encoder.channels


def test_a_value_is_carried_forward_for_so_many_moments_and_no_longer(tmp_path: Path) -> None:
    frame = table()
    frame.loc[100:180, "flow"] = np.nan
    encoder = SeriesEncoder(SeriesConfig(carry=10), ("flow", "pressure"))
    one = samples(frame, tmp_path / "a")
    encoder.fit(one, np.arange(600))
    found = encoder.encoded(one, 95, 130)[:, 0]
    assert (found[5:15] == found[4]).all()
    assert np.isnan(found[15:]).all()


def test_the_window_is_a_period_within_its_bounds() -> None:
    step = np.arange(2_000)
    assert suggest(np.sin(2 * np.pi * step / 40)[:, None]).window == 40
    assert suggest(np.random.default_rng(0).normal(size=(2_000, 1))).window == 64
    assert suggest(np.sin(2 * np.pi * step / 300)[:, None]).window == 64
    assert suggest(np.tile(np.sin(2 * np.pi * step / 100)[:, None], 20)).window == 51


def test_the_examples_of_series_are_labelled_and_recognisable() -> None:
    for example in modality_of("series").examples().values():
        frame = example.make(0)
        assert len(frame) == example.size
        assert 0 < (~frame[example.label].isin(example.normal)).mean() < 0.1


def test_nab_counts_early_detections_more_and_false_alarms_against() -> None:
    def file(*at: int) -> NabFile:
        scores = np.zeros(1_000)
        scores[list(at)] = 1.0
        return NabFile(scores, [(500, 599)])

    def standard(one: NabFile) -> float:
        return nab_scores([one])["standard"]

    assert standard(file()) == 0
    assert standard(file(500)) == pytest.approx(100)
    assert standard(file(500)) > standard(file(560)) > standard(file(560, 300)) > 0
    assert nab_scores([file(560, 300)])["reward_low_fp"] < standard(file(560, 300))


def test_a_preset_of_tables_does_not_take_series() -> None:
    from core.cli.support.recipes import chosen_recipe

    with pytest.raises(ConfigError, match="for another kind of data than moments"):
        chosen_recipe("VAE", "", [], modality="series")
