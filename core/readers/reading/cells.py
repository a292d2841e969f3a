"""What a single cell of text looks like: a number, a date, a blank, a word. For guesses from a few lines."""

from __future__ import annotations

import re
from datetime import date

from core.readers.reading.numbers import AFFIXES
from core.readers.reading.words import DASHES, IN_NUMBERS, MISSING

_BLANKS = {"", *MISSING, *DASHES, *IN_NUMBERS}
_SIGN = f"(?:{'|'.join(map(re.escape, AFFIXES))})?"
_NUMBER = re.compile(
    rf"[-+(\u2212]?\s?{_SIGN}\s?[-+(\u2212]?"
    r"(\d+([.,]\d*)?|[.,]\d+|\d{1,3}([.,' \u00a0\u202f\u2019]\d{2,3})*[.,' \u00a0\u202f\u2019]\d{3}([.,]\d+)?)"
    rf"([eE][+-]?\d+)?\s?{_SIGN}\s?[-)]?"
    r"|[+-]?(inf|infinity)",
    re.I,
)
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ,]+\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
    r"|\d{1,2}[-/. ]+[^\W\d_]{3,10}[-/., ]+\d{2,4}.*|[^\W\d_]{3,10}\.? \d{1,2}(,? .*|,)\d{4}.*|\d{8}T\d{4,6}Z?"
    r"|\d{4},\d{1,2},\d{1,2}"
)


def is_blank(cell: str) -> bool:
    """Whether the cell holds no value."""
    return cell.strip() in _BLANKS


def is_number(cell: str) -> bool:
    """Whether the cell is a number in any of the usual notations."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def is_typed(cell: str) -> bool:
    """Whether the cell is a number or a date."""
    return is_number(cell) or _DATE.fullmatch(cell.strip()) is not None


def years() -> range:
    """The whole numbers that could be a year in a header."""
    return range(1900, date.today().year + 30)
