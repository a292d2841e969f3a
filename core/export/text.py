"""The texts that people write into a report (title, author, summary, notes), kept beside the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import DataError

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun

LONGEST = 20_000
"""Characters of one text; what is longer is cut."""


@dataclass(frozen=True)
class ReportText:
    """The words of a report that are not the numbers'; what is empty is written from the numbers, or left out."""

    title: str = ""
    author: str = ""
    summary: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    """A note below a section's title, by the section's name."""
    left_out: tuple[str, ...] = ()
    """Sections that the report goes without."""


def read_text(run: FinishedRun) -> ReportText:
    """What was written for a run so far; empty where nothing was."""
    try:
        values: dict[str, Any] = run.space.artifacts.read_json(_file(run))
    except DataError:
        return ReportText()
    return ReportText(**{**values, "left_out": tuple(values.get("left_out", ()))})


def write_text(run: FinishedRun, text: ReportText) -> None:
    """Keep what was written."""
    plain = asdict(text)
    for name in ("title", "author", "summary"):
        plain[name] = plain[name].strip()[:LONGEST]
    plain["notes"] = {name: note.strip()[:LONGEST] for name, note in text.notes.items() if note.strip()}
    run.space.artifacts.write_json(_file(run), plain)


def _file(run: FinishedRun) -> str:
    return f"{run.folder}/report.json"
