"""A run's grid on its way to the browser: small at any size, and nothing lost at the steps that travel."""

import json
import struct
import zlib

import numpy as np
import pytest

from core.metrics.grid import STEPS, ScoreGrid
from core.metrics.groups import CLASSES, PARTS, ScoreGroups
from core.results.grid_payload import MOST_BYTES, pack, thinned


def spread(rows: int) -> ScoreGrid:
    """A grid of so many rows in every part and class, all steps filled, as uneven as chance makes them."""
    rng = np.random.default_rng(1)
    fewer = rng.multinomial(rows // 12, rng.dirichlet(np.full(STEPS, 0.7)), size=(len(PARTS), len(CLASSES)))
    above = fewer[:, :, ::-1].cumsum(axis=2)[:, :, ::-1].astype(np.int64)
    steps = np.sort(rng.gamma(2.0, size=STEPS))
    return ScoreGrid(steps, above, steps[::26], steps[1::26])


@pytest.mark.parametrize("rows", [10_000, 10_000_000, 4_000_000_000])
def test_a_payload_is_below_a_hundred_kilobytes_at_any_number_of_rows(rows):
    assert len(pack(spread(rows), "x" * 80)[0]) <= MOST_BYTES < 100_000


def test_fewer_steps_are_exact_at_those_that_stay_and_keep_edges_and_ends():
    grid = spread(10_000_000)
    fewer = thinned(grid)
    places = np.searchsorted(grid.steps, fewer.steps)
    assert fewer.steps.size < 0.6 * grid.steps.size
    assert np.array_equal(grid.above[:, :, places], fewer.above)
    assert np.isin(np.concatenate([grid.linear_edges, grid.log_edges, grid.steps[[0, -1]]]), fewer.steps).all()


def test_parts_and_classes_without_rows_do_not_travel():
    scores = np.linspace(0, 1, 50)
    grid = ScoreGrid.build(ScoreGroups.build(scores, np.zeros(50, np.int8), np.full(50, 2, np.uint8)))
    payload, _ = pack(grid, "run")
    length = struct.unpack("<I", payload[:4])[0]
    header = json.loads(payload[4 : 4 + length])
    assert header["groups"] == [[PARTS.index("test"), CLASSES.index("normal")]]
    assert len(zlib.decompress(payload[4 + length :])) == 12 * grid.steps.size + 2 * (header["linear"] + header["log"])
