"""A note: one thing that was decided, left out, converted or could not be done; its kind, and the order of kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KINDS = {
    "damage": "Files that are damaged or gone",
    "reading": "How the file was read",
    "missing words": "Words that count as missing",
    "missing codes": "Numbers that may mean no value",
    "infinite": "Numbers without end",
    "label": "The label",
    "unlabelled": "Rows without a label",
    "rounded": "Numbers that differ beyond the digits of a float",
    "codes": "Numbers kept as categories",
    "role": "Columns with another part",
    "ignored": "Columns left out",
    "constant": "Constant columns",
    "duplicates": "Duplicate rows",
    "division": "How the rows are divided",
    "training": "The training",
    "other": "Rare categories",
    "threshold": "The threshold",
    "flagged": "Flagged rows that are not judged",
    "judging": "What cannot be measured",
}
"""Kind of a note -> what it is about, in the order of the list."""


@dataclass(frozen=True)
class Note:
    """One note."""

    kind: str
    """One of :data:`KINDS`."""
    text: str
    columns: tuple[str, ...] = ()
    """The columns that it is about."""

    def to_dict(self) -> dict[str, Any]:
        """The note as plain values that JSON can hold."""
        return {"kind": self.kind, "text": self.text, "columns": list(self.columns)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Note:
        """The note that :meth:`to_dict` wrote."""
        return cls(str(values["kind"]), str(values["text"]), tuple(values.get("columns", ())))


def in_order(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The notes by kind, those of one kind as they came, none twice."""
    places = {kind: place for place, kind in enumerate(KINDS)}
    return tuple(sorted(dict.fromkeys(notes), key=lambda note: places.get(note.kind, len(places))))


def quoted(names: Sequence[str], most: int = 6) -> str:
    """Names in quotes with commas between them, the rest as a number."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def joined(parts: Sequence[str]) -> str:
    """Parts of a sentence with commas, and an "and" before the last."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
