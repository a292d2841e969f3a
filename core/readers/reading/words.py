"""The words that stand for a missing value, and where one that could be a value is kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

MISSING = (
    "NA", "N/A", "n/a", "#N/A", "<NA>", "#NA", "NaN", "nan", "NAN", "-NaN", "-nan", "null", "NULL", "Null", "<null>",
    "?", "\\N",
)  # fmt: skip
"""Missing in every column."""

DASHES = ("-", "--")
"""Missing in a text column too, unless more than half of it is this: a log's ``-`` may mean "no alert"."""

IN_NUMBERS = (
    "None", "none", "NONE", "na", "n.a.", "N.A.", "nil", "---", "\u2013", "\u2014", ".", "*", "??",
    "0000-00-00", "0000-00-00 00:00:00", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!",
)  # fmt: skip
"""Missing among numbers, dates and truth values; a word like any other among texts."""

COUNTRY = "NA"
"""Namibia among country codes."""


def codes_among(words: Iterable[str]) -> tuple[float, ...]:
    """The words that are numbers, such as -999: they mean missing however the number is written (-999.0)."""
    found = (as_number(word) for word in words)
    return tuple(dict.fromkeys(number for number in found if number is not None))


def only_codes(words: Sequence[str]) -> bool:
    """Whether all that was said of missing values are numbers: these come on top of the usual words."""
    return bool(words) and all(as_number(word) is not None for word in words)


def as_number(word: str) -> float | None:
    """A word as a number, with a point or a comma before its decimals; None where it is none."""
    try:
        number = float(word.replace(",", ".")) if word[-1:].isdigit() or word[-1:] in ".," else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
