"""Labelled ranges of series: a JSON of windows, as NAB has it, or a CSV of starts and ends, as a label a moment."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.words import plural

if TYPE_CHECKING:
    from core.modalities.series.content import Floats

_STARTS, _ENDS = ("start", "begin", "from", "first", "start_time"), ("end", "stop", "to", "last", "until", "end_time")
_REMEDY = "It must be a CSV with the columns start and end, or a JSON of windows, each a start and an end."


def labels_of(file: Path, name: str, seconds: Floats, kind: str) -> tuple[NDArray[np.int8], str]:
    """1 at each moment within a range, both ends included, and a sentence on what was found.

    Parameters
    ----------
    file
        The ranges.
    name
        What the data's file is called: a JSON may hold the windows of several files, by their names.
    seconds, kind
        When each moment was, and whether that is a time or a number.

    Raises
    ------
    DataError
        When it is no such file, or no range of it holds a moment.
    """
    ranges = _read(file, name)
    labels, empty = np.zeros(len(seconds), dtype=np.int8), 0
    for first, last in ranges:
        inside = (seconds >= _place(first, kind)) & (seconds <= _place(last, kind))
        labels[inside] = 1
        empty += not inside.any()
    if ranges and empty == len(ranges):
        raise DataError(
            f"None of the {len(ranges):,} ranges in {file.name} holds a moment of {name}. Check whether both are "
            "written in the same time."
        )
    said = f"{plural(len(ranges), 'labelled range')} of {file.name}: {plural(int(labels.sum()), 'moment')} in them."
    return labels, said + (f" {plural(empty, 'range')} hold no moment." if empty else "")


def _read(file: Path, name: str) -> list[tuple[Any, Any]]:
    if not file.is_file():
        raise DataError(f"There is no file {str(file)!r} of labelled ranges. Check its name.")
    text = file.read_text(encoding="utf-8-sig")
    try:
        found = _from_json(json.loads(text), name) if text.lstrip()[:1] in ("{", "[") else _from_csv(text)
    except (ValueError, TypeError, KeyError):
        found = None
    if found is None:
        raise DataError(f"The file {file.name} holds no labelled ranges. {_REMEDY}")
    return found


def _from_json(values: Any, name: str) -> list[tuple[Any, Any]] | None:
    if isinstance(values, dict):
        stem = Path(name).stem
        named = [key for key in values if Path(key).stem == stem or key == name]
        if not named and len(values) == 1:
            named = list(values)
        if not named:
            known = ", ".join(list(values)[:3]) + (" …" if len(values) > 3 else "")
            raise DataError(f"The file of labelled ranges says nothing of {name}. It names {known}.")
        values = values[named[0]]
    return [(first, last) for first, last in values]


def _from_csv(text: str) -> list[tuple[Any, Any]] | None:
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows:
        return None
    columns = {str(column).strip().lower(): column for column in rows[0]}
    start = next((columns[word] for word in _STARTS if word in columns), None)
    end = next((columns[word] for word in _ENDS if word in columns), None)
    return None if start is None or end is None else [(row[start], row[end]) for row in rows]


def _place(value: Any, kind: str) -> float:
    import pandas as pd

    if kind != "time":
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    return float(pd.Timestamp(str(value)).timestamp())
