"""Windows of series: which there are, what they hold, and how their numbers become those of moments."""

import numpy as np
import pytest
import torch

from core.modalities.layout import Layout
from core.modalities.series.windows import SeriesWindows

LENGTH = 5
SPANS = np.array([[0, 12], [12, 15], [15, 40]])
VALUES = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
LAYOUT = Layout(("time", "channel"), (LENGTH, 2))


def windows(ids: list[int] | range, **settings: object) -> SeriesWindows:
    def encode(start: int, stop: int) -> np.ndarray:
        return VALUES[start:stop]

    return SeriesWindows(LAYOUT, encode, SPANS, np.array(ids, dtype=np.int64), **settings)


def held(units: SeriesWindows) -> np.ndarray:
    return units.take(torch.arange(len(units))).numpy()


def test_windows_of_all_moments_never_run_over_the_end_of_a_stretch() -> None:
    found = held(windows(range(40)))
    wanted = [VALUES[a : a + LENGTH] for a in [*range(8)]]
    wanted.append(np.concatenate([VALUES[[12, 12]], VALUES[12:15]]))
    wanted += [VALUES[a : a + LENGTH] for a in range(15, 36)]
    np.testing.assert_array_equal(found, np.stack(wanted))


def test_training_windows_hold_nothing_but_the_moments_of_their_part() -> None:
    ids = [*range(3, 11), *range(12, 15), *range(16, 22), *range(30, 34)]
    found = held(windows(ids, inside=True))
    np.testing.assert_array_equal(found, np.stack([VALUES[a : a + LENGTH] for a in (3, 4, 5, 6, 16, 17)]))


@pytest.mark.parametrize("settings", [{}, {"pooling": "max"}, {"pooling": "causal"}, {"pooling": "centre"},
    {"stride": 3}, {"smooth": 4}, {"smooth": 3, "pooling": "causal"}])  # fmt: skip
def test_what_is_found_for_a_moment_does_not_depend_on_the_others_that_are_asked_for(settings: dict) -> None:
    def scored(ids: list[int] | range) -> np.ndarray:
        units = windows(ids, **settings)
        return units.join(np.square(held(units).astype(np.float64)).sum(axis=(1, 2)))

    every = scored(range(40))
    assert np.isfinite(every).all()
    for ids in ([7], [39], [13, 2, 2, 30], list(range(20, 26)), [14, 15, 11, 12]):
        np.testing.assert_array_equal(scored(ids), every[ids])


def test_a_moment_has_the_mean_of_the_windows_that_cover_it() -> None:
    units = windows(range(40))
    numbers = np.arange(len(units), dtype=np.float64)
    joined = units.join(numbers)
    assert joined[0] == 0
    assert joined[4] == np.mean([0, 1, 2, 3, 4])
    assert joined[11] == 7
    assert joined[12] == joined[14] == 8
    assert units.join(numbers, "max")[4] == 4


def test_a_causal_score_looks_at_the_window_that_ends_now() -> None:
    units = windows(range(40), pooling="causal")
    ends = held(units)[units.join(np.arange(len(units), dtype=np.float64)).astype(int)][:, -1]
    for stretch in SPANS:
        first = min(stretch[0] + LENGTH - 1, stretch[1] - 1)
        np.testing.assert_array_equal(ends[first : stretch[1]], VALUES[first : stretch[1]])


def test_what_windows_say_of_moments_is_laid_over_each_other() -> None:
    for settings in ({}, {"pooling": "causal"}, {"pooling": "centre"}, {"stride": 2}):
        ids = np.array([0, 17, 39, 20])
        units = windows(ids, **settings)
        np.testing.assert_allclose(units.overlaid(held(units)), VALUES[ids], rtol=1e-6)
