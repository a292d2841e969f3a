"""The layout of a later text file, given that of the file that was trained on: delimiter, header, character set.

A later file may be laid out otherwise, and often cannot tell by itself: a single row, columns of words alone. The
layout under which it has the columns of the first file is taken, and what differs from that file is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import DataError
from core.readers.reading.cells import is_blank, is_number
from core.readers.reading.names import numbered_names
from core.readers.reading.numbers import ONE_COLUMN
from core.readers.reading.report import counted
from core.readers.reading.text.dialect import Dialect
from core.readers.reading.text.fixed import FIXED
from core.readers.reading.trained.matching import folded

if TYPE_CHECKING:
    from core.readers.reading.options import ReadOptions
    from core.readers.reading.trained.interpretation import Trained

_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks", "": "nothing"}


def layout_as_trained(
    find: Callable[[ReadOptions], Dialect], options: ReadOptions, trained: Trained
) -> tuple[Dialect, list[str]]:
    """The layout that gives a file the columns of the one that was trained on, and what there is to say of it.

    Parameters
    ----------
    find
        Finds the layout under some options.
    options
        What was said of the file.

    Raises
    ------
    DataError
        When the file is said to have no header, and has another number of columns.
    """
    free = find(options)
    best = max(_variants(find, options, trained, free), key=lambda dialect: _known(dialect, trained))
    if not _known(best, trained):
        best = _headless(find, options, trained, free)
    dialect, notes = _named_in_order(best, trained)
    delimiter = "" if dialect.delimiter in (ONE_COLUMN, FIXED) else dialect.delimiter
    if delimiter != trained.file.delimiter and trained.file.format == "CSV" and not options.delimiter:
        notes.append(
            f"Fields are separated by {_words(delimiter)} here, and by {_words(trained.file.delimiter)} in "
            f"{trained.other}."
        )
    return dialect, notes


def encoding_note(encoding: str, text: str, trained: Trained) -> str:
    """A sentence where a file is in another character set than the one that was trained on; empty where it is not."""
    before = trained.file.encoding
    if not before or before == encoding or text.isascii() or trained.said.encoding:
        return ""
    return f"The character set is {encoding} here, and {before} in {trained.other}."


def _variants(
    find: Callable[[ReadOptions], Dialect], options: ReadOptions, trained: Trained, free: Dialect
) -> list[Dialect]:
    """What is found freely, and where it lacks columns what is found with the first file's delimiter and a header."""
    found = [free]
    if _known(free, trained) == len(trained.needed):
        return found
    delimiters = [""] if options.delimiter else list(dict.fromkeys(["", trained.file.delimiter]))
    headers = [None, True] if options.header is None and trained.file.header is not False else [options.header]
    for delimiter in delimiters:
        for header in headers:
            chosen = replace(options, delimiter=delimiter or options.delimiter, header=header)
            if chosen != options:
                found.append(find(chosen))
    return found


def _known(dialect: Dialect, trained: Trained) -> int:
    """How many of the columns that matter a layout names."""
    keys = {folded(name) for name in dialect.names or ()}
    return sum(folded(name) in keys for name in trained.needed)


def _headless(find: Callable[[ReadOptions], Dialect], options: ReadOptions, trained: Trained, free: Dialect) -> Dialect:
    """The layout without a header where the first file had none, unless the first line holds no values of its kinds."""
    if trained.file.header is not False or options.header is not None or free.names is None:
        return free
    cells = [cell for cell, name in zip(free.names, trained.file.columns, strict=False) if _is_number(trained, name)]
    if any(not is_number(cell) and not is_blank(cell) for cell in cells):
        return free
    return find(replace(options, header=False))


def _is_number(trained: Trained, name: str) -> bool:
    notation = trained.file.columns[name]
    return notation.kind in ("integer", "whole", "number")


def _named_in_order(dialect: Dialect, trained: Trained) -> tuple[Dialect, list[str]]:
    """Names in the order of the first file, for a file that names no columns, or names what the other did not."""
    none_here, none_before = dialect.names is None, trained.file.header is False
    if _known(dialect, trained) or not (none_here or none_before):
        return dialect, []
    if none_here and not none_before and trained.settled and trained.said.header is not False:
        # Whether it really has none is for the user to say.
        return dialect, []
    names = _of_width(dialect.width, trained)
    if names is None:
        if not trained.settled:
            return dialect, []
        raise DataError(
            f"A file without names must have the {counted(len(trained.file.columns), 'column')} of {trained.other} in "
            f"their order. It has {dialect.width:,}. Add a first line with the names."
        )
    what = "no columns" if none_here else "its columns otherwise"
    if none_here and none_before and list(names) == numbered_names(len(names)):
        return dialect, []
    note = f"The file names {what}; they were taken in the order of {trained.other}."
    table = replace(dialect.table, names=tuple(names), in_order=none_here)
    return replace(dialect, table=table), [note]


def _of_width(width: int, trained: Trained) -> Sequence[str] | None:
    return next((names for names in (trained.file.names, list(trained.needed)) if len(names) == width), None)


def _words(delimiter: str) -> str:
    return _NAMES.get(delimiter, repr(delimiter))
