"""The time line and the counts of selected rows: exact at any number of rows, in round intervals, in few bytes."""

import json
import struct
import zlib

import numpy as np
import pytest

from core.metrics.grid import ScoreGrid
from core.metrics.groups import CLASSES, LABELS, PARTS, ScoreGroups
from core.results.grid_payload import pack
from core.results.selected_payload import pack_selected
from core.results.timeline import BINS, Timeline, bin_of, highest_per_interval, intervals


def rows(n: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Moments, scores, labels and parts."""
    rng = np.random.default_rng(seed)
    moments = 1.77e9 + rng.random(n) * 35 * 86_400
    moments[rng.random(n) < 0.02] = np.nan
    labels = rng.choice(LABELS, n).astype(np.int8)
    return moments, np.round(rng.gamma(2.0, size=n), 2), labels, rng.integers(0, len(PARTS), n).astype(np.uint8)


def test_every_interval_has_the_highest_score_and_the_counts_of_its_rows():
    moments, scores, labels, parts = rows(3000)
    found = Timeline.build("time", moments, scores, labels, parts)
    assert found is not None
    assert found.width == 7200
    for part in range(len(PARTS)):
        for i in range(found.rows.shape[1]):
            start = found.start + i * found.width
            own = np.flatnonzero((parts == part) & (moments >= start) & (moments < start + found.width))
            assert found.rows[part, i] == own.size
            assert found.anomalies[part, i] == (labels[own] == 1).sum()
            if own.size:
                assert found.top[part, i] == scores[own].max()
                assert found.at[part, i] == own[np.argmax(scores[own])]
            else:
                assert np.isnan(found.top[part, i])
                assert found.at[part, i] == -1
    assert found.rows.sum() == np.isfinite(moments).sum()


@pytest.mark.parametrize("kind", ["time", "number", "order"])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-7, 12_345), (1.7e9, 1.7e9 + 3600), (0, 4e9), (5, 5.001)])
def test_intervals_are_round_few_and_hold_both_ends(kind, low, high):
    start, width, n = intervals(low, high, kind)
    assert 1 <= n <= BINS
    assert bin_of(np.array([low, high, np.nan, low - 2 * width, high + 2 * width]), start, width, n).tolist() == [
        *bin_of(np.array([low, high]), start, width, n).tolist(),
        -1,
        -1,
        -1,
    ]
    assert (bin_of(np.array([low, high], float), start, width, n) >= 0).all()
    assert width >= 1 or kind != "order"


def test_rows_at_one_moment_are_no_time_line():
    _, scores, labels, parts = rows(10)
    assert Timeline.build("time", np.full(10, 3.0), scores, labels, parts) is None
    assert Timeline.build("time", np.full(10, np.nan), scores, labels, parts) is None


def test_the_highest_scores_of_selected_rows_are_those_of_the_rows_alone():
    moments, scores, _, _ = rows(2000)
    start, width, n = intervals(np.nanmin(moments), np.nanmax(moments), "time")
    bins = bin_of(moments, start, width, n)
    chosen = np.arange(scores.size) % 3 == 0
    found = highest_per_interval(bins[chosen], scores[chosen], n)
    for i in range(n):
        own = scores[chosen & (bins == i)]
        assert np.isnan(found[i]) if not own.size else found[i] == own.max()


def unpacked(payload: bytes) -> tuple[dict, bytes]:
    length = struct.unpack("<I", payload[:4])[0]
    return json.loads(payload[4 : 4 + length]), zlib.decompress(payload[4 + length :])


def numbers(body: bytes, kind: str) -> np.ndarray:
    """Numbers that were laid out by byte."""
    width = np.dtype(kind).itemsize
    return np.frombuffer(np.frombuffer(body, np.uint8).reshape(width, -1).T.tobytes(), kind)


def test_selected_rows_travel_as_exact_counts_of_the_classes_that_they_have():
    rng = np.random.default_rng(1)
    above = np.sort(rng.integers(0, 10**6, (len(CLASSES), 500)))[:, ::-1].copy()
    above[2] = 0
    highest = np.where(rng.random(40) < 0.5, np.nan, rng.normal(size=40))
    header, body = unpacked(pack_selected(above, highest, key="run", token="t", parts=("test",)))
    assert (header["classes"], header["steps"], header["tops"], header["token"]) == ([0, 1], 500, 40, "t")
    for place, j in enumerate(header["classes"]):
        fewer = numbers(body[place * 2000 : (place + 1) * 2000], "<u4").astype(np.int64)
        counts = fewer[0] - np.concatenate([[0], np.cumsum(fewer[1:])])
        assert counts.tolist() == above[j].tolist()
    assert np.array_equal(numbers(body[4000:], "<f8"), highest, equal_nan=True)


@pytest.mark.parametrize("n", [20_000, 1_000_000])
def test_a_page_gets_less_than_a_hundred_kilobytes_with_a_time_line_and_a_selection(n):
    moments, scores, labels, parts = rows(n, 7)
    scores = scores + np.random.default_rng(0).random(n)
    groups = ScoreGroups.build(scores, labels, parts)
    told = Timeline.build("time", moments, scores, labels, parts)
    assert told is not None
    packed, grid = pack(ScoreGrid.build(groups), "x" * 60)
    chosen = np.random.default_rng(1).random(n) < 0.5
    above = ScoreGroups.build(scores[chosen], labels[chosen], parts[chosen]).above(grid.steps).sum(axis=0)
    highest = highest_per_interval(
        bin_of(moments, told.start, told.width, told.rows.shape[1])[chosen], scores[chosen], told.rows.shape[1]
    )
    selected = pack_selected(above, highest, key="x" * 60, token="y" * 16, parts=PARTS)
    assert len(packed) + len(told.pack("x" * 60)) + len(selected) < 100_000
