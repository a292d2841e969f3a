"""Verdicts as a file: CSV that no spreadsheet runs as formulas, or Parquet."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from core.results.export import BOM, safe_cell

if TYPE_CHECKING:
    import pandas as pd

    from core.results.finished_run import FinishedRun
    from core.triage.current_verdicts import CurrentVerdicts

COLUMNS = ("row", "score", "flagged", "verdict", "comment", "tag", "author", "at", "others", "shown_by")


def verdicts_frame(current_verdicts: CurrentVerdicts, run: FinishedRun, threshold: float) -> pd.DataFrame:
    """A line for each judged row, by row number, with the columns :data:`COLUMNS`.

    ``score`` and ``flagged`` are those of the run, missing where it has no such row; ``others`` is what other people
    say of the row, where that is something else.
    """
    import pandas as pd

    numbers = sorted(current_verdicts.rows)
    scored = run.rows.some(numbers).set_index("row")["score"].reindex(numbers)
    verdicts = [current_verdicts.rows[number] for number in numbers]
    frame = pd.DataFrame(
        {
            "row": np.array(numbers, dtype=np.int64),
            "score": scored.to_numpy(np.float64),
            "flagged": pd.array((scored > threshold).to_numpy(), dtype="Int8"),
            "verdict": [one.entry.verdict for one in verdicts],
            "comment": [one.entry.comment for one in verdicts],
            "tag": [one.entry.tag for one in verdicts],
            "author": [one.entry.author for one in verdicts],
            "at": pd.to_datetime([one.entry.at for one in verdicts], utc=True),
            "others": ["; ".join(f"{entry.author}: {entry.verdict}" for entry in one.others) for one in verdicts],
            "shown_by": [one.entry.shown_by for one in verdicts],
        }
    )
    frame["flagged"] = frame["flagged"].mask(frame["score"].isna())
    return frame


def as_csv(frame: pd.DataFrame) -> str:
    """The lines, with a mark by which Excel knows the character set."""
    safe = frame.assign(at=frame["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ") if len(frame) else [])
    for name in ("comment", "tag", "author", "others"):
        safe[name] = safe[name].map(safe_cell)
    text: str = safe.to_csv(index=False, lineterminator="\r\n")
    return BOM + text


def as_parquet(frame: pd.DataFrame) -> bytes:
    """The same as Parquet."""
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
