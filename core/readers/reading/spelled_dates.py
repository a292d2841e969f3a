"""Dates that are spelled out: names of months and weekdays in six languages, zones of time, ordinals, commas.

Each is turned into what a format of :mod:`core.readers.reading.moments` reads, by regular expressions that Python and
RE2 know alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Edits = tuple[tuple[str, str], ...]
"""Regular expressions, and what takes the place of what they match, one after the other."""

_MONTHS = {
    "Jan": "january januar jan janvier janv enero ene gennaio gen januari jänner",
    "Feb": "february februar feb février fevrier févr fevr fév fev febrero febbraio februari feber",
    "Mar": "march mar märz maerz mär mrz mars marzo maart mrt",
    "Apr": "april apr avril avr abril abr aprile",
    "May": "may mai mayo maggio mag mei",
    "Jun": "june jun juni juin junio giugno giu",
    "Jul": "july jul juli juillet juil julio luglio lug",
    "Aug": "august aug août aout agosto ago augustus",
    "Sep": "september sept sep septembre septiembre settembre set",
    "Oct": "october oct oktober okt octobre octubre ottobre ott",
    "Nov": "november nov novembre noviembre",
    "Dec": "december dec dezember dez décembre decembre déc diciembre dic dicembre",
}
_MONTH_OF = {name: month for month, names in _MONTHS.items() for name in names.split()}
_WEEKDAYS = frozenset({
    "monday", "mon", "tuesday", "tue", "tues", "wednesday", "wed", "thursday", "thu", "thur", "thurs", "friday", "fri",
    "saturday", "sat", "sunday", "sun", "montag", "mo", "dienstag", "di", "mittwoch", "mi", "donnerstag", "do",
    "freitag", "fr", "samstag", "sa", "sonntag", "so", "lundi", "lun", "mardi", "mercredi", "mer", "jeudi", "jeu",
    "vendredi", "ven", "samedi", "sam", "dimanche", "dim", "lunes", "martes", "miércoles", "jueves", "viernes",
    "sábado", "domingo",
})  # fmt: skip
_ZONES = {
    "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "MEZ": 60, "CEST": 120, "MESZ": 120, "SAST": 120,
    "EET": 120, "EEST": 180, "MSK": 180, "IST": 330, "HKT": 480, "SGT": 480, "AWST": 480, "JST": 540, "KST": 540,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "BRT": -180,
}  # fmt: skip
"""Minutes east of Greenwich; where a name stands for several zones, the one that most data mean."""
_SUMMER = [
    {winter, summer}
    for winter, summer in (
        ("WET", "WEST"), ("GMT", "BST"), ("CET", "CEST"), ("MEZ", "MESZ"), ("EET", "EEST"), ("EST", "EDT"),
        ("CST", "CDT"), ("MST", "MDT"), ("PST", "PDT"), ("AKST", "AKDT"), ("AEST", "AEDT"), ("NZST", "NZDT"),
    )
]  # fmt: skip
_MAY_BE_SPELLED = re.compile(r"\d{4}[ ,]+\d{1,2}[ ,]+\d{1,2}(?!\d)")
_MONTH_OF_YEAR = re.compile(r"(1[89]\d\d|20\d\d)-(\d\d)")
MONTHS_OF_YEARS: Edits = ((r"^\s*([0-9]{4}-[0-9]{2})\s*$", r"\1-01"),)
"""The first day stands for a month."""
_NAME = re.compile(r"[^\W\d_]+")
_ZONE = re.compile(r"(?<![A-Za-z])([A-Z]{3,4})$")
_REGION = r"\s*\[[A-Za-z_/+-]+\]$"
_OF_REGION = re.compile(r":\d{2}(?:\.\d+)? ([A-Z][a-z]+/[A-Z][A-Za-z_]+)$")
_OFFSET = re.compile(r":\d{2}(?:\.\d+)?\s*[+-](\d{2}):?(\d{2})?$")


@dataclass(frozen=True)
class Spelling:
    """What has to be replaced in a column's dates, and what that means for a reader."""

    edits: Edits = ()
    remark: str = ""
    """Half a sentence about zones of time; empty where there are none."""

    def plain(self, value: str) -> str:
        """A date without names that no format knows."""
        for pattern, instead in self.edits:
            value = re.sub(pattern, instead, value)
        return value.strip()


