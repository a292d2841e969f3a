"""Points by colour: scales for numbers, a few levels for anything else."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.results.colouring import LEVELS, MISSING, by_level, by_number, by_role


def test_a_scale_keeps_the_order_and_marks_what_is_missing():
    values = np.array([3.0, np.nan, -1.0, 2.0, np.inf, 10.0])
    scale = by_number("Size", values)
    assert scale.missing == 2
    assert list(scale.step == MISSING) == [False, True, False, False, True, False]
    known = np.isfinite(values)
    assert list(np.argsort(values[known])) == list(np.argsort(scale.step[known], kind="stable"))
    assert scale.step[2] == 0
    assert scale.step[5] == 254


def test_a_scale_is_logarithmic_where_the_values_span_decades_and_zeros_are_the_lowest():
    rng = np.random.default_rng(0)
    wide = np.where(rng.random(4000) < 0.3, 0, np.exp(rng.normal(5, 3, 4000)))
    step = by_number("Bytes", wide).step
    assert (step[wide == 0] == 0).all()
    assert np.quantile(step[wide > 0], 0.75) - np.quantile(step[wide > 0], 0.25) > 30  # the crowd is not one colour
    assert by_number("Bytes", np.round(wide)).ticks[0] == (0.0, "≤ 1.0")
    even = by_number("Share", np.arange(4001) / 4000)
    assert [float(words) for _, words in even.ticks] == pytest.approx([0.01, 0.5, 0.995], abs=0.01)


@given(st.lists(st.floats(width=64), max_size=50))
def test_any_numbers_have_a_scale(values):
    scale = by_number("x", np.array(values, dtype=float))
    assert len(scale.step) == len(values)
    assert int((scale.step == MISSING).sum()) == scale.missing == int((~np.isfinite(values)).sum())
    assert json.dumps(scale.ticks, allow_nan=False)


def test_the_most_frequent_values_have_a_colour_of_their_own():
    values = [f"v{k}" for k in range(15) for _ in range(30 - k)] + [None] * 7
    found = by_level("Service", values)
    assert len(found.levels) == LEVELS
    assert [level.name for level in found.levels] == [f"v{k}" for k in range(8)] + ["7 others", "No value"]
    assert [level.role for level in found.levels[-2:]] == ["others", "missing"]
    assert [level.points for level in found.levels] == [int((found.step == k).sum()) for k in range(LEVELS)]
    assert sum(level.points for level in found.levels) == len(values)
    few = by_level("Flag", ["a", "b", "a"])
    assert [(level.name, level.points) for level in few.levels] == [("a", 2), ("b", 1)]


def test_levels_without_points_are_left_out():
    found = by_role("Class", np.array([2, 0, 2]), [("Normal", "normal"), ("Anomaly", "anomaly"), ("Rows", "unknown")])
    assert [(level.name, level.points) for level in found.levels] == [("Normal", 1), ("Rows", 2)]
    assert list(found.step) == [1, 0, 1]


def test_bytes_begin_with_what_they_are():
    payload = by_level("<b>", ["x", None]).to_bytes()
    (length,) = struct.unpack_from("<I", payload)
    told = json.loads(payload[4 : 4 + length])
    assert told["title"] == "<b>"
    assert len(payload) - 4 - length == 2
