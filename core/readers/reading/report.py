"""The job that a reader is given, and the report that it returns: how it read the file and what it noticed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from core.readers.reading.options import ReadOptions
from core.readers.reading.text.lines import NO_LINES, LineCounts
from core.readers.reading.trained.interpretation import ColumnNotation, Interpretation, Trained

Progress = Callable[[float], None]
"""Called with the share that is done, from 0 to 1."""


@dataclass(frozen=True)
class ReadReport:
    """How a file was read."""

    rows: int
    columns: tuple[str, ...]
    format: str
    """The format in words: ``CSV``, ``Parquet``, ``Excel workbook`` …"""
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    decimal: str = ""
    header: bool | None = None
    compression: str = ""
    missing: tuple[str, ...] = ()
    """The words that were read as "no value"."""
    sheet: str = ""
    """The sheet of a workbook, or the file within an archive."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: what was renamed, skipped, guessed."""
    missing_words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Column -> word -> rows in which it was read as "no value"."""
    infinite: Mapping[str, int] = field(default_factory=dict)
    """Column -> rows with a number without end, which counts as missing."""
    lines: LineCounts = NO_LINES
    """What each line of the file was taken for, or each row where a format has no lines; all zero where only some were
    looked at."""

    @property
    def delimited(self) -> bool:
        """Whether the rows were lines of delimited text, or were made ones."""
        return self.header is not None

    interpretation: Interpretation | None = None
    """How the file was understood, for later files that are read like it."""

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values that JSON can hold."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = self.interpretation.to_dict() if self.interpretation else None
        plain |= {name: list(plain[name]) for name in _TUPLES}
        return {**plain, "lines": asdict(self.lines), "interpretation": kept}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ReadReport:
        """The report that :meth:`to_dict` wrote; unknown names are left out."""
        known = {f.name for f in fields(cls)}
        plain = {name: value for name, value in values.items() if name in known}
        lines = LineCounts.from_dict(plain.get("lines") or {})
        kept = {"lines": lines, "interpretation": Interpretation.of(values)}
        return cls(**{**plain, **{name: tuple(plain.get(name, ())) for name in _TUPLES}, **kept})


_TUPLES = ("columns", "missing", "notes")


def _no_progress(_: float) -> None:
    return


@dataclass
class ReadJob:
    """One file on its way to Parquet: where it is, where it goes, and what is learnt about it on the way."""

    source: Path
    """The unpacked file on this machine."""
    name: str
    """What the user calls the file."""
    out: Path
    folder: Path
    """For temporary files, on the disk of ``out``; deleted afterwards."""
    options: ReadOptions = field(default_factory=ReadOptions)
    compression: str = ""
    notes: list[str] = field(default_factory=list)
    progress: Progress = _no_progress
    trained: Trained | None = None
    """The file that this one is read like; None for one that is read alone."""
    notations: dict[str, ColumnNotation] = field(default_factory=dict)
    """How the columns that came as text were written, as it was found out."""
    given: ReadOptions = field(init=False)
    """The options as they were given; a reader may add to ``options`` what it knows."""
    sheet: str = ""
    """The sheet of a workbook, or the table of a file with several, that was read."""
    typed_cells: bool = False
    """Whether the text was made of cells with types, so that its plain numbers say nothing of how people write them."""
    missing_words: dict[str, dict[str, int]] = field(default_factory=dict)
    """Column -> word -> rows in which it was read as "no value"."""
    infinite: dict[str, int] = field(default_factory=dict)
    """Column -> rows with a number without end, which counts as missing."""
    heeds_words: bool = False
    """Whether the reader has left out the words that mean missing itself."""
    limit: int = 0
    """Rows at most; 0 for all."""

    def __post_init__(self) -> None:
        self.given = self.options

    def note(self, sentence: str) -> None:
        """Remember a sentence for the user, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def part(self, start: float, end: float) -> Progress:
        """A progress callback for the stretch from ``start`` to ``end`` of the whole."""
        whole = self.progress
        return lambda share: whole(start + (end - start) * min(max(share, 0.0), 1.0))


def listed(words: list[str] | tuple[str, ...], most: int = 6) -> str:
    """Names in quotes with commas between them, the rest as a number."""
    shown = ", ".join(f"'{word}'" for word in words[:most])
    return shown + (f" and {len(words) - most:,} more" if len(words) > most else "")


def counted(n: int, thing: str) -> str:
    """A number with its noun: ``1 row``, ``2,000 rows``."""
    return f"{n:,} {thing}" + ("" if n == 1 else "s")


def shortened(text: str, most: int = 80) -> str:
    """The beginning of a text in one line."""
    return " ".join(text[: most * 4].split())[:most]
