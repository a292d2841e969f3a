"""Scores the rows of a file that no run has seen, in bounded memory, and says what in it is unlike the training rows.

Knows neither runs nor where a detector comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from core.index.table import Table
from core.readers.reading.report import counted

if TYPE_CHECKING:
    import pandas as pd

    from core.detector.trained import Trained
    from core.modalities.tabular.encoder import TabularEncoder

CHUNK_ROWS = 100_000
_MOST_NOTES = 8


@dataclass(frozen=True)
class ScoredFile:
    """How many rows there are, how many of them are flagged, and sentences for the user about the file."""

    rows: int
    flagged: int
    notes: tuple[str, ...]


def score_table(trained: Trained, table: Table, out: Path) -> ScoredFile:
    """Write row, score, uncertainty (where there is one) and flagged of every row as CSV, whole or not at all.

    Raises
    ------
    DataError
        When the table lacks columns that the detector was trained on.
    """
    import pandas as pd

    features = trained.encoder.features
    trained.refuse_other_columns(table.columns)
    strange, flagged = _Strange(trained.encoder), 0
    with _whole(out) as file:
        for start in range(0, max(table.rows, 1), CHUNK_ROWS):
            rows = np.arange(start, min(start + CHUNK_ROWS, table.rows))
            frame = table.frame(features, rows=rows)
            strange.add(frame)
            found = trained.score(frame)
            above = trained.flagged(found.score)
            flagged += int(above.sum())
            columns = {"row": rows, "score": found.score}
            if found.uncertainty is not None:
                columns["uncertainty"] = found.uncertainty
            chunk = pd.DataFrame(columns).assign(flagged=above.astype(int))
            chunk.to_csv(file, index=False, header=start == 0, lineterminator="\n")
    return ScoredFile(table.rows, flagged, strange.notes())


@dataclass
class _Strange:
    """Counts, chunk by chunk, the values that can be read as nothing that training rows held."""

    encoder: TabularEncoder
    rows: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, frame: pd.DataFrame) -> None:
        self.rows += len(frame)
        for name, encoder in self.encoder.columns.items():
            values = frame[name]
            self.filled[name] = self.filled.get(name, 0) + int(values.notna().sum())
            found = encoder.strange(values)
            if found.any():
                self.unread[name] = self.unread.get(name, 0) + int(found.sum())
                self.examples.setdefault(name, str(values[found].iloc[0])[:40])

    def notes(self) -> tuple[str, ...]:
        """A sentence for each column that needs one; new levels are told where most of the values are new."""
        said = []
        for name, encoder in self.encoder.columns.items():
            filled, unread = self.filled.get(name, 0), self.unread.get(name, 0)
            if not filled and self.rows > 1:
                said.append(f"Column {name!r} holds no value in any row.")
            elif unread and ("missing" in encoder.strange_are or unread > filled / 2):
                said.append(
                    f"Of {counted(filled, 'value')} of column {name!r}, {unread:,} {encoder.strange_are}, such as "
                    f"{self.examples[name]!r}."
                )
        more = len(said) - _MOST_NOTES
        return (*said[:_MOST_NOTES], *([f"The same is true of {counted(more, 'other column')}."] if more > 0 else ()))


@contextmanager
def _whole(out: Path) -> Iterator[TextIO]:
    """A file to write that takes the place of ``out`` when all went well; a device or a pipe is written to at once."""
    direct = out.exists() and not out.is_file()
    target = out if direct else out.with_name(f"{out.name}.part")
    try:
        with target.open("w", encoding="utf-8", newline="") as file:
            yield file
        if not direct:
            target.replace(out)
    finally:
        if not direct:
            target.unlink(missing_ok=True)
