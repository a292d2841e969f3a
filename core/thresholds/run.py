"""A finished run's scores as the rules see them, and its bootstrap intervals, computed once and kept beside the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.errors import AnomalensError, DataError
from core.settings import Settings
from core.thresholds import make_rule
from core.thresholds.bootstrap import Intervals, Resamples
from core.thresholds.evidence import Evidence, judged_parts, reference_part
from core.thresholds.texts import settings_text

if TYPE_CHECKING:
    from core.metrics.groups import ScoreGroups
    from core.store.records import Run
    from core.store.workspace import Workspace

IntervalRequests = Sequence[tuple[str, Mapping[str, Any]]]
"""Rules with their settings."""


def run_evidence(space: Workspace, run: Run, score: str = "", groups: ScoreGroups | None = None) -> Evidence:
    """The scores of a finished run.

    Parameters
    ----------
    space
        The workspace.
    run
        A finished run.
    score
        The name of another score that was computed for it; its own by default.
    groups
        Its scores, where they are at hand.

    Raises
    ------
    DataError
        When the run has written no scores.
    """
    from core.index.schema import Schema
    from core.index.table import Table
    from core.results.rows import RunRows
    from core.thresholds.rates import rows_per_day

    groups = groups or RunRows.open(space.artifacts, run.id, score).groups()
    try:
        dataset = space.store.dataset(run.dataset_id)
        per_day = rows_per_day(Table.open(dataset, space.artifacts), Schema.from_dict(dataset.schema))
    except AnomalensError:  # the dataset may be gone; the scores are still worth a threshold
        per_day = {}
    return Evidence.from_groups(
        groups,
        judged=judged_parts(groups, str((run.result or {}).get("judged"))),
        reference=reference_part(groups, run.recipe.threshold.reference),
        per_day=per_day,
    )


def interval_key(rule: str, settings: Mapping[str, Any], evidence: Evidence) -> str:
    """Under what a rule's intervals are kept: all that they depend on beside the scores."""
    rates = ",".join(f"{name}={rate:.6g}" for name, rate in evidence.per_day.items()) if rule == "alerts" else ""
    return f"{rule}({settings_text(rule, settings)}){rates}"


def stored_intervals(space: Workspace, run_id: str, score: str) -> dict[str, Intervals]:
    """The intervals that were computed for a run so far."""
    try:
        kept = space.artifacts.read_json(_file(run_id, score))
    except DataError:
        return {}
    return {key: intervals_from(told) for key, told in kept.items()}


def compute_intervals(
    run_id: str, score: str, wanted: IntervalRequests, settings: Settings
) -> dict[str, dict[str, Any]]:
    """The intervals of some rules, as plain values; what a page asks a worker for, which keeps them beside the run."""
    from core.store.workspace import open_workspace

    space = open_workspace(settings)
    evidence = run_evidence(space, space.store.run(run_id), score)
    resamples = Resamples(evidence)
    found = {
        interval_key(rule, chosen, evidence): asdict(resamples.intervals(make_rule(rule, chosen)))
        for rule, chosen in wanted
    }
    kept = {key: asdict(intervals) for key, intervals in stored_intervals(space, run_id, score).items()}
    space.artifacts.write_json(_file(run_id, score), dict(list((kept | found).items())[-_KEPT:]))
    return found


def intervals_from(stored: Mapping[str, Any]) -> Intervals:
    """Intervals from plain values."""
    pairs = (tuple(stored[name]) if stored[name] is not None else None for name in ("threshold", "precision", "recall"))
    threshold, precision, recall = pairs
    return Intervals(threshold, precision, recall, stored["held_out_f1"])


_KEPT = 200


def _file(run_id: str, score: str) -> str:
    return f"runs/{run_id}/scores/{score}/intervals.json" if score else f"runs/{run_id}/intervals.json"
