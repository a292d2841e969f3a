"""Guesses the kind of each column (number, category, date, identifier …), with a reason in a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.index.dates import epoch_unit, text_format
from core.index.guesses.facts import Facts
from core.index.guesses.names import says_code, says_identifier, says_strong_identifier, says_time

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("number", "integer code", "category", "boolean", "datetime", "text", "identifier", "constant")

_BOOLEAN_WORDS = (
    {"true", "false"}, {"t", "f"}, {"yes", "no"}, {"y", "n"}, {"on", "off"}, {"0", "1"},
)  # fmt: skip
_MOST_CODES = 50
"""A column of more different whole numbers than this is a quantity, whatever its name."""


@dataclass(frozen=True)
class ColumnKind:
    """A guess: the kind, why, the unit of a date, and every kind that the user may change it to."""

    kind: str
    reason: str
    unit: str = ""
    possible: tuple[str, ...] = KINDS


def guess_kind(facts: Facts) -> ColumnKind:
    """What a column is, as far as its values and its name tell."""
    guess = _guess(facts)
    return ColumnKind(guess.kind, guess.reason, guess.unit, _possible(facts, guess))


def _guess(facts: Facts) -> ColumnKind:
    if facts.filled == 0:
        return ColumnKind("constant", "It holds no value at all.")
    if facts.distinct == 1:
        if facts.missing == 0:
            return ColumnKind("constant", f"Every row holds the same value, {facts.example}.")
        return ColumnKind("category", f"It holds {facts.example} or nothing.")
    if facts.type == "boolean":
        return ColumnKind("boolean", "It is stored as true or false.")
    if facts.type == "datetime":
        return ColumnKind("datetime", "It is stored as a date or time.")
    return _guess_text(facts) if facts.type == "text" else _guess_number(facts)


def _guess_number(facts: Facts) -> ColumnKind:
    if {value for value, _ in facts.values} == {"0", "1"}:
        return ColumnKind("boolean", "It holds 0 and 1 only.")
    if not facts.whole:
        date = _epoch(facts) if says_time(facts.name) else None
        return date or ColumnKind("number", "It holds decimal numbers.")
    found = _calendar_number(facts) or _epoch(facts) or _number_identifier(facts) or _code(facts)
    return found or ColumnKind("number", f"It holds {facts.distinct:,} different whole numbers.")


def _epoch(facts: Facts) -> ColumnKind | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970."""
    low, high = float(facts.low), float(facts.high)
    unit = epoch_unit(low, high) if math.isfinite(low + high) else ""
    if not unit:
        return None
    names = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
    if says_time(facts.name):
        return ColumnKind("datetime", f"Its name says time and its values are {names[unit]} since 1970.", unit)
    # Without the name: ids can lie in the same range, but they count up one by one.
    counts_up = facts.distinct >= 0.9 * (high - low + 1)
    if facts.distinct > 20 and _never_decreases(facts.sample) and not counts_up and not says_identifier(facts.name):
        return ColumnKind("datetime", f"It never decreases and its values are {names[unit]} since 1970.", unit)
    return None


def _calendar_number(facts: Facts) -> ColumnKind | None:
    """Dates written as whole numbers such as 20240131."""
    import pandas as pd

    if not says_time(facts.name) or not 19000101 <= facts.low <= facts.high <= 21001231:
        return None
    texts = facts.sample.dropna().astype("int64").astype(str)
    if pd.to_datetime(texts, format="%Y%m%d", errors="coerce").notna().mean() < 0.99:
        return None
    return ColumnKind("datetime", "Its name says time and its values are dates such as 20240131.", "%Y%m%d")


def _number_identifier(facts: Facts) -> ColumnKind | None:
    share = facts.distinct / facts.filled
    counted = float(facts.high) - float(facts.low) + 1
    if _counts_rows(facts):
        return ColumnKind("identifier", "It numbers the rows, one up with each.")
    if says_identifier(facts.name) and facts.filled >= 20 and share > 0.97 and counted < 1.03 * facts.filled:
        return ColumnKind("identifier", "Its name says identifier, and it counts up with no value twice.")
    if says_strong_identifier(facts.name) and share > 0.5:
        return ColumnKind("identifier", f"Its name says identifier and of its values {_percent(share)} are different.")
    return None


def _counts_rows(facts: Facts) -> bool:
    """Whether each value is the row number plus a constant, in the first file at least."""
    main = facts.sample[facts.sample.index < facts.main_rows]
    if len(main) < 20 or main.isna().any():
        return False
    # In Python's own numbers: the differences of large ones are wrong in any narrower type.
    return len({value - place for place, value in zip(main.index.tolist(), main.tolist(), strict=True)}) == 1