def spelling_of(values: Sequence[str], *, names: bool = True) -> Spelling:
    """What has to be replaced in dates that look like these.

    Parameters
    ----------
    values
        Different values of a column.
    names
        Whether names of months and weekdays are replaced too, or zones of time alone.
    """
    edits: list[tuple[str, str]] = []
    if any(re.search(_REGION, value) for value in values):
        edits.append((_REGION, ""))
        values = [re.sub(_REGION, "", value) for value in values]
    seen = {found[1] for value in values if (found := _ZONE.search(value)) and found[1] in _ZONES}
    # Half a year on it is summer, or no longer.
    zones = sorted(seen.union(*(pair for pair in _SUMMER if seen & pair)))
    edits += [(rf"\s*\b{zone}$", _offset(_ZONES[zone])) for zone in zones]
    edits.append((r"\s+([+-][0-9]{2}:?[0-9]{2})$", r"\1"))
    if names:
        edits += _NAMES
    away = zones if any(_ZONES[zone] for zone in seen) else []
    return Spelling(tuple(edits), _remark(away, values))


def are_spelled(values: Sequence[str]) -> bool:
    """Whether most of these texts name a month, or have commas between the numbers of a date."""
    found = [
        _MAY_BE_SPELLED.match(value) is not None or any(word.lower() in _MONTH_OF for word in _NAME.findall(value))
        for value in values
    ]
    return 2 * sum(found) > len(found)


def are_months(values: Sequence[str]) -> bool:
    """Whether these are months of years (2024-01), and no seasons (2023-24)."""
    found = [match for value in values if (match := _MONTH_OF_YEAR.fullmatch(value))]
    if len(found) < len(values) or not all(1 <= int(match[2]) <= 12 for match in found):
        return False
    return not all((int(match[1]) + 1) % 100 == int(match[2]) for match in found)


def _of_months() -> Edits:
    return tuple(
        (rf"(?i)\b({'|'.join(sorted(names.split(), key=len, reverse=True))})\b\.?", month)
        for month, names in _MONTHS.items()
    )


_NAMES: Edits = (
    (rf"(?i)^({'|'.join(sorted(_WEEKDAYS, key=lambda day: (-len(day), day)))})\b\.?[\s,]+", ""),
    *_of_months(),
    (r"\b([0-9]{1,2})(st|nd|rd|th|er)\b", r"\1"),
    (r"\b([0-9]{1,2})\.\s*([A-Z][a-z]{2})\b", r"\1 \2"),
    (r"\s+(de|del|of|um|at|à)\s+", " "),
    (r"[\s,]+", " "),
)
"""All names whatever a sample holds: further down come other months."""


def _offset(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _remark(zones: list[str], values: Sequence[str]) -> str:
    away = [zone for zone in zones if _ZONES[zone]]
    if away:
        taken = " and ".join(f"{zone} (UTC{_short(_ZONES[zone])})" for zone in away)
        return f"has times in {taken}, which were turned into UTC"
    regions = sorted({found[1] for value in values if (found := _OF_REGION.search(value))})
    if regions:
        return f"has times in {' and '.join(regions[:4])}, which were turned into UTC"
    offsets = [found for value in values if (found := _OFFSET.search(value))]
    if any(int(found[1]) or int(found[2] or 0) for found in offsets):
        return "has times with an offset from UTC, which were turned into UTC"
    return ""


def _short(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


__all__ = ["MONTHS_OF_YEARS", "Edits", "Spelling", "are_months", "are_spelled", "spelling_of"]
