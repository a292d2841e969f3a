"""A finished run's scores as input of the threshold rules, and its bootstrap intervals, kept beside the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.errors import AnomalensError, DataError
from core.metrics.groups import CLASSES
from core.thresholds import make_rule
from core.thresholds.bootstrap import Intervals, Resamples
from core.thresholds.evidence import Evidence
from core.thresholds.rates import rows_per_day
from core.thresholds.sample_weights import is_changed, sample_weights
from core.thresholds.texts import settings_text

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun

IntervalRequests = Sequence[tuple[str, Mapping[str, Any]]]
"""Rules with their settings."""


def run_evidence(run: FinishedRun) -> Evidence:
    """The scores of a finished run, as the rules see them.

    Raises
    ------
    DataError
        When the run has written no scores.
    """
    try:
        per_day = rows_per_day(run.table, run.schema)
    except AnomalensError:  # the dataset may be gone; the scores are still worth a threshold
        per_day = {}
    return Evidence.from_groups(run.groups, judged=run.judged, reference=run.reference, per_day=per_day)


def explorer_rates(run: FinishedRun, per_day: float | None) -> dict[str, Any]:
    """What the threshold explorer is told so that its rates are those of the data as it came, as JSON can hold it.

    ``weights`` (by class, in the order of ``CLASSES``) hold for the parts that are judged; alerts a day are counted in
    the parts ``stream``, which the network has not learnt from, with weights of their own.
    """
    totals = run.groups.totals
    unseen = Evidence.unseen_parts(totals, run.judged)
    judged, stream = sample_weights(totals, run.judged), sample_weights(totals, unseen)
    return {
        "perDay": per_day,
        "judged": list(run.judged),
        "weights": [judged[name] for name in CLASSES],
        "changed": is_changed({k: v for k, v in judged.items() if run.grid.rows(run.judged)[CLASSES.index(k)]}),
        "stream": list(unseen),
        "streamWeights": [stream[name] for name in CLASSES],
    }


def interval_key(rule: str, settings: Mapping[str, Any], evidence: Evidence) -> str:
    """Under what a rule's intervals are kept: all that they depend on beside the scores."""
    rates = ",".join(f"{name}={rate:.6g}" for name, rate in evidence.per_day.items()) if rule == "alerts" else ""
    return f"{rule}({settings_text(rule, settings)}){rates}"


def stored_intervals(run: FinishedRun) -> dict[str, Intervals]:
    """The intervals that were computed for a run so far."""
    try:
        kept = run.space.artifacts.read_json(_file(run))
    except DataError:
        return {}
    return {key: intervals_from(values) for key, values in kept.items()}


def compute_intervals(run: FinishedRun, requests: IntervalRequests) -> dict[str, dict[str, Any]]:
    """The intervals of some rules, as plain values; they are kept beside the run."""
    evidence = run_evidence(run)
    resamples = Resamples(evidence)
    found = {
        interval_key(rule, rule_settings, evidence): asdict(resamples.intervals(make_rule(rule, rule_settings)))
        for rule, rule_settings in requests
    }
    kept = {key: asdict(intervals) for key, intervals in stored_intervals(run).items()}
    run.space.artifacts.write_json(_file(run), dict(list((kept | found).items())[-_KEPT:]))
    return found


def intervals_from(stored: Mapping[str, Any]) -> Intervals:
    """Intervals from plain values."""
    pairs = (tuple(stored[name]) if stored[name] is not None else None for name in ("threshold", "precision", "recall"))
    threshold, precision, recall = pairs
    return Intervals(threshold, precision, recall, stored["held_out_f1"])


_KEPT = 200


def _file(run: FinishedRun) -> str:
    return f"{run.score_folder}/intervals.json"
