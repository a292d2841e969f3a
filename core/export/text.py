"""What people write into a report: kept beside the run, so that it is there the next time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import DataError

if TYPE_CHECKING:
    from core.store.artifacts import Artifacts

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


def read_text(artifacts: Artifacts, run_id: str) -> ReportText:
    """What was written for a run so far; empty where nothing was."""
    try:
        told: dict[str, Any] = artifacts.read_json(_file(run_id))
    except DataError:
        return ReportText()
    return ReportText(**{**told, "left_out": tuple(told.get("left_out", ()))})


def write_text(artifacts: Artifacts, run_id: str, text: ReportText) -> None:
    """Keep what was written."""
    plain = asdict(text)
    for name in ("title", "author", "summary"):
        plain[name] = plain[name].strip()[:LONGEST]
    plain["notes"] = {name: note.strip()[:LONGEST] for name, note in text.notes.items() if note.strip()}
    artifacts.write_json(_file(run_id), plain)


def _file(run_id: str) -> str:
    return f"runs/{run_id}/report.json"
