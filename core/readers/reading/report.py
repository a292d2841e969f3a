"""The options that a reader is given, and the report that it returns: how it read the file and what it noticed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

Progress = Callable[[float], None]
"""Called with the share that is done, from 0 to 1."""


@dataclass(frozen=True)
class ReadOptions:
    """What the user says about a file; everything that is empty is found out."""

    delimiter: str = ""
    """The character between two fields; ``tab`` and ``space`` are understood as words."""
    encoding: str = ""
    """The character set, by Python's name for it."""
    decimal: str = ""
    """``.`` or ``,`` in front of the decimals."""
    thousands: str = ""
    """The character that groups digits: ``,``, ``.``, a space or an apostrophe."""
    header: bool | None = None
    """Whether the first line names the columns."""
    missing: tuple[str, ...] = ()
    """The words that mean "no value", in place of the usual ones; blanks always do."""
    sheet: str = ""
    """The sheet of a workbook, or the file within a zip archive."""
    quote: str = ""
    """The character around fields that hold a delimiter; ``none`` for files that quote nothing."""
    day_first: bool | None = None
    """Whether 01/02/2026 is the first of February."""

    def to_dict(self) -> dict[str, Any]:
        """The options as plain values that JSON can hold."""
        return {**asdict(self), "missing": list(self.missing)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ReadOptions:
        """The options that :meth:`to_dict` wrote; unknown names are left out."""
        known = {f.name for f in fields(cls)}
        plain = {name: value for name, value in values.items() if name in known}
        return cls(**{**plain, "missing": tuple(plain.get("missing", ()))})


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
    notes: tuple[str, ...] = ()
    """Sentences for the user: what was renamed, skipped, guessed."""

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values that JSON can hold."""
        plain = asdict(self)
        return {**plain, **{name: list(plain[name]) for name in _TUPLES}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ReadReport:
        """The report that :meth:`to_dict` wrote; unknown names are left out."""
        known = {f.name for f in fields(cls)}
        plain = {name: value for name, value in values.items() if name in known}
        return cls(**{**plain, **{name: tuple(plain.get(name, ())) for name in _TUPLES}})


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
    limit: int = 0
    """Rows at most; 0 for all."""

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
