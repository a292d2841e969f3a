"""Scores as CSV, piece by piece, with cells that a spreadsheet would run as a formula made harmless."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.results.rows import RunRows

if TYPE_CHECKING:
    import pandas as pd

    from core.index.table import Table

OWN = ("row", "part", "label", "score", "flagged")
"""The columns that are always there; ``uncertainty`` follows where the model gives one."""
_FORMULA = re.compile(r"^[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$")
BOM = "\ufeff"


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that would be a formula gets an apostrophe in front.

    Numbers stay numbers, negative ones too, also where they are text ("-12.5"). What begins with a formula's sign after
    blanks, or with a full-width sign, counts as well, because some programs trim or translate those.
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.match(value):
        return "'" + value
    return value


def scores_csv(rows: RunRows, threshold: float, table: "Table | None" = None, piece: int = 20_000) -> Iterator[str]:
    """The lines of a run's scores, in row order.

    Parameters
    ----------
    rows
        The run's rows.
    threshold
        ``flagged`` is 1 where the score is above it.
    table
        The dataset, when the user's own columns shall stand beside the scores.
    piece
        Rows in memory at a time.

    Notes
    -----
    ``label`` is 1 for an anomaly, 0 for a normal row and empty where it is unknown. A column of the user's that is
    called like one of ours gets " (data)" behind its name.
    """
    header = True
    for batch in rows.batches(piece):
        frame = _score_columns(batch.to_pandas(), threshold, uncertain=rows.uncertain)
        if table is not None:
            frame = frame.join(_user_columns(table, frame))
        if header and table is not None:
            # Excel takes UTF-8 for something else without it; the scores alone are plain ASCII.
            yield BOM
        yield frame.to_csv(index=False, header=header, lineterminator="\r\n")
        header = False


def _score_columns(frame: "pd.DataFrame", threshold: float, *, uncertain: bool) -> "pd.DataFrame":
    frame = frame.assign(
        label=frame["label"].astype("Int8").mask(frame["label"] < 0),
        flagged=(frame["score"] > threshold).astype("int8"),
    )
    return frame[[*OWN, "uncertainty"] if uncertain else list(OWN)]


def _user_columns(table: "Table", frame: "pd.DataFrame") -> "pd.DataFrame":
    columns = table.frame(rows=frame["row"].to_numpy(), exact=True)
    for name in columns:
        if columns[name].dtype == object or str(columns[name].dtype) in ("str", "string"):
            columns[name] = columns[name].map(safe_cell, na_action="ignore")
    columns.index = frame.index
    taken = set(frame.columns)
    return columns.rename(columns={name: safe_cell(f"{name} (data)" if name in taken else name) for name in columns})
