"""Reads some rows of a finished run from its files: scores, ranks, latent positions and explanations.

Reads the run's Parquet files through DuckDB and returns only what is asked for; safe to share between threads. What the
rows hold beside that (the user's own columns) is :class:`core.index.table.Table`'s matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.metrics.groups import PARTS
from core.results.scored import ScoredRows

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

_COLUMNS = "row, part, label, score, uncertainty"


class RunRows:
    """What a run says about each row.

    Parameters
    ----------
    scores
        ``scores.parquet``: row, part, label, score and uncertainty of every row, and held_out where the run has it.
    explanations
        ``explanations.parquet``: the features of the rows with the highest scores; None when there is none.
    latent
        ``latent.parquet``: the place of some rows in the latent space; None when there is none.
    """

    def __init__(self, scores: Path, explanations: Path | None = None, latent: Path | None = None) -> None:
        import duckdb

        self._scores, self._explanations, self._latent = scores, explanations, latent
        self._connection = duckdb.connect()
        self._connection.execute("SET enable_progress_bar = false")

    @cached_property
    def count(self) -> int:
        """How many rows the run scored."""
        with self._file() as file:
            return int(file.metadata.num_rows)

    def scored(self) -> ScoredRows:
        """Every row's score, label and part, in memory."""
        # As a dictionary: a million part names as Python strings would take longer than everything else.
        with self._file(read_dictionary=["part"]) as file:
            kept = "held_out" in file.schema_arrow.names
            table = file.read(columns=["part", "label", "score", *(["held_out"] if kept else [])])
        part = table["part"].combine_chunks()
        names = part.dictionary.to_pylist()
        places = np.array([PARTS.index(name) for name in names], dtype=np.uint8)
        codes = places[part.indices.to_numpy()] if names else np.empty(0, np.uint8)
        held_out = table["held_out"].to_numpy() if kept else None
        return ScoredRows(table["score"].to_numpy(), table["label"].to_numpy(), codes, held_out)

    def uncertainty(self) -> NDArray[np.float64]:
        """Every row's uncertainty; NaN where the model gives none."""
        with self._file() as file:
            found: NDArray[np.float64] = file.read(columns=["uncertainty"])["uncertainty"].to_numpy()
        return found.astype(np.float64)

    def ranked(self, parts: Sequence[str], limit: int, offset: int = 0) -> pd.DataFrame:
        """Rows of some parts from the highest score down (equal scores by row number), a page of them."""
        names = ", ".join(f"'{part}'" for part in PARTS if part in parts)
        return self._query(
            f"SELECT {_COLUMNS} FROM read_parquet(?) WHERE part IN ({names or 'NULL'}) "
            "ORDER BY score DESC, row LIMIT ? OFFSET ?",
            [str(self._scores), limit, offset],
        )

    def one(self, row: int) -> dict[str, Any] | None:
        """What is known of one row: part, label, score and uncertainty; None when there is no such row."""
        found = self._query(f"SELECT {_COLUMNS} FROM read_parquet(?) WHERE row = ?", [str(self._scores), row])
        return None if found.empty else {str(name): value for name, value in found.iloc[0].items()}

    def some(self, rows: Sequence[int]) -> pd.DataFrame:
        """What is known of some rows, in their order: row, part, label, score and uncertainty."""
        values = ", ".join(f"({place}, {int(row)})" for place, row in enumerate(rows)) or "(NULL, NULL)"
        return self._query(
            f"SELECT {_COLUMNS} FROM (VALUES {values}) AS wanted(place, row) JOIN read_parquet(?) USING (row) "
            "ORDER BY place",
            [str(self._scores)],
        )

    def latent(self) -> pd.DataFrame | None:
        """The rows that have a place in the latent space: row, x, y, z, part, label and score, the highest last."""
        if self._latent is None:
            return None
        # The highest last, so that they are drawn on top of the crowd.
        return self._query(
            "SELECT row, x, y, z, part, label, score FROM read_parquet(?) AS place "
            "JOIN read_parquet(?) AS scored USING (row) ORDER BY score, row",
            [str(self._latent), str(self._scores)],
        )

    def explanation(self, row: int) -> pd.DataFrame | None:
        """The features of one row, the largest contribution first; None when the run did not keep them."""
        if self._explanations is None:
            return None
        found = self._query(
            "SELECT * EXCLUDE (row) FROM read_parquet(?) WHERE row = ? ORDER BY contribution DESC",
            [str(self._explanations), row],
        )
        return None if found.empty else found

    def explanations(self, rows: Sequence[int], most: int = 3) -> pd.DataFrame:
        """The features that contribute most to the scores of some rows, the largest share of a row first.

        Rows that the run did not explain are left out.
        """
        return self._explained("* EXCLUDE (file_row_number)", rows, most)

    def _explained(self, columns: str, rows: Sequence[int], most: int) -> pd.DataFrame:
        import pandas as pd

        if self._explanations is None or not len(rows):
            return pd.DataFrame(columns=["row", "feature", "contribution"])
        values = ", ".join(str(int(row)) for row in rows)
        order = "contribution DESC, file_row_number"
        return self._query(
            f"SELECT {columns} FROM read_parquet(?, file_row_number = true) WHERE row IN ({values}) "
            f"QUALIFY row_number() OVER (PARTITION BY row ORDER BY {order}) <= ? ORDER BY row, {order}",
            [str(self._explanations), most],
        )

    def reasons(self, rows: Sequence[int], most: int = 3) -> dict[int, list[tuple[str, float]]]:
        """The features that caused the scores of some rows, with their shares of the error."""
        reasons: dict[int, list[tuple[str, float]]] = {}
        found = self._explained("row, feature, contribution", rows, most)
        for row, feature, share in found.itertuples(index=False):
            reasons.setdefault(int(row), []).append((str(feature), float(share)))
        return reasons

    @property
    def uncertain(self) -> bool:
        """Whether any row has an uncertainty."""
        sql = "SELECT count(uncertainty) > 0 AS some FROM read_parquet(?)"
        return bool(self._query(sql, [str(self._scores)])["some"].iloc[0])

    def batches(self, size: int = 50_000) -> Iterator[pa.RecordBatch]:
        """Every row in row order, in pieces: row, part, label, score, uncertainty."""
        with self._file() as file:
            yield from file.iter_batches(size, columns=["row", "part", "label", "score", "uncertainty"])

    def _file(self, **how: Any) -> Any:
        """The scores, opened.

        Raises
        ------
        DataError
            When the file is damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self._scores, **how)
        except pa.ArrowInvalid as error:
            raise DataError(
                f"{self._scores.name} of the run cannot be read: {str(error).rstrip('.')}. Put it back from a copy, or "
                "train again."
            ) from None

    def _query(self, sql: str, parameters: list[Any]) -> pd.DataFrame:
        return self._cursor().execute(sql, parameters).df()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        # A cursor of its own for each call: sessions of several browsers read at once.
        return self._connection.cursor()
