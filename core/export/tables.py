"""Scores as Parquet, written by DuckDB in bounded memory; their CSV is in ``core/results/export.py``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.index.table import ROW, quoted
from core.results.export import OWN

if TYPE_CHECKING:
    from core.index.table import Table


def scores_parquet(scores: Path, threshold: float, out: Path, table: Table | None = None) -> None:
    """Write a run's scores in row order: row, part, label, score, uncertainty, flagged.

    Parameters
    ----------
    scores
        The run's ``scores.parquet``.
    threshold
        ``flagged`` is true where the score is above it.
    out
        The file to write.
    table
        The dataset, when the user's own columns shall stand beside the scores. One that is called like one of ours gets
        " (data)" behind its name.

    Notes
    -----
    ``label`` is 1 for an anomaly, 0 for a normal row and null where it is unknown.
    """
    import duckdb

    columns = (
        "scored.row, CAST(scored.part AS VARCHAR) AS part, nullif(scored.label, -1) AS label, scored.score, "
        f"scored.uncertainty, scored.score > CAST('{float(threshold)!r}' AS DOUBLE) AS flagged"
    )
    source = f"read_parquet({_literal(scores)}) AS scored"
    if table is not None:
        taken = {*OWN, "uncertainty"}
        theirs = [
            f"data.{quoted(name)} AS {quoted(f'{name} (data)' if name.lower() in taken else name)}"
            for name in table.columns
        ]
        columns, source = ", ".join([columns, *theirs]), f"{source} JOIN data ON data.{ROW} = scored.row"
    query = f"SELECT {columns} FROM {source} ORDER BY scored.row"
    sql = f"COPY ({query}) TO {_literal(out)} (FORMAT parquet, COMPRESSION zstd)"
    if table is not None:
        table.fetch(sql)
    else:
        with duckdb.connect() as connection:
            connection.execute(sql)


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
