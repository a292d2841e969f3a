"""JSON in an address, read as what a stranger may have written: of a bearable length, depth and character set."""

import json
import math
from typing import Any

from core.errors import DataError

LONGEST = 20_000
"""Characters; browsers and proxies take no longer addresses."""
DEEPEST = 64
"""Brackets within each other; no page of ours writes more than five."""


def read_json(text: str, what: str) -> Any:
    """The plain values that a parameter of an address holds.

    Parameters
    ----------
    text
        The parameter.
    what
        What it should hold, for the sentence.

    Raises
    ------
    DataError
        When it is no JSON, or such as no page of ours writes: NaN, infinity, half characters, endless nesting.
    """
    sentence = (
        f"The {what} in this address cannot be read. Open it from its page again, or leave it out of the address."
    )
    # Brackets within quotes count too; nobody's column is named by so many.
    if len(text) > LONGEST or _depth(text) > DEEPEST:
        raise DataError(sentence)
    try:
        values = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise DataError(sentence) from None
    return values


def _depth(text: str) -> int:
    deepest = depth = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value
