"""The formats of dates and times in text, day first or month first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise

from core.readers.reading.engine import literal, literals
from core.readers.reading.spelled_dates import MONTHS_OF_YEARS, Edits, are_months, are_spelled, spelling_of

ISO = "ISO"
_ISO = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
    r"\s?(Z|UTC|[+-]\d{2}(:?\d{2})?|(?<= )[A-Z][a-z]+/[A-Z][A-Za-z_]+)?)?"
)
_DATES = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y",
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d/%b/%Y", "%Y%m%d",
    "%d %b %y", "%b-%d-%Y", "%d%b%Y", "%d.%b.%Y", "%Y %m %d", "%Y-%b-%d", "%Y %b %d", "%b %Y",
)  # fmt: skip
_TIMES = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S",
    ":%H:%M:%S", ":%H:%M:%S %z", "T%H:%M:%S", "T%H%M%S", "T%H%M%SZ", " %H.%M", " %H.%M.%S",
    " %H:%M%z", " %H:%M:%S%z", " %H:%M:%S.%f%z", " %I:%M %p%z",
)  # fmt: skip
_WHOLE = ("%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%d %H:%M:%S,%f", "%Y-%m-%d-%H.%M.%S.%f")
_SWAPPED = {"%d/%m": "%m/%d", "%d-%m": "%m-%d"}
_NUMBERS = re.compile(r"\d\D+\d|\d{8}")
"""What every format has: two numbers, or one of eight digits."""
_ENOUGH = 0.8
_LOOK_AT = 100
_SHAPES = {
    "%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}", "%y": r"\d{2}", "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}",
    " ": r"\s+",
}  # fmt: skip
_TRIED = 8
"""Values that decide quickly against most formats."""
_LONGEST = 60
"""Texts with more characters than this are no dates."""
_BLANK_OFFSET = re.compile(r"\s[+-]\d{2}:?\d{2}$")


@dataclass(frozen=True)
class Notation:
    """How moments are written in a column."""

    formats: tuple[str, ...] = ()
    """Those that its values need; empty where they are no moments."""
    edits: Edits = ()
    """What is replaced before, such as names of months."""
    remark: str = ""
    """Half a sentence for the user about what was guessed."""


def notation_of(values: Sequence[str], ordered: Sequence[str], day_first: bool | None) -> Notation:
    """How these texts are moments, if they are.

    Parameters
    ----------
    values
        Different values of a column, without those that mean missing.
    ordered
        Values in the order of the rows; rows tend to follow one another in time.
    day_first
        The user's word.
    """
    few = list(values[:_LOOK_AT])
    if not any(character.isdigit() for value in few[:5] for character in value) or min(map(len, few)) < 6:
        return Notation()
    if are_months(few):
        return Notation((ISO,), MONTHS_OF_YEARS)
    zones = spelling_of(few, names=False)
    if _iso_share(values) >= _ENOUGH:
        # Blanks before an offset are more than the cast allows.
        return Notation((ISO,), zones.edits if any(map(_BLANK_OFFSET.search, few)) else (), zones.remark)
    without_zones = [zones.plain(value) for value in few]
    if without_zones != few and _iso_share(without_zones) >= _ENOUGH:
        return Notation((ISO,), zones.edits, zones.remark)
    formats, remark = _formats(few, ordered, day_first)
    if formats:
        return Notation(formats, remark=", and ".join(filter(None, (remark, zones.remark))))
    if max(map(len, few)) > _LONGEST or not (zones.remark or are_spelled(few)):
        return Notation()
    spelling = spelling_of(few)
    formats, remark = _formats(
        [spelling.plain(value) for value in few], [spelling.plain(value) for value in ordered[:1000]], day_first
    )
    remark = ", and ".join(filter(None, (remark, spelling.remark)))
    return Notation(formats, spelling.edits, remark) if formats else Notation()


def _iso_share(values: Sequence[str]) -> float:
    return sum(_ISO.fullmatch(value) is not None for value in values) / max(len(values), 1)


def _formats(few: list[str], ordered: Sequence[str], day_first: bool | None) -> tuple[tuple[str, ...], str]:
    """The formats that these values need, and half a sentence where day and month could be exchanged."""
    if sum(_NUMBERS.search(value) is not None for value in few) < _ENOUGH * len(few) and not are_spelled(few):
        return (), ""  # Most columns of words are no dates, which shall cost little to see.
    found = {date: times for date in _DATES if (times := _times(date, few))}
    if not found:
        return tuple(form for form in _WHOLE if _share((form,), few) >= _ENOUGH)[:1], ""
    best = max(_share(times, few) for times in found.values())
    good = [date for date, times in found.items() if _share(times, few) == best]
    first = good[0]
    other = next((date for date in good[1:] if date == _swap(first)), "")
    if not other:
        return found[first], ""
    chosen = _which(first, other, found, ordered, day_first)
    reads = "day first" if chosen == first else "month first"
    return found[chosen], f"could be dates with the day or the month first; they were read {reads}"


def swapped(formats: tuple[str, ...]) -> tuple[str, ...]:
    """The same formats with day and month exchanged; empty where that is no question."""
    other = tuple(_swap(form) for form in formats)
    return other if all(other) and formats else ()


def sql(formats: tuple[str, ...], x: str, edits: Edits = (), *, nanoseconds: bool = False) -> str:
    """The SQL of the moment in the text ``x``, in UTC; NULL where it is none."""
    for pattern, instead in edits:
        x = f"regexp_replace({x}, {literal(pattern)}, {literal(instead)}, 'g')"
    if nanoseconds:
        return f"CAST(TRY_CAST(trim({x}) AS TIMESTAMPTZ_NS) AS TIMESTAMP_NS)"
    if formats == (ISO,):
        # By its microseconds: the conversion itself would need the time zone extension.
        return f"make_timestamp(epoch_us(TRY_CAST(trim({x}) AS TIMESTAMPTZ)))"
    return f"make_timestamp(epoch_us(try_strptime(trim({x}), {literals(formats)})))"


def _swap(form: str) -> str:
    for one, two in _SWAPPED.items():
        if form.startswith(one):
            return form.replace(one, two, 1)
        if form.startswith(two):
            return form.replace(two, one, 1)
    return ""


@cache
def _shape(date: str) -> re.Pattern[str]:
    """What a date in this format begins like."""
    return re.compile(r"\s*" + "".join(_SHAPES.get(part, re.escape(part)) for part in re.findall("%.|.", date)))


def _times(date: str, values: Sequence[str]) -> tuple[str, ...]:
    """The formats of this date that the values need, with their times of day; empty when most do not fit."""
    # Parsing compiles a format each time that another came between: most are out by their shape.
    shape = _shape(date)
    if sum(shape.match(value) is not None for value in values[:_TRIED]) < len(values[:_TRIED]) / 2:
        return ()
    left, chosen = list(values), []
    for time in _TIMES:
        rest = [value for value in left if not _parses(value, date + time)]
        if len(rest) < len(left):
            chosen.append(date + time)
            left = rest
        if not left:
            break
    return tuple(chosen) if len(left) <= (1 - _ENOUGH) * len(values) else ()


def _share(formats: Iterable[str], values: Sequence[str]) -> float:
    return sum(any(_parses(value, form) for form in formats) for value in values) / max(len(values), 1)


def _parses(value: str, form: str) -> bool:
    try:
        moment = datetime.strptime(value.strip(), form)
    except ValueError:
        return False
    return moment.year > 1000


def _which(
    first: str, other: str, found: dict[str, tuple[str, ...]], ordered: Sequence[str], day_first: bool | None
) -> str:
    if day_first is not None:
        return first if first.startswith("%d") == day_first else other
    breaks = {date: _breaks(found[date], ordered) for date in (first, other)}
    if breaks[first] != breaks[other]:
        return min(breaks, key=lambda date: breaks[date])
    return other if any("%p" in form for form in found[other]) else first


def _breaks(formats: tuple[str, ...], ordered: Sequence[str]) -> float:
    """How far the rows jump through time in this reading, in days: the right one jumps less."""
    moments = []
    for value in ordered[:1000]:
        form = next((form for form in formats if _parses(value, form)), None)
        if form:
            moments.append(datetime.strptime(value.strip(), form).replace(tzinfo=None))
    return sum(abs((b - a).total_seconds()) for a, b in pairwise(moments)) / 86400
