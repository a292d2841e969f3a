"""Events as files for elsewhere: CSV for spreadsheets, JSON for programs, a calendar (iCalendar) for planners."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.events.event import Event, stamp

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun

FORMATS = {"csv": "text/csv", "json": "application/json", "ics": "text/calendar"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(events: Sequence[Event], kind: str, parts: Sequence[str] = ()) -> str:
    """A line an event; what a spreadsheet would run as a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ["event", "name", "series", "start", "end", "peak", "length", "moments", "flagged", "score", "labelled",
         "verdict", "family", "nearest", "channels", "sentence", "first_row", "last_row", "peak_row"]
    )  # fmt: skip
    for one in events:
        labelled = "" if one.labelled is None else int(one.labelled)
        shares = "; ".join(f"{part.channel} {part.share:.0%}" for part in one.channels[:5] if part.share >= 0.01)
        writer.writerow(
            [one.number, _text(one.name), _text(one.series), stamp(kind, one.start), stamp(kind, one.end),
             stamp(kind, one.peak), f"{one.length:.12g}", one.moments, one.flagged, repr(one.score), labelled,
             one.verdict, one.family, one.nearest or "", _text(shares), _text(one.sentence), one.start_row,
             one.end_row, one.peak_row]
        )  # fmt: skip
    return out.getvalue()


def to_records(events: Sequence[Event], kind: str) -> list[dict[str, Any]]:
    """Plain values, as the command line prints them."""
    return [event.to_dict(kind) for event in events]


def to_calendar(events: Sequence[Event], run: FinishedRun, kind: str, step: float) -> str:
    """An iCalendar file (RFC 5545): an entry an event, in UTC.

    Raises
    ------
    DataError
        When the places of the events are no times.
    """
    if kind != "time":
        raise DataError("A calendar needs times, and this run has none. Choose CSV or JSON.")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Anomalens//Events//EN", f"X-WR-CALNAME:{_escaped(run.name)}"]
    for one in events:
        # The same event of a run keeps its entry when the file is taken in again.
        uid = hashlib.blake2b(f"{run.id} {one.series} {one.start!r}".encode(), digest_size=12).hexdigest()
        title = one.title + (f" ({one.series})" if one.series else "")
        about = one.sentence or f"Highest score {one.score:.4g}."
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@anomalens",
            f"DTSTAMP:{_utc(one.start)}",
            f"DTSTART:{_utc(one.start)}",
            f"DTEND:{_utc(one.end + step)}",
            f"SUMMARY:{_escaped(title)}",
            f"DESCRIPTION:{_escaped(about)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(plain.split())


def _folded(line: str) -> list[str]:
    """Lines of at most 75 bytes, further ones begin with a space; no character is cut apart."""
    found, now = [], ""
    for letter in line:
        if len((now + letter).encode()) > 75:
            found.append(now)
            now = " "
        now += letter
    return [*found, now]


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
