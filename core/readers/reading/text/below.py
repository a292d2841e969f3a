"""Looks at the end of a text file: remarks below the table, such as sources and numbers of rows, and rows of totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.readers.reading.cells import is_blank, is_typed
from core.readers.reading.text.dialect import Dialect
from core.readers.reading.text.table import is_rule

_TAIL = 1 << 16
_MOST = 30
_REMARK = re.compile(
    r"[\"'( *]*(sources?|quellen?|notes?|anmerkung(en)?|hinweis|stand|remarks?|footnotes?|legend|data (from|source)|"
    r"generated|exported|created|printed|downloaded|copyright|©|end of|ende|disclaimer|"
    r"(total |number of )?(rows|records|zeilen|datensätze)\b|[\d,.]+ (rows?|records?|zeilen?|datensätze)\b)"
    r"|\(.*\)|\*+ ?\w.*",
    re.IGNORECASE,
)
TOTAL = (
    "((sub|grand|over)?[ -]?(total|totals)|(zwischen|gesamt|end)?(summe|summen|ergebnis)|sum|sums|gesamt|insgesamt)"
    "[ :]{0,2}|.{1,30} (total|totals|summe|ergebnis)|(sub|grand )?total (for |of )?.{1,30}|(summe|gesamt) .{1,30}"
)
"""The words, in lower case, that name a row of totals."""
_TOTAL = re.compile(TOTAL)


@dataclass(frozen=True)
class Remark:
    """A line below the table."""

    line: str
    cells: tuple[str, ...]


def last_lines(file: Path, skip_lines: int) -> list[str]:
    """The last lines of a UTF-8 file, without the ``skip_lines`` at its top."""
    size = file.stat().st_size
    with file.open("rb") as handle:
        handle.seek(max(0, size - _TAIL))
        text = handle.read().decode("utf-8", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines[1:] if size > _TAIL else lines[skip_lines:]


def remarks_below(lines: Sequence[str], dialect: Dialect) -> list[Remark]:
    """Which of the last lines stand below the table and are no rows of it."""
    block: list[Remark | None] = []
    for line in reversed(lines):
        cells = tuple(dialect.cells(line)) if line.strip() else ()
        if not any(cell.strip() for cell in cells):
            block.append(None)
        elif _may_be_remark(line, cells, dialect):
            block.append(Remark(line, cells))
        else:
            break
        if len(block) > _MOST:
            return []
    else:
        return []
    found: list[Remark] = []
    gap = False
    for remark in reversed(block):
        if remark is None:
            gap = True
        elif found or gap or _is_remark(remark, dialect):
            found.append(remark)
    return found


def holds_total(lines: Sequence[str], dialect: Dialect) -> bool:
    """Whether a field of these lines names a row of totals."""
    return any(_TOTAL.fullmatch(cell.strip().lower()) for line in lines for cell in dialect.cells(line))


def _may_be_remark(line: str, cells: Sequence[str], dialect: Dialect) -> bool:
    if is_rule(line):
        return len(cells) != dialect.width if dialect.width > 1 else 0 in dialect.table.typed
    filled = [cell for cell in cells if cell.strip()]
    if dialect.width == 1:
        return 0 in dialect.table.typed and not is_typed(line) and not is_blank(line)
    alone = len(filled) == 1 and bool(cells[0].strip()) and not is_typed(filled[0]) and not is_blank(filled[0])
    words = len(cells) < dialect.width and not any(map(is_typed, filled)) and " " in line.strip()
    return alone or words or (len(cells) != dialect.width and _REMARK.match(line.strip()) is not None)


def _is_remark(remark: Remark, dialect: Dialect) -> bool:
    known = is_rule(remark.line) or _REMARK.match(remark.line.strip()) is not None
    if dialect.width == 1:
        return known
    # A word alone may be the beginning of a row that was cut off.
    short = len(remark.cells) == 1 and " " in remark.line.strip()
    return known or short or 0 in dialect.table.typed
