"""A score grid as the browser gets it: at most 64 KB at any number of rows, exact at every step.

With the time line and the counts of the rows that are selected a page gets less than 100 KB.

A header (JSON, its length before it in four bytes) and a zlib stream: the steps as float64, each filled part's and
class's counts as differences from step to step, and the places of the histogram's edges among the steps. Numbers are
laid out by byte (all lowest bytes first, then the next), which zlib packs twice as tightly. ``assets/explorer/grid.js``
reads it.
"""

import json
import struct
import zlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.metrics.grid import ScoreGrid
from core.metrics.groups import CLASSES, PARTS

MOST_BYTES = 64_000
"""A payload is never larger."""


def pack(grid: ScoreGrid, key: str = "") -> tuple[bytes, ScoreGrid]:
    """The grid as bytes, and as the browser will have it: with fewer steps where the bytes would be too many.

    Parameters
    ----------
    grid
        A run's grid, with its own steps alone: those that somebody sets travel apart.
    key
        Whose grid it is; the browser tells grids apart by it.
    """
    packed = _packed(grid, key)
    while len(packed) > MOST_BYTES:
        grid = thinned(grid)
        packed = _packed(grid, key)
    return packed, grid


def thinned(grid: ScoreGrid) -> ScoreGrid:
    """Every other step, and those that are edges of the histogram or the ends; still exact at each."""
    kept = np.zeros(grid.steps.size, dtype=np.bool_)
    kept[::2] = kept[-1] = True
    kept |= np.isin(grid.steps, np.concatenate([grid.linear_edges, grid.log_edges]))
    return replace(grid, steps=grid.steps[kept], above=grid.above[:, :, kept])


def _packed(grid: ScoreGrid, key: str) -> bytes:
    filled = [(i, j) for i in range(len(PARTS)) for j in range(len(CLASSES)) if grid.above[i, j, 0]]
    header = {
        "key": key,
        "steps": int(grid.steps.size),
        "groups": filled,
        "linear": int(grid.linear_edges.size),
        "log": int(grid.log_edges.size),
    }
    body = [by_byte(grid.steps.astype("<f8"))]
    for i, j in filled:
        counts = grid.above[i, j]
        body.append(by_byte(np.concatenate([counts[:1], counts[:-1] - counts[1:]]).astype("<u4")))
    edges = np.concatenate([grid.linear_edges, grid.log_edges])
    body.append(by_byte(np.searchsorted(grid.steps, edges).astype("<u2")))
    encoded = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<I", len(encoded)) + encoded + zlib.compress(b"".join(body), 9)


def by_byte(numbers: NDArray[np.generic]) -> bytes:
    """Numbers with all lowest bytes first, then the next."""
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(numbers.size, -1).T).tobytes()
