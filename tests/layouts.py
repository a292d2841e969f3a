"""Layouts of encoded tables, written short."""

import numpy as np

from core.modalities.layout import Layout


def flat_layout(part_of: tuple[int, ...], blank: float | None = None) -> Layout:
    """A table's layout from the feature of each encoded column, and what stands for a blank."""
    parts = tuple(f"feature {k}" for k in range(max(part_of) + 1))
    return Layout(("feature",), (len(part_of),), {}, parts, np.array(part_of, dtype=np.int64), blank)
