"""Curves drawn as SVG, a channel a line; what was expected of each channel is a table, as for every kind of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from core.explain.part_renderer import PartRenderer
from curves.files import CHANNELS, LENGTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.modalities.contract import Samples

_WIDTH, _HEIGHT = 320, 60


class CurvesRenderer(PartRenderer):
    """Draws curves."""

    part = "Channel"

    def __init__(self) -> None:
        super().__init__("curve")

    def preview(self, samples: Samples, id: int) -> Markup:
        """One curve."""
        values = samples.read(np.array([id])).values[0]
        return Markup("").join(_line(values[:, k], name) for k, name in enumerate(CHANNELS))


def _line(values: NDArray[np.float32], name: str) -> Markup:
    x = np.linspace(0, _WIDTH, LENGTH)
    y = _HEIGHT / 2 - np.clip(values, -2, 2) * _HEIGHT / 4
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return Markup(
        '<svg class="curve" viewBox="0 0 {} {}" role="img" aria-label="{}"><polyline points="{}" fill="none" '
        'stroke="currentColor"/></svg>'
    ).format(_WIDTH, _HEIGHT, name, points)
