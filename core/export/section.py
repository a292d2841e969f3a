"""The base class of a report's sections: a title, an order, and the HTML it builds from a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from core.drawing.markup import Markup
    from core.export.context import ReportContext


class ReportSection:
    """Base of the sections; one is a small file with a title, an order and ``build``."""

    title: ClassVar[str]
    """Above it, and in the table of contents."""
    order: ClassVar[int] = 100
    """Its place in the report; the lowest comes first."""

    def build(self, context: ReportContext) -> Markup | None:
        """Its content below the title; None where the run has nothing to tell of it."""
        raise NotImplementedError
