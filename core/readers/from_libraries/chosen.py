"""Which of several tables in one file is read: the one that is named, or else the one with the most rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.errors import AbsentPartError, DataError
from core.readers.reading.report import ReadJob, counted, listed


def chosen_table(job: ReadJob, tables: Mapping[str, int], noun: str, measure: str = "row") -> str:
    """The name of the table that is read, with a note where there was a choice.

    Parameters
    ----------
    job
        The file; ``options.sheet`` names one.
    tables
        The name of each, and how large it is.
    noun
        What a table is called in this format: table, sheet, array.
    measure
        What its size counts.

    Raises
    ------
    DataError
        When there is none, or none of that name.
    """
    if not tables:
        raise DataError(f"The file {job.name!r} must hold a {noun} with rows, but there is none. Choose another file.")
    if job.options.sheet.strip():
        return named(job, tables, noun)
    best = job.sheet = max(tables, key=lambda name: tables[name])
    if len(tables) > 1:
        others = [f"{name} ({tables[name]:,})" for name in tables if name != best]
        job.note(
            f"The {noun} '{best}' was read, which has the most {measure}s ({counted(tables[best], measure)}). There "
            f"are others, to be named in the options (sheet): {listed(others)}."
        )
    return best


def named(job: ReadJob, tables: Iterable[str], noun: str) -> str:
    """The table that ``options.sheet`` names, capitals aside.

    Raises
    ------
    DataError
        When there is none of that name.
    """
    names, wanted = list(tables), job.options.sheet.strip()
    by_name = {name.lower(): name for name in names} | {name: name for name in names}
    found = by_name.get(wanted) or by_name.get(wanted.lower())
    if found is None:
        raise AbsentPartError(
            f"{job.name!r} has no {noun} {wanted!r}. Its {noun}s are {listed(names)}. Name one of these."
        )
    job.sheet = found
    return found
