"""Figures of one explained sample, one a file; each says along which axes a unit must have positions to be drawn.

A plug-in adds its own in its module ``samples``.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.registry import Registry

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.explain.explanation import Explanation


@dataclass(frozen=True)
class SampleChart:
    """A figure of one explained sample, as it is offered."""

    draw: "Callable[[Explanation, str], go.Figure | None]"
    """From an explanation and the name of the sample ("row 17") to a figure; None where there is nothing to draw."""
    axes: tuple[str, ...] = ()
    """Axes that a unit must have; none where it reads the parts alone."""
    order: int = 100
    """Its place below the others; the lowest comes first."""


SAMPLE_CHARTS: Registry[SampleChart] = Registry("chart of a sample", "dashboard.charts.samples")


def fitting(axes: Collection[str]) -> dict[str, SampleChart]:
    """The charts that can draw units with these axes, by name, in their order."""
    found = [(name, chart) for name, chart in SAMPLE_CHARTS.items() if set(chart.axes) <= set(axes)]
    return dict(sorted(found, key=lambda item: item[1].order))
