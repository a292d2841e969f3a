"""Scores the rows of a file that no run has seen, in bounded memory, and says what in it is unlike the training rows.

Knows neither runs nor where a detector comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from core.index.table import Table

if TYPE_CHECKING:
    from core.detector.trained import Trained

CHUNK_ROWS = 100_000


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
    unfamiliar, flagged = trained.encoder.unfamiliar(), 0
    with _whole(out) as file:
        for start in range(0, max(table.rows, 1), CHUNK_ROWS):
            rows = np.arange(start, min(start + CHUNK_ROWS, table.rows))
            frame = table.frame(features, rows=rows)
            unfamiliar.add(frame)
            found = trained.score(frame)
            above = trained.flagged(found.score)
            flagged += int(above.sum())
            columns = {"row": rows, "score": found.score}
            if found.uncertainty is not None:
                columns["uncertainty"] = found.uncertainty
            chunk = pd.DataFrame(columns).assign(flagged=above.astype(int))
            chunk.to_csv(file, index=False, header=start == 0, lineterminator="\n")
    return ScoredFile(table.rows, flagged, unfamiliar.notes())


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
