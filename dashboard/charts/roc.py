"""What figures of ROC and precision-recall curves have in common; the Explore page draws its own in the browser."""

from collections.abc import Sequence
from typing import Any

from dashboard import theme


def share_axis(title: str) -> dict[str, Any]:
    """An axis from 0 to 100 % with room for a mark at its ends."""
    return {"title": {"text": title}, "range": [-0.015, 1.03], "tickformat": ".0%"}


def guessing(x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    """What a coin would do, dotted."""
    dots = {"color": theme.palette().unknown, "width": 1, "dash": "dot"}
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": dots, "name": "Guessing", "hoverinfo": "skip"}
