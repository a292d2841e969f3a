"""Cleans the names of columns: none is empty, none is there twice, and every change is noted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.readers.reading.report import counted, listed

_LONGEST = 200


def clean_names(names: Sequence[object]) -> tuple[list[str], list[str]]:
    """Names for the columns of a table, and sentences about those that had to be changed.

    Two names that differ only in capitals count as the same, because SQL reads them as one.
    """
    taken = {_key(str(name)) for name in names}
    used: set[str] = set()
    numbers: dict[str, int] = {}
    result: list[str] = []
    empty: list[str] = []
    twice: list[str] = []
    for place, raw in enumerate(names, start=1):
        name = _tidy(raw)
        if not name:
            name = _free(f"column {place}", used, taken, numbers)
            empty.append(name)
        elif _key(name) in used:
            twice.append(name)
            name = _free(name, used, taken, numbers)
        used.add(_key(name))
        result.append(name)
    return result, _sentences(empty, twice)


def numbered_names(n: int) -> list[str]:
    """Names for a table that has none."""
    return [f"column {place}" for place in range(1, n + 1)]


def _tidy(raw: object) -> str:
    text = "" if raw is None else re.sub(r"\s+", " ", str(raw).replace("\x00", "")).strip()
    return text[:_LONGEST]


def _key(name: str) -> str:
    return _tidy(name).lower()


def _free(name: str, used: set[str], taken: set[str], numbers: dict[str, int]) -> str:
    """The name with the first number that makes it one of a kind; ``numbers`` remembers where to go on counting."""
    key = name.lower()
    if key not in used and key not in taken:
        return name
    number = numbers.get(key, 2)
    while f"{key} ({number})" in used or f"{key} ({number})" in taken:
        number += 1
    numbers[key] = number + 1
    return f"{name} ({number})"


def _sentences(empty: list[str], twice: list[str]) -> list[str]:
    notes = []
    if empty:
        notes.append(f"{counted(len(empty), 'column')} had no name and got one: {listed(empty)}.")
    if twice:
        notes.append(
            f"{counted(len(twice), 'column name')} stood there twice (capitals aside) and got a number: "
            f"{listed(twice)}."
        )
    return notes
