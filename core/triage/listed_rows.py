"""Some rows of a run as a file to work with: rank, line in the file, score, reasons, verdicts, the user's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AnomalensError, DataError
from core.readers.file_places import FilePlaces
from core.results.export import BOM, safe_cell

if TYPE_CHECKING:
    import pandas as pd

    from core.results.finished_run import FinishedRun

MOST = 200_000
"""Rows of a list; more are had as scores, which are written piece by piece."""
EXPLAINED = 2_000
"""Rows whose reasons are asked for; of those below the reasons are those that the run stored."""
ENDINGS = ("csv", "xlsx", "parquet")
_LABELS = {1: "anomaly", 0: "normal"}


def listed_rows(
    run: FinishedRun,
    rows: NDArray[np.int64],
    threshold: float,
    reasons: Mapping[int, Sequence[tuple[str, float]]] | None = None,
) -> pd.DataFrame:
    """A line for each row, in the order given.

    Parameters
    ----------
    run
        The run, under the score that is told.
    rows
        Row numbers.
    threshold
        ``flagged`` is "yes" where the score is above it.
    reasons
        The parts behind each score with their shares; those that the run stored for rows that are not named.

    Raises
    ------
    DataError
        When there are more rows than a list may have.
    """
    import pandas as pd

    if len(rows) > MOST:
        raise DataError(
            f"A list has {MOST:,} {run.nouns.samples} at most, and these are {len(rows):,}. Raise the threshold, or "
            "take the scores of all, which are written piece by piece."
        )
    known = run.rows.some(rows.tolist())
    told = run.rows.reasons(rows.tolist()) | {row: list(found) for row, found in (reasons or {}).items()}
    columns: dict[str, Any] = {
        "rank": [run.scored.rank(int(row))[0] for row in rows] if len(rows) <= EXPLAINED else _ranks(run, rows),
        "row": rows,
    }
    if run.has_dataset:
        files, lines = FilePlaces.of(run.dataset).of_rows(rows)
        columns |= {"file": files, "line": pd.array(lines, dtype="Int64")}
    if run.has_samples and not run.modality.reads_columns:
        columns["name"] = [run.samples.name(int(row)) for row in rows]
    columns |= {
        "part": known["part"].astype(str).to_numpy(),
        "score": known["score"].to_numpy(np.float64),
        "flagged": np.where(known["score"].to_numpy() > threshold, "yes", "no"),
    }
    if run.labelled:
        columns["label"] = [_LABELS.get(int(label), "") for label in known["label"]]
    columns["because"] = [_because(told.get(int(row), ())) for row in rows]
    frame = pd.DataFrame(columns)
    return _with_columns(run, _with_verdicts(run, frame, rows), rows)


def _ranks(run: FinishedRun, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    ranks = np.empty(len(run.scored), dtype=np.int64)
    ranks[run.scored.order] = 1 + np.arange(len(run.scored))
    judged = run.is_judged
    among = np.empty_like(ranks)
    among[run.scored.order] = np.cumsum(judged[run.scored.order])
    found: NDArray[np.int64] = np.where(judged[rows], among[rows], ranks[rows])
    return found


def _with_verdicts(run: FinishedRun, frame: pd.DataFrame, rows: NDArray[np.int64]) -> pd.DataFrame:
    from core.triage.current_verdicts import CurrentVerdicts

    if not run.has_samples:
        return frame
    verdicts = CurrentVerdicts.of_run(run).rows
    given = [verdicts.get(int(row)) for row in rows]
    for name in ("verdict", "comment", "tag", "author"):
        frame[name] = ["" if one is None else str(getattr(one.entry, name)) for one in given]
    return frame


def _with_columns(run: FinishedRun, frame: pd.DataFrame, rows: NDArray[np.int64]) -> pd.DataFrame:
    """The user's own columns behind; one that is called like one of ours gets " (data)" behind its name."""
    try:
        own = run.table.frame(rows=rows, exact=True)
    except AnomalensError:
        return frame
    taken = {name.lower() for name in frame.columns}
    own.index = frame.index
    return frame.join(own.rename(columns={n: f"{n} (data)" if str(n).lower() in taken else n for n in own}))


def _because(reasons: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in reasons if share >= 0.01)


def as_file(frame: pd.DataFrame, ending: str) -> bytes:
    """The list as CSV, as an Excel workbook or as Parquet; no cell of either table is run as a formula.

    Raises
    ------
    DataError
        For another ending.
    """
    if ending == "parquet":
        return _parquet(frame)
    if ending not in ENDINGS:
        raise DataError(f"Rows are written as {', '.join(ENDINGS)}. Got {ending!r}. Choose one of these endings.")
    safe = frame.copy()
    for name in safe:
        if safe[name].dtype == object or str(safe[name].dtype) in ("str", "string"):
            safe[name] = safe[name].map(safe_cell, na_action="ignore")
    safe.columns = [safe_cell(str(name)) for name in safe.columns]
    if ending == "csv":
        text: str = safe.to_csv(index=False, lineterminator="\r\n")
        return (BOM + text).encode()
    for name in safe:
        if str(safe[name].dtype).startswith("datetime64[ns,") or getattr(safe[name].dtype, "tz", None) is not None:
            safe[name] = safe[name].astype(str)  # a workbook knows no time zones
    buffer = BytesIO()
    safe.to_excel(buffer, index=False, sheet_name="rows", engine="openpyxl", freeze_panes=(1, 0))
    return buffer.getvalue()


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
