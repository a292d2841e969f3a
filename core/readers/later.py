"""Reads a later file as the file was read that a detector was trained on: the one way for scores, bundles, requests.

What was learnt or said of notation holds: signs of numbers, order of dates, words for missing, kinds of columns.
Delimiter, character set and sheet may differ, which is said. What contradicts the first file is refused with a
sentence, and values that cannot be read as it was are counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import AbsentPartError, DataError
from core.readers import read_table
from core.readers.reading.cells import is_typed
from core.readers.reading.engine import connect, literal, quoted, write_parquet
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import Progress, ReadReport
from core.readers.reading.trained.interpretation import Interpretation, Trained
from core.readers.reading.trained.matching import folded, lacking_note, matched, renamed_note


def read_later(
    source: Path | str,
    out: Path | str,
    interpretation: Interpretation | None,
    needed: Sequence[str],
    *,
    name: str = "",
    options: ReadOptions | None = None,
    progress: Progress | None = None,
) -> ReadReport:
    """Read a file for a detector, and write its rows as Parquet with the columns under the names that it knows.

    Parameters
    ----------
    source, name
        The file, and what the user calls it.
    out
        The Parquet file to write.
    interpretation
        How the file was understood that the detector was trained on; None where that was not kept.
    needed
        The columns that the detector reads.
    options
        What the user says of this file; it wins over what holds for the first.
    progress
        Called with the share that is done.

    Raises
    ------
    DataError
        When the file cannot be read, is written otherwise than the first, or lacks a column.
    """
    said = options or ReadOptions()
    if interpretation is None:
        report = read_table(source, out, name=name, options=said, progress=progress)
    else:
        trained = Trained(interpretation, tuple(needed), said)
        report = read_like(source, out, trained, name=name, progress=progress)
    names = list(report.columns)
    renamed = matched(names, needed)
    _refuse_twice(names, renamed)
    there = [renamed.get(column, column) for column in names]
    if lacking := [column for column in needed if column not in there]:
        headless = _headless(report, needed) if len(lacking) == len(needed) else ""
        raise DataError(headless or lacking_note(names, needed, lacking))
    if not renamed:
        return report
    _rename(Path(out), names, renamed)
    return replace(report, columns=tuple(there), notes=(*report.notes, renamed_note(renamed)))


def read_like(
    source: Path | str, out: Path | str, trained: Trained, *, name: str = "", progress: Progress | None = None
) -> ReadReport:
    """Read a file like one that was read before, its columns under their own names."""
    before = trained.file
    # Of these a later file may differ: they are tried, and given up where it has others.
    held = replace(before.options, delimiter="", encoding="", header=None, sheet="")
    options = trained.said.over(held)
    sheet = options.sheet or before.options.sheet or before.sheet
    try:
        chosen = replace(options, sheet=sheet)
        return read_table(source, out, name=name, options=chosen, trained=trained, progress=progress)
    except AbsentPartError:
        if trained.said.sheet:
            raise
    report = read_table(source, out, name=name, options=options, trained=trained, progress=progress)
    if not report.sheet:
        return report
    note = f"The sheet {report.sheet!r} was read here, and {sheet!r} in {trained.other}."
    return replace(report, notes=(*report.notes, note))


def _headless(report: ReadReport, needed: Sequence[str]) -> str:
    """What to do about a file that seems to have no header; empty where it has one."""
    names = list(report.columns)
    values = [column for column in names if is_typed(column)]
    if report.header is None or (report.header and not values):
        return ""
    first = f" ({', '.join(names[:3])}{' …' if len(names) > 3 else ''})" if report.header else ""
    what = "its first line looks like values" if report.header else "its first line names no columns"
    listed = ", ".join(repr(column) for column in needed[:5]) + (" and more" if len(needed) > 5 else "")
    return (
        f"The rows must have the {len(needed)} columns that the detector was trained on: {listed}. The file looks "
        f"as if it had no header: {what}{first}. Add a line with the names, or, where its columns stand in the same "
        "order as in the file that was trained on, say so: --header no."
    )


def _refuse_twice(names: Sequence[str], renamed: Mapping[str, str]) -> None:
    """Where names stood there twice but for their case, whichever was meant would be a guess."""
    for name, wanted in renamed.items():
        others = [other for other in names if re.fullmatch(rf"{re.escape(folded(name))}\(\d+\)", folded(other))]
        if others:
            raise DataError(
                f"The columns {name!r} and {others[0]!r} could both be {wanted!r}, which the detector was trained on. "
                "Give one of them that very name, and the other another."
            )


def _rename(file: Path, names: Sequence[str], renamed: Mapping[str, str]) -> None:
    target = file.with_name(f"renamed-{file.name}")
    reads = ", ".join(f"{quoted(name)} AS {quoted(renamed.get(name, name))}" for name in names)
    with connect(file.parent, len(names)) as connection:
        write_parquet(connection, f"SELECT {reads} FROM read_parquet({literal(file)})", len(names), target, _unsaid)
    target.replace(file)


def _unsaid(_: float) -> None:
    return
