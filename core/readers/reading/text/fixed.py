"""Finds columns of fixed width: by the rule that is drawn under their names, or by the blanks that all lines share."""

from __future__ import annotations

import re
from collections.abc import Sequence

FIXED = "\x1e"
"""Stands for the delimiter where columns have a fixed width: a control character that no text holds."""
Spans = tuple[int, ...]
"""Where the columns begin; each ends where the next begins."""
_DASHES = re.compile(r" *-{2,}( +-{2,})+ *")
_FEWEST_LINES = 5
_GAP = 2


def find_spans(lines: Sequence[str]) -> Spans:
    """Where the columns of these lines begin, empty where they have no fixed width."""
    filled = [line for line in lines if line.strip()]
    for line in filled[:6]:
        if is_dashes(line):
            return _settled([found.start() for found in re.finditer("-+", line)])
    if len(filled) < _FEWEST_LINES or any("\t" in line for line in filled):
        return ()
    longest = max(map(len, filled))
    blank = [all(at >= len(line) or line[at] == " " for line in filled) for at in range(longest)]
    starts = [at for at in range(longest) if not blank[at] and (at == 0 or blank[at - 1])]
    gaps = [at for at in starts if at >= _GAP and all(blank[at - _GAP : at])]
    return _settled([0, *gaps]) if gaps else ()


def is_dashes(line: str) -> bool:
    """Whether a line is a rule with a piece under each column's name."""
    return _DASHES.fullmatch(line) is not None


def split_fixed(line: str, spans: Spans) -> list[str]:
    """The fields of a line; the line as a whole where a word of it lies across the beginning of a column."""
    padded = line.rstrip("\r\n").replace("\t", " ")
    if any(at and padded[at - 1 : at].strip() and padded[at : at + 1].strip() for at in spans):
        return [padded.strip()]
    ends = [*spans[1:], len(padded)]
    return [padded[start:end].strip() for start, end in zip(spans, ends, strict=True)]


def _settled(starts: list[int]) -> Spans:
    return (0, *starts[1:]) if len(starts) > 1 else ()
