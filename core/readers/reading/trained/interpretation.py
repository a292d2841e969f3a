"""How a file was understood: its layout, and how the values of each column are written; kept for later files.

A file that is trained on proves much that a later one leaves open: that ``1.299`` is a thousand and more, that the day
stands before the month, that -200 means no value. It is kept with the dataset and with every detector that was trained
on it, as plain values; one that was written before such records were kept has none, and later files are read alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from core.readers.reading.numbers import Style
from core.readers.reading.options import ReadOptions
from core.readers.reading.trained.matching import folded

if TYPE_CHECKING:
    import pyarrow as pa


_STYLE = {f.name for f in fields(Style)}


@dataclass(frozen=True)
class ColumnNotation:
    """How the values of a column were written."""

    kind: str
    """integer, whole (with more digits), number, boolean, moment, time (of day) or text, whatever the format."""
    style: Style | None = None
    """The notation of its numbers; None where its values say nothing of it: whole numbers, cells with types."""
    formats: tuple[str, ...] = ()
    """The formats of its dates in text, as :mod:`core.readers.reading.moments` has them."""
    edits: tuple[tuple[str, str], ...] = ()
    """What was replaced in its dates before, such as names of months."""
    words: tuple[str, ...] = ()
    """What meant missing in it."""

    def to_dict(self) -> dict[str, Any]:
        """The notation as plain values; what is empty is left out."""
        plain: dict[str, Any] = {"kind": self.kind, "formats": list(self.formats), "words": list(self.words)}
        plain["edits"] = [list(edit) for edit in self.edits]
        style = asdict(self.style) if self.style is not None else None
        return {name: value for name, value in {**plain, "style": style}.items() if value}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ColumnNotation:
        """The notation that :meth:`to_dict` wrote; unknown names are left out."""
        style: dict[str, Any] = {name: value for name, value in (values.get("style") or {}).items() if name in _STYLE}
        if "affixes" in style:
            style["affixes"] = tuple(style["affixes"])
        return cls(
            str(values["kind"]),
            Style(**style) if style else None,
            tuple(values.get("formats", ())),
            tuple((str(pattern), str(instead)) for pattern, instead in values.get("edits", ())),
            tuple(values.get("words", ())),
        )


@dataclass(frozen=True)
class Interpretation:
    """How a file was understood."""

    columns: Mapping[str, ColumnNotation] = field(default_factory=dict)
    """Every column of the table in file order."""
    options: ReadOptions = field(default_factory=ReadOptions)
    """What the user said."""
    format: str = ""
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    header: bool | None = None
    decimal: str = ""
    """The sign before the decimals in most of the columns that prove one."""

    @property
    def names(self) -> list[str]:
        """The columns in file order."""
        return list(self.columns)

    def column(self, name: str) -> ColumnNotation | None:
        """The notation of a column, by its name or one that differs from it in case and blanks alone."""
        if name in self.columns:
            return self.columns[name]
        key = folded(name)
        return next((notation for other, notation in self.columns.items() if folded(other) == key), None)

    def to_dict(self) -> dict[str, Any]:
        """The record as plain values that JSON can hold; columns that are written alike stand together."""
        groups: list[dict[str, Any]] = []
        for place, (name, notation) in enumerate(self.columns.items()):
            plain = notation.to_dict()
            alike = next((group for group in groups if group["notation"] == plain), None)
            if alike is None:
                groups.append({"notation": plain, "names": [name], "places": [place]})
            else:
                alike["names"].append(name)
                alike["places"].append(place)
        layout = {name: getattr(self, name) for name in _LAYOUT}
        return {"version": 1, **layout, "options": self.options.to_dict(), "columns": groups}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Interpretation:
        """The record that :meth:`to_dict` wrote; unknown names are left out."""
        found: list[tuple[int, str, ColumnNotation]] = []
        for group in values.get("columns", ()):
            notation = ColumnNotation.from_dict(group["notation"])
            found += [(p, str(n), notation) for p, n in zip(group["places"], group["names"], strict=True)]
        ordered = {name: notation for _, name, notation in sorted(found, key=lambda one: one[0])}
        layout = {name: values[name] for name in _LAYOUT if name in values}
        return cls(ordered, ReadOptions.from_dict(values.get("options", {})), **layout)

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Interpretation | None:
        """The record in a stored dataset's report; None in one from before it was kept."""
        kept = report.get(KEPT_AS)
        return cls.from_dict(kept) if isinstance(kept, Mapping) else None


KEPT_AS = "interpretation"
"""Its name in a dataset's report, and that of its file among a detector's."""
_LAYOUT = ("format", "delimiter", "encoding", "sheet", "header", "decimal")


def understood(
    schema: pa.Schema, notations: Mapping[str, ColumnNotation], options: ReadOptions, layout: Mapping[str, Any]
) -> Interpretation:
    """The record of a file that was read.

    Parameters
    ----------
    schema
        The columns of the table that was made of it.
    notations
        How those columns were written that came as text.
    options
        What the user said.
    layout
        How the file was found to be laid out, by the fields of :class:`Interpretation`.
    """
    columns = {field.name: notations.get(field.name) or ColumnNotation(_kind(field.type)) for field in schema}
    signs = Counter(n.style.decimal for n in columns.values() if n.style is not None)
    decimal = options.decimal or (signs.most_common(1)[0][0] if signs else "")
    return Interpretation(columns, options, decimal=decimal, **layout)


def _kind(type: pa.DataType) -> str:
    """What a column of that type holds."""
    import pyarrow as pa

    if pa.types.is_boolean(type):
        return "boolean"
    if pa.types.is_integer(type):
        return "integer"
    if pa.types.is_floating(type) or pa.types.is_decimal(type):
        return "number"
    return "moment" if pa.types.is_temporal(type) else "text"


@dataclass(frozen=True)
class Trained:
    """A file that a later one is read like."""

    file: Interpretation
    needed: tuple[str, ...]
    """The columns that matter; all others are read as they come."""
    said: ReadOptions = field(default_factory=ReadOptions)
    """What the user says of the later file, which wins."""
    settled: bool = True
    """Whether the kinds of columns are settled, as by a detector: then what does not fit is missing, and counted."""

    def to_dict(self) -> dict[str, Any]:
        """The record as plain values that JSON can hold."""
        plain = {"file": self.file.to_dict(), "needed": list(self.needed), "said": self.said.to_dict()}
        return {**plain, "settled": self.settled}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Trained:
        """The record that :meth:`to_dict` wrote."""
        file, said = Interpretation.from_dict(values["file"]), ReadOptions.from_dict(values["said"])
        return cls(file, tuple(values["needed"]), said, bool(values["settled"]))

    def notation(self, name: str) -> ColumnNotation | None:
        """How a column that matters was written; None for any other."""
        keys = {folded(needed) for needed in self.needed}
        return self.file.column(name) if folded(name) in keys else None

    @property
    def other(self) -> str:
        """What the user calls the file that was read first."""
        return "the file that was trained on" if self.settled else "the first file"
