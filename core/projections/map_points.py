"""The coordinates of rows on a map, quantised to two bytes an axis, and their file.

A map has a crowd and a few rows far out, up to millions of times its size. Steps of equal size would put the crowd into
one of them; so they grow with the distance from the middle: ``place = middle + size * sinh(reach * u)``, with u even
between -1 and 1. ``assets/explorer/map_points.js`` counts the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 65_535
_CELLS = 128
"""Cells along an axis into which an area is drawn before any row is looked at."""
_WIDTH = (STEPS + 1) // _CELLS


@dataclass(frozen=True)
class MapAxis:
    """How two bytes become a place."""

    middle: float
    size: float
    reach: float

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> MapAxis:
        """One on which all these values have a place, and the crowd most of the steps."""
        if not len(values):
            return cls(0.0, 1.0, 1.0)
        low, middle, high = (float(v) for v in np.quantile(values, [0.002, 0.5, 0.998]))
        size = (high - low) / 2 or float(np.abs(values - middle).max()) or 1.0
        reach = float(np.arcsinh(np.abs(values.astype(np.float64) - middle).max() / size))
        return cls(middle, size, max(reach, 1e-3))

    def codes(self, values: NDArray[np.floating]) -> NDArray[np.uint16]:
        """Values as steps."""
        u = np.arcsinh((values.astype(np.float64) - self.middle) / self.size) / self.reach
        return np.rint(np.clip((u + 1) / 2, 0, 1) * STEPS).astype(np.uint16)

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """The value of each step."""
        u = np.linspace(-1, 1, STEPS + 1)
        return (self.middle + self.size * np.sinh(self.reach * u)).astype(np.float32)


@dataclass(frozen=True)
class MapPoints:
    """Rows with their places."""

    row: NDArray[np.int64]
    """Ascending row numbers."""
    codes: tuple[NDArray[np.uint16], ...]
    """Steps along each axis."""
    axes: tuple[MapAxis, ...]
    of: int
    """Rows of the dataset."""
    about: dict[str, Any] = field(default_factory=dict)
    """What is told of the map: "learnt", the rows that it was learnt from."""

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def build(
        cls, row: NDArray[np.int64], coordinates: NDArray[np.float32], of: int, about: dict[str, Any] | None = None
    ) -> MapPoints:
        """Rows and their places, shape (n, dimensions), in two bytes each."""
        axes = tuple(MapAxis.of(coordinates[:, k]) for k in range(coordinates.shape[1]))
        codes = tuple(axis.codes(coordinates[:, k]) for k, axis in enumerate(axes))
        return cls(row, codes, axes, of, about or {})

    def along(self, axis: int) -> NDArray[np.float32]:
        """The places along an axis."""
        return self.axes[axis].table[self.codes[axis]]

    def within(self, corners: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
        """Which rows lie in an area of the first two axes (even-odd rule).

        The area is drawn into coarse cells first: only rows in cells on its border are looked at one by one.
        """
        border, filled = self._cells(corners)
        cell = (self.codes[0] // _WIDTH) * np.uint16(_CELLS) + self.codes[1] // _WIDTH
        found: NDArray[np.bool_] = filled[cell]
        near = np.flatnonzero(border[cell])
        x, y = (self.axes[k].table[self.codes[k][near]] for k in (0, 1))
        found[near] = inside(x, y, corners)
        return found

    def _cells(self, corners: Sequence[tuple[float, float]]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Cells that the border of an area may run through, and cells whose middle is inside; both flat."""
        x, y = (self.axes[k].table.astype(np.float64).reshape(_CELLS, _WIDTH) for k in (0, 1))
        left, right, low, high = x[:, :1], x[:, -1:], y[:, 0], y[:, -1]
        border = np.zeros((_CELLS, _CELLS), dtype=bool)
        for (ax, ay), (bx, by) in zip(corners, [*corners[1:], *corners[:1]], strict=True):
            # A cell is off a line's way where all of it lies to one side, or apart from the line's own box.
            box = (left <= max(ax, bx)) & (right >= min(ax, bx)) & (low <= max(ay, by)) & (high >= min(ay, by))
            sides = [(bx - ax) * (v - ay) - (by - ay) * (u - ax) for u in (left, right) for v in (low, high)]
            least, most = np.minimum.reduce(sides), np.maximum.reduce(sides)
            border |= box & (least <= 0) & (most >= 0)
        middle = np.broadcast_arrays(x[:, _WIDTH // 2, None], y[None, :, _WIDTH // 2])
        return border.ravel(), inside(middle[0].ravel(), middle[1].ravel(), corners)

    def to_bytes(self) -> bytes:
        """As an Arrow file: x, y, z in steps, row numbers unless every row has a place."""
        import pyarrow as pa

        columns: dict[str, Any] = dict(zip("xyz", self.codes, strict=False))
        if len(self) != self.of:
            columns["row"] = self.row.astype(np.uint32)
        header = {"of": self.of, "axes": [[a.middle, a.size, a.reach] for a in self.axes], "about": self.about}
        table = pa.table(columns).replace_schema_metadata({"anomalens": json.dumps(header)})
        buffer = BytesIO()
        with pa.ipc.new_file(buffer, table.schema) as file:
            file.write_table(table)
        return buffer.getvalue()

    @classmethod
    def read(cls, path: Path) -> MapPoints:
        """What :meth:`to_bytes` wrote."""
        import pyarrow as pa

        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_file(file).read_all().combine_chunks()
        header = json.loads(table.schema.metadata[b"anomalens"])
        names = table.column_names
        codes = tuple(table[name].to_numpy() for name in "xyz" if name in names)
        row = table["row"].to_numpy().astype(np.int64) if "row" in names else np.arange(header["of"], dtype=np.int64)
        return cls(row, codes, tuple(MapAxis(*axis) for axis in header["axes"]), int(header["of"]), header["about"])


def inside(
    x: NDArray[np.floating], y: NDArray[np.floating], corners: Sequence[tuple[float, float]]
) -> NDArray[np.bool_]:
    """Which points lie in an area (even-odd rule)."""
    found = np.zeros(len(x), dtype=bool)
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        if ay != by:
            crosses = (ay > y) != (by > y)
            found ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return found
