"""The summary of the verdicts under a run: how many rows are judged, the precision so far, a suggested threshold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.triage import VERDICTS
from core.triage.precision import Precision, precision
from core.triage.suggestion import Suggestion, suggest

if TYPE_CHECKING:
    from core.triage.current_verdicts import CurrentVerdicts
    from core.triage.learn import RankingData
    from core.triage.triage_rows import TriageRows


@dataclass(frozen=True)
class Summary:
    """The state of a triage."""

    judged: int
    """Rows with a verdict, wherever they are."""
    counts: dict[str, int]
    """How many of each verdict."""
    conflicts: int
    """Rows that people see differently."""
    set_aside: int
    """Rows whose verdict is about something else than what the row holds now."""
    flagged: int
    flagged_judged: int
    precision: Precision
    suggestion: Suggestion

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)


def summarise(
    current_verdicts: CurrentVerdicts,
    triage_rows: TriageRows,
    ranking: RankingData,
    threshold: float,
    parts: tuple[str, ...],
    flagged: int,
) -> Summary:
    """The state of a triage.

    Parameters
    ----------
    current_verdicts
        The verdicts.
    triage_rows, ranking
        The run's rows at the threshold.
    threshold
        Rows above it are flagged.
    parts
        The parts whose rows are looked at.
    flagged
        How many of their rows are flagged, also beyond these.
    """
    rows = np.fromiter(current_verdicts.rows, dtype=np.int64)
    at = triage_rows.places(rows) if len(triage_rows) else np.full(len(rows), -1)
    above = [
        current_verdicts.rows[int(row)]
        for row, place in zip(rows, at, strict=True)
        if place >= 0 and triage_rows.score[place] > threshold and triage_rows.part[place] in parts
    ]
    places, anomalous = triage_rows.decided(current_verdicts)
    return Summary(
        judged=len(rows),
        counts={name: sum(one.entry.verdict == name for one in current_verdicts.rows.values()) for name in VERDICTS},
        conflicts=sum(one.conflict for one in current_verdicts.rows.values()),
        set_aside=current_verdicts.set_aside,
        flagged=flagged,
        flagged_judged=len(above),
        precision=precision(above, flagged),
        suggestion=suggest(ranking.prior[places], triage_rows.score[places], anomalous),
    )
