"""Layouts of encoded tables, written short, and the shape of a small unit for each model."""

import numpy as np

from core.modalities.layout import Layout
from core.models import MODELS


def flat_layout(part_of: tuple[int, ...], blank: float | None = None) -> Layout:
    """A table's layout from the feature of each encoded column, and what stands for a blank."""
    parts = tuple(f"feature {k}" for k in range(max(part_of) + 1))
    return Layout(("feature",), (len(part_of),), {}, parts, np.array(part_of, dtype=np.int64), blank)


def shape_of(name: str) -> tuple[int, ...]:
    """A small sample: nine numbers in a row, eight positions along each of several axes."""
    axes = MODELS[name].axes
    return (9,) if len(axes) == 1 else (8,) * len(axes)
