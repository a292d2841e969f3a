"""Moments drawn as SVG: each channel as a line around the moment, with what was expected where that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.drawing.markup import Markup, join, tag
from core.explain.part_renderer import PartRenderer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.modalities.contract import Samples

_WIDTH, _HEIGHT = 320, 44
_AROUND = 64
_MOST = 8
"""Channels that a preview shows at most."""


class SeriesRenderer(PartRenderer):
    """Draws moments."""

    part = "Channel"

    def __init__(self) -> None:
        super().__init__("moment")

    def preview(self, samples: Samples, id: int) -> Markup:
        """The channels around a moment, which a line marks."""
        from core.modalities.series.samples import SeriesSamples

        assert isinstance(samples, SeriesSamples)
        span = samples.spans[np.searchsorted(samples.spans[:, 0], id, side="right") - 1]
        start, stop = max(int(span[0]), id - _AROUND), min(int(span[1]), id + _AROUND + 1)
        values = samples.between(start, stop)
        lines = [_line(values[:, k], id - start, name) for k, name in enumerate(samples.channels[:_MOST])]
        rest = len(samples.channels) - _MOST
        more = tag("p", f"and {rest} more channels", class_="more") if rest > 0 else None
        return tag("div", tag("p", samples.name(id)), join(lines), more, class_="series-preview")


def _line(values: NDArray[np.float64], at: int, name: str) -> Markup:
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    x = np.linspace(0, _WIDTH, max(2, len(values)))[: len(values)]
    y = _HEIGHT - 2 - (values - low) / ((high - low) or 1.0) * (_HEIGHT - 4)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if np.isfinite(b))
    mark = f"{x[min(at, len(x) - 1)]:.1f}"
    return tag(
        "figure",
        tag("figcaption", name),
        tag(
            "svg",
            tag("line", x1=mark, x2=mark, y1=0, y2=_HEIGHT, stroke="currentColor", stroke_opacity="0.35"),
            tag("polyline", points=points, fill="none", stroke="currentColor"),
            viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
            role="img",
            aria_label=name,
        ),
    )
