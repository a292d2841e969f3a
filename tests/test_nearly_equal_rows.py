"""What holds where a spread is none: equal rows, constants, a handful of rows, numbers too large or too small."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from experiment_helpers import finished

from core.detector.experiment import Experiment
from core.errors import AnomalensError
from core.presets import PRESETS
from core.recipe import Recipe
from core.resolution import of_column, usable

N = 90
Frame = pd.DataFrame


def mostly_equal(rng: np.random.Generator) -> Frame:
    x = np.zeros((N, 3))
    x[rng.choice(N, 7, replace=False)] = rng.integers(1, 40, (7, 3))
    return Frame(x, columns=list("abc"))


def mixed(rng: np.random.Generator) -> Frame:
    few = rng.random(N) < 0.1
    return Frame(
        {
            "number": np.where(few, rng.normal(size=N), 0.0),
            "kind": rng.choice(["x", "y", "z"], N),
            "hour": pd.date_range("2024-01-01", periods=N, freq="h"),
            "holey": np.where(few, np.nan, 1.0),
            "empty": np.full(N, np.nan),
        }
    )


TABLES: dict[str, Callable[[np.random.Generator], Frame]] = {
    "mostly equal rows": mostly_equal,
    "mostly zeros": lambda rng: Frame(np.where(rng.random((N, 5)) < 0.05, rng.integers(1, 50, (N, 5)), 0)),
    "five rows": lambda rng: Frame(rng.normal(size=(5, 3))),
    "twelve rows": lambda rng: Frame(rng.normal(size=(12, 3))),
    "one column": lambda rng: Frame({"a": rng.normal(size=N)}),
    "a constant": lambda rng: Frame({"a": np.full(N, 20.6)}),
    "two values": lambda rng: Frame({"a": rng.integers(0, 2, N) * 3.5}),
    "a huge offset": lambda rng: Frame({"a": 1e9 + rng.normal(size=N), "b": 10**15 + rng.integers(0, 3, N)}),
    "a tiny scale": lambda rng: Frame({"a": 1e-12 * rng.normal(size=N), "b": np.where(rng.random(N) < 0.03, 1e-12, 0)}),
    "rounding": lambda rng: Frame({"a": 1e3 * (1 + 1e-15 * rng.normal(size=N)), "b": np.append(np.zeros(N - 1), 6.0)}),
    "mixed kinds": mixed,
    "huge numbers": lambda rng: Frame(
        {
            "a": np.append(rng.normal(size=N - 2), [1e300, -1e300]),
            "b": 1e39 * rng.normal(size=N),
            "c": rng.normal(size=N),
        }
    ),
}


def small(name: str, **training: object) -> Recipe:
    recipe = PRESETS[name].recipe
    short = replace(recipe.training, **{"steps": 4, "epochs": 1, **training})
    return replace(recipe, members=min(recipe.members, 2), training=short, device="cpu")


def trained(frame: Frame, folder: Path, recipe: Recipe, *, labelled: bool = False) -> Experiment:
    frame = frame.rename(columns=str)
    if labelled:
        frame = frame.assign(label=(np.arange(len(frame)) % 7 == 3).astype(int))
    return finished(frame, folder, recipe)


def check(made: Experiment) -> None:
    """Scores are finite and of bearable size, equal rows have equal ones, alone too, and most rows are not flagged."""
    assert made.scores is not None
    assert made.trained is not None
    score, raw = made.scores.score, made.samples.read(np.arange(len(made.samples)))
    assert np.isfinite(score).all()
    assert np.abs(score).max() < 1e13  # squares of encoded values, which end at a million
    groups = raw.map(repr).agg("|".join, axis=1)
    assert (pd.Series(score).groupby(groups.to_numpy()).nunique() == 1).all()
    for some in (slice(None), slice(0, 1), slice(-1, None), slice(0, 5)):
        assert np.array_equal(made.trained.score(raw.iloc[some]).score, score[some])
    commonest = (groups == groups.mode()[0]).to_numpy()
    if commonest.mean() > 0.5:
        assert not made.trained.flagged(score)[commonest].any()


@pytest.mark.parametrize("labelled", [False, True], ids=["no labels", "labels"])
@pytest.mark.parametrize("table", TABLES)
def test_default_preset_ends_well_or_says_why(tmp_path: Path, table: str, labelled: bool) -> None:
    frame = TABLES[table](np.random.default_rng(0))
    if table == "a constant":
        with pytest.raises(AnomalensError, match=r"[.]$"):
            trained(frame, tmp_path, small("Recommended"), labelled=labelled)
    else:
        check(trained(frame, tmp_path, small("Recommended"), labelled=labelled))


@pytest.mark.parametrize("preset", [name for name, one in PRESETS.items() if one.recipe.modality == "tabular"])
def test_every_preset_scores_equal_rows_equally(tmp_path: Path, preset: str) -> None:
    check(trained(mostly_equal(np.random.default_rng(1)), tmp_path, small(preset)))


@pytest.mark.parametrize("table", ["mostly equal rows", "rounding"])
def test_where_the_rows_that_taught_are_alike_the_run_says_so_and_flags_what_differs(
    tmp_path: Path, table: str
) -> None:
    made = trained(TABLES[table](np.random.default_rng(0)), tmp_path, small("Recommended"))
    assert "are all alike" in made.result.note
    assert made.scores is not None
    assert made.trained is not None
    raw = made.samples.read(np.arange(N))
    different = (np.abs(raw - raw.median()) > 1e-9).any(axis=1).to_numpy()
    assert np.array_equal(made.trained.flagged(made.scores.score), different)


@pytest.mark.parametrize("zeros", [30, 81])
def test_spike_is_flagged_wherever_it_stands_and_its_size_is_no_matter(tmp_path: Path, zeros: int) -> None:
    for place, spike in ((zeros, 1e5), (0, 1e-12)):
        made = trained(Frame({"v": np.insert(np.zeros(zeros), place, spike)}), tmp_path, small("Recommended"))
        assert made.scores is not None
        assert made.trained is not None
        assert np.flatnonzero(made.trained.flagged(made.scores.score)).tolist() == [place]
        alone = made.trained.score(Frame({"v": [0.0, spike]})).score
        assert alone.tolist() == [made.scores.score[1 if place == 0 else 0], made.scores.score[place]]


@pytest.mark.parametrize(
    ("values", "resolution"),
    [
        (np.full(5, 20.5), 2.0**-23 * 20.5),
        (np.array([20.500002, 20.5]), 2.0**-23 * 20.500002),  # written with the digits of float32
        (1e9 + np.arange(5), 1e-3),  # a counter
        (1e9 + np.array([0.123, 0.456]), 1e-3),  # more digits than float32 has
        (np.array([0.0, 1.0]), 1e-12),
        (np.zeros(3), 0.0),
        (np.zeros(0), 0.0),
    ],
)
def test_resolution_is_that_of_the_digits_that_a_column_has(values: np.ndarray, resolution: float) -> None:
    assert of_column(values) == pytest.approx(resolution, rel=1e-3)


def test_spread_that_rounding_could_have_made_is_none() -> None:
    assert usable(2.0, 1e-9) == 2.0
    assert usable(1e-12, 1e-9) == usable(float("nan"), 1e-9) == usable(float("inf"), 1e-9) == usable(0.0, 0.0) == 1.0
    assert usable(1e-12, 1e-9, 7.0) == 7.0


@pytest.mark.skipif(not torch.backends.mkl.is_available(), reason="these are promises of Intel's MKL")
def test_layers_give_equal_rows_equal_bits_on_one_thread_and_two() -> None:
    generator, allowed = torch.Generator().manual_seed(0), torch.get_num_threads()
    for width, units in ((5, 7), (14, 2), (17, 3), (41, 64), (600, 500)):
        weight = torch.randn(units, width, generator=generator)
        x = torch.randn(1, width, generator=generator).expand(256, width).contiguous()
        found = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found += [torch.nn.functional.linear(x[:n], weight) for n in (32, 96, 256)]
        torch.set_num_threads(allowed)
        assert all((rows == found[0][0]).all() for rows in found)
