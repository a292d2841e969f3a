"""Channels over time for any range and width: no spike is lost, at any zoom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lanes.extremes import Extremes


@pytest.mark.parametrize("n", [1, 15, 16, 17, 4_097, 300_000])
@pytest.mark.parametrize("columns", [1, 7, 1400])
def test_no_spike_is_lost_whatever_the_range_and_the_width(n, columns):
    rng = np.random.default_rng(n + columns)
    values = rng.normal(size=n).astype(np.float32)
    spike = int(rng.integers(n))
    values[spike] = 99.0
    pyramid = Extremes.of(values)
    for _ in range(5):
        first, last = int(rng.integers(0, spike + 1)), int(rng.integers(spike + 1, n + 1))
        edges = np.linspace(first, last, columns + 1).astype(np.int64)
        low, high = pyramid.between(edges)
        column = int(np.searchsorted(edges, spike, side="right")) - 1
        assert high[column] == 99.0
        # And it is drawn where it is: in its own column, or in those that share its block.
        assert np.flatnonzero(high == 99.0).size <= 2 if columns <= n // 16 else True
        assert np.nanmin(low) >= values.min()


@given(st.lists(st.one_of(st.just(float("nan")), st.floats(-9, 9, width=32)), min_size=1, max_size=200), st.data())
def test_columns_of_single_numbers_have_the_numbers_themselves(values, data):
    array = np.array(values, np.float32)
    first = data.draw(st.integers(0, len(values) - 1))
    edges = np.arange(first, len(values) + 1)
    low, high = Extremes.of(array).between(edges)
    assert np.array_equal(low, array[first:], equal_nan=True)
    assert np.array_equal(high, array[first:], equal_nan=True)


def test_columns_without_numbers_are_empty():
    low, high = Extremes.of(np.arange(5.0)).between(np.array([0, 0, 2, 2, 5, 5]))
    assert np.array_equal(low, [np.nan, 0, np.nan, 2, np.nan], equal_nan=True)
    assert np.array_equal(high, [np.nan, 1, np.nan, 4, np.nan], equal_nan=True)
