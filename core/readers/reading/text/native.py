"""Says which columns DuckDB's own reader may make numbers of: that costs half of making them from text in SQL.

It is a shortcut with the same result: where it cannot vouch for a value, the file is read again as text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.readers.reading.numbers import PLAIN, Style
from core.readers.reading.plan import CastPlan

_EXACT = 9e15
"""Below it every whole number is a double of its own."""


@dataclass(frozen=True)
class NativeNumbers:
    """The columns of numbers that are read as such, and how these are written."""

    places: frozenset[int]
    decimal: str = "."
    words: tuple[str, ...] = ()
    """What means missing, in every column of the file."""

    def moved(self, places: Sequence[int]) -> NativeNumbers:
        """The same columns in a file that has more: the first of these stands at the first of ``places``."""
        return replace(self, places=frozenset(places[at] for at in self.places))


NO_NUMBERS = NativeNumbers(frozenset())


@dataclass(frozen=True)
class NativeReader:
    """A source whose reader can make the numbers."""

    relation: Callable[[NativeNumbers], str]
    """The SQL of the rows with these columns as doubles; empty where that is not possible."""
    is_sound: Callable[[bool], bool]
    """From whether something was written, whether it is right; else what was noted of it is forgotten."""


def native_numbers(plans: Mapping[int, CastPlan], seen: Mapping[int, set[str]]) -> NativeNumbers | None:
    """The columns that the reader can make numbers of, by their plans and the values seen; None without any.

    Parameters
    ----------
    plans
        How each column will be read.
    seen
        Some values of each, without blanks around them.
    """
    plain = {place: plan for place, plan in plans.items() if _is_plain(plan)}
    decimals = Counter(plan.style.decimal for plan in plain.values() if plan.kind == "number")
    decimal = decimals.most_common(1)[0][0] if decimals else "."
    words = set.intersection(*(set(plan.words) for plan in plans.values())) if plans else set()
    found = {word for place in plain for word in seen[place] if word in words}
    places = {
        place for place, plan in plain.items()
        if plan.kind == "integer" or plan.style.decimal == decimal
        if not any(word in seen[place] for word in plan.words if word not in words)
    }  # fmt: skip
    if not places:
        return None
    return NativeNumbers(frozenset(places), decimal, tuple(sorted(found)))


def whole_number(x: str, place: int) -> str:
    """The SQL of the whole number in a double, with an error that names the column where there is none."""
    return (
        f"CASE WHEN {x} = trunc({x}) AND abs({x}) < {_EXACT} THEN CAST({x} AS BIGINT) "
        f"WHEN {x} IS NOT NULL THEN error('column {place}') END"
    )


def _is_plain(plan: CastPlan) -> bool:
    """Whether a column holds numbers that need no more than a sign for the decimals."""
    if plan.lenient or plan.holds_codes:
        return False
    return plan.kind == "integer" or (plan.kind == "number" and plan.style in (PLAIN, Style(",")))
