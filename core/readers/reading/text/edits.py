"""Edits the lines of a text file for DuckDB: comments go, quotes around whole lines go, runs of blanks become tabs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from core.readers.reading.report import shortened
from core.readers.reading.text.fixed import Spans, split_fixed

_WRAPPED = re.compile(r'^[ \t]*"((?:[^"\n]|"")*)"([;,\t|]*)[ \t]*$', re.M)
_BLANKS = re.compile(r"[ \t]+")


def unwrapped(lines: str) -> str:
    """The lines without the quotes around each as a whole."""
    return _WRAPPED.sub(lambda found: found[1].replace('""', '"'), lines)


def is_wrapped(line: str) -> bool:
    """Whether a line is one quoted text, with nothing behind it but delimiters."""
    return _WRAPPED.fullmatch(line) is not None


def split_blanks(line: str, quote: str) -> list[str]:
    """The fields of a line between runs of blanks; blanks within quotes are kept."""
    return [field.replace(quote, "") if quote else field for field in _tabbed(line.strip(), quote).split("\t")]


def _tabbed(line: str, quote: str) -> str:
    if not quote or quote not in line:
        return _BLANKS.sub("\t", line)
    pattern = _quoted_or_blanks(quote)
    return pattern.sub(lambda found: found[0] if found[0].startswith(quote) else "\t", line)


def _quoted_or_blanks(quote: str) -> re.Pattern[str]:
    q = re.escape(quote)
    return re.compile(rf"(?<![^ \t\n]){q}[^{q}\n\t]*{q}(?![^ \t\n])|[ \t]+")


@dataclass
class LineEdits:
    """What is done to each stretch of whole lines of one file, and how many comments it removed."""

    is_comment: Callable[[str], bool] | None = None
    """Whether a line that begins with ``mark`` is a comment."""
    mark: str = ""
    quote: str = ""
    unwrap: bool = False
    blanks: bool = False
    """Whether runs of blanks are the delimiter."""
    spans: Spans = ()
    """Where columns of fixed width begin."""
    comments: int = 0
    first_comment: str = ""
    _within: bool = field(default=False, repr=False)
    """Whether the stretch so far ends within a quoted field."""

    def __bool__(self) -> bool:
        return self.is_comment is not None or self.unwrap or self.blanks or bool(self.spans)

    def __call__(self, lines: str) -> str:
        """The edited lines."""
        if self.unwrap:
            lines = unwrapped(lines)
        if self.is_comment is not None:
            lines = self._without_comments(lines)
        if self.blanks:
            lines = re.sub(r"^[ \t]+|[ \t]+$", "", lines, flags=re.M)
            lines = _tabbed(lines, self.quote)
        if self.spans:
            fields = (split_fixed(line, self.spans) if line else [line] for line in lines.split("\n"))
            lines = "\n".join(map("\t".join, fields))
        return lines

    def _without_comments(self, lines: str) -> str:
        assert self.is_comment is not None
        kept, at = [], 0
        for found in re.finditer(rf"^[ \t]*{re.escape(self.mark)}[^\n]*(\n|\Z)", lines, re.M):
            before, line, at = lines[at : found.start()], found[0], found.end()
            self._pass(before)
            kept.append(before)
            if self._within or not self.is_comment(line.rstrip("\n")):
                self._pass(line)
                kept.append(line)
                continue
            self.comments += 1
            self.first_comment = self.first_comment or shortened(line)
        self._pass(lines[at:])
        return "".join([*kept, lines[at:]])

    def _pass(self, text: str) -> None:
        """Walk over text that stays: an odd number of quotes opens or closes a field."""
        if self.quote and text.count(self.quote) % 2:
            self._within = not self._within