def _code(facts: Facts) -> ColumnKind | None:
    """Whole numbers that name something: each stands for a thing, and their distance means nothing."""
    if facts.distinct > _MOST_CODES or facts.filled < 10 * facts.distinct:
        return None
    if says_strong_identifier(facts.name):
        return ColumnKind("integer code", f"Its name says identifier, and its {facts.distinct} values repeat.")
    if says_code(facts.name):
        return ColumnKind("integer code", f"Its name says code, and it has {facts.distinct} whole numbers only.")
    # Status codes such as 200, 301, 404, 500: few, far from zero, with wide gaps between them.
    spread = float(facts.high) - float(facts.low) + 1
    if facts.low >= 100 and 3 <= facts.distinct <= 30 and spread >= 5 * facts.distinct and _round_heads(facts):
        return ColumnKind("integer code", f"It has {facts.distinct} whole numbers with wide gaps, as codes have.")
    return None


def _round_heads(facts: Facts) -> bool:
    """Whether the values crowd just above multiples of 100, as status codes do."""
    numbers = [int(float(value)) for value, _ in facts.values]
    return bool(numbers) and sum(number % 100 <= 31 for number in numbers) >= 0.9 * len(numbers)


def _guess_text(facts: Facts) -> ColumnKind:
    values = {value.lower() for value, _ in facts.values}
    if values in _BOOLEAN_WORDS:
        return ColumnKind("boolean", f"It holds {' and '.join(sorted(values))} only.")
    number = _numbers_in_text(facts.sample)
    if number is not None:
        few = facts.distinct <= 20 and facts.filled >= 10 * facts.distinct
        return (
            ColumnKind("integer code", f"It holds {facts.distinct} numbers that are stored as text.") if few else number
        )
    if form := text_format(facts.sample):
        return ColumnKind("datetime", f"Its text reads as dates ({form}).", form)
    share = facts.distinct / facts.filled
    if says_strong_identifier(facts.name) and share > 0.5:
        return ColumnKind("identifier", f"Its name says identifier and of its values {_percent(share)} are different.")
    if _is_prose(facts, share):
        return ColumnKind("text", f"It holds free text of {facts.mean_length:.0f} characters on average.")
    if share > 0.9 and facts.filled >= 20:
        return ColumnKind("identifier", f"Of its values, {_percent(share)} are different from all others.")
    return ColumnKind("category", f"It holds {facts.distinct:,} different words.")


def _is_prose(facts: Facts, share: float) -> bool:
    texts = facts.sample.dropna().astype(str)
    mean_words = float(texts.str.count(" ").mean()) + 1 if len(texts) else 0.0
    return share > 0.2 and (mean_words >= 4 or (facts.mean_length > 60 and mean_words >= 2))


def _numbers_in_text(sample: pd.Series) -> ColumnKind | None:
    """Text of which nearly all reads as numbers; leading zeros mark an identifier or a code instead."""
    import pandas as pd

    texts = sample.dropna().astype(str).str.strip()
    texts = texts[texts != ""]
    read = pd.to_numeric(texts, errors="coerce").notna()
    if texts.empty or read.mean() < 0.95 or texts.str.contains(r"^[+-]?0\d").any():
        return None
    if read.all():
        return ColumnKind("number", "Its text reads as numbers.")
    share, odd = _percent(float(read.mean())), texts[~read].iloc[0]
    return ColumnKind("number", f"Of its text, {share} reads as numbers; the rest, such as {odd!r}, counts as missing.")


def _possible(facts: Facts, guess: ColumnKind) -> tuple[str, ...]:
    """Every kind that the column's values allow, in the order of :data:`KINDS`."""
    allowed = {guess.kind, "category", "text", "identifier"}
    numeric = facts.type in {"integer", "float", "boolean"} or guess.kind in {"number", "datetime"}
    if not numeric and facts.type == "text":
        numeric = _numbers_in_text(facts.sample) is not None
    if numeric and not (facts.type == "text" and guess.kind == "datetime"):
        allowed.add("number")
    if facts.type in {"integer", "float"} and facts.whole and facts.filled:
        allowed.add("integer code")
    if facts.distinct <= 2:
        allowed.add("boolean")
    if facts.distinct <= 1:
        allowed.add("constant")
    if facts.type == "datetime" or guess.unit or _could_be_epoch(facts):
        allowed.add("datetime")
    return tuple(kind for kind in KINDS if kind in allowed)


def _could_be_epoch(facts: Facts) -> bool:
    return facts.type in {"integer", "float"} and facts.filled > 0 and bool(unit_if_date(facts.low, facts.high))


def unit_if_date(low: Any, high: Any) -> str:
    """The epoch unit that a number column would have if it were a date, empty where it cannot be one."""
    low, high = float(low), float(high)
    return epoch_unit(low, high) if math.isfinite(low + high) else ""


def _never_decreases(sample: pd.Series) -> bool:
    found = sample.dropna()
    return len(found) > 2 and bool(found.is_monotonic_increasing)


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


__all__ = ["KINDS", "ColumnKind", "guess_kind", "unit_if_date"]
