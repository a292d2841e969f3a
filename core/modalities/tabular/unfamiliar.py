"""Values of new rows that can be read as nothing that training rows held, counted chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.readers.reading.report import counted

if TYPE_CHECKING:
    import pandas as pd

    from core.modalities.tabular.columns import ColumnEncoder

_MOST_NOTES = 8


class UnfamiliarValues:
    """What in the columns of new rows is unlike the training rows.

    Parameters
    ----------
    columns
        The fitted encoder of each feature.
    """

    def __init__(self, columns: Mapping[str, ColumnEncoder]) -> None:
        self._columns, self._rows = columns, 0
        self._filled: dict[str, int] = {}
        self._unread: dict[str, int] = {}
        self._examples: dict[str, str] = {}

    def add(self, frame: pd.DataFrame) -> None:
        """Count the values of further rows."""
        self._rows += len(frame)
        for name, encoder in self._columns.items():
            values = frame[name]
            self._filled[name] = self._filled.get(name, 0) + int(values.notna().sum())
            found = encoder.unfamiliar(values)
            if found.any():
                self._unread[name] = self._unread.get(name, 0) + int(found.sum())
                self._examples.setdefault(name, str(values[found].iloc[0])[:40])

    def notes(self) -> tuple[str, ...]:
        """A sentence for each column that needs one; new levels are told where most of the values are new."""
        notes = []
        for name, encoder in self._columns.items():
            filled, unread = self._filled.get(name, 0), self._unread.get(name, 0)
            if not filled and self._rows > 1:
                notes.append(f"Column {name!r} holds no value in any row.")
            elif unread and ("missing" in encoder.unfamiliar_words or unread > filled / 2):
                notes.append(
                    f"Of {counted(filled, 'value')} of column {name!r}, {unread:,} {encoder.unfamiliar_words}, such as "
                    f"{self._examples[name]!r}."
                )
        more = len(notes) - _MOST_NOTES
        return (*notes[:_MOST_NOTES], *([f"The same is true of {counted(more, 'other column')}."] if more > 0 else ()))
