"""The sections of a report, one a file. What a run does not have leaves its section out."""

from core.export.section import ReportSection
from core.registry import Registry

SECTIONS: Registry[type[ReportSection]] = Registry("report section", "core.export.sections")


def sections() -> list[tuple[str, ReportSection]]:
    """Every section with its name, in the order of a report."""
    return [(name, cls()) for name, cls in sorted(SECTIONS.items(), key=lambda item: (item[1].order, item[0]))]


__all__ = ["SECTIONS", "ReportSection", "sections"]
