"""The words that stand for a missing value, and where one that could be a value is kept."""

from __future__ import annotations

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
