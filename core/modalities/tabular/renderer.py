"""Rows of a table as HTML: their columns, and each column beside what was expected of it."""

from __future__ import annotations

from core.explain.part_renderer import PartRenderer


class TabularRenderer(PartRenderer):
    """Draws rows column by column."""

    part = "Column"

    def __init__(self) -> None:
        super().__init__("row")
