"""Evaluates all threshold rules on the same scores: what each flags, its cost, and its measures where labels are."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import AnomalensError
from core.metrics.evaluation import Confusion
from core.params import to_dict
from core.thresholds import THRESHOLDS, make_rule, rule_names
from core.thresholds.bootstrap import Intervals, Resamples
from core.thresholds.cost import CostMatrix
from core.thresholds.evidence import Evidence

Settings = Mapping[str, Mapping[str, Any]]
"""Settings by rule; a rule that is not named has its defaults."""


@dataclass(frozen=True)
class Outcome:
    """What one rule does with the judged rows; None where it cannot be told."""

    rule: str
    title: str
    settings: Mapping[str, Any]
    threshold: float | None = None
    flagged: int | None = None
    share: float | None = None
    """Of the data as it came, as far as the judged rows tell."""
    alerts_per_day: float | None = None
    """Once all rows that come in a day are scored; where the time is known."""
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    false_positive_rate: float | None = None
    cost: float | None = None
    """Of the misses and false alarms in the data as it came, by the cost matrix's settings."""
    guarantee: str = ""
    caution: str = ""
    problem: str = ""
    """Why there is no threshold."""
    intervals: Intervals | None = None

    def to_dict(self) -> dict[str, Any]:
        """The outcome as plain values that JSON can hold."""
        return asdict(self)


def evaluate(name: str, settings: Mapping[str, Any] | None, evidence: Evidence, costs: Any = None) -> Outcome:
    """What one rule does.

    Parameters
    ----------
    name
        The rule's name.
    settings
        Its settings; what is not named keeps its default.
    evidence
        The scores.
    costs
        The cost matrix's ``Config``; its defaults where None.

    Raises
    ------
    UnknownNameError
        When there is no such rule.
    ConfigError
        For a setting that does not exist or is out of range. What the scores do not allow is the outcome's problem.
    """
    rule = make_rule(name, settings)
    plain = Outcome(name, rule.title, to_dict(rule.config))
    try:
        threshold = rule.apply(evidence)
    except AnomalensError as problem:
        return replace(plain, problem=str(problem))
    words = rule.words(evidence, threshold)
    return replace(
        at_threshold(threshold, evidence, costs),
        rule=name,
        title=rule.title,
        settings=plain.settings,
        guarantee=words.guarantee,
        caution=words.caution,
    )


def at_threshold(threshold: float, evidence: Evidence, costs: Any = None, *, title: str = "") -> Outcome:
    """What a threshold does, whoever set it."""
    costs, batch = costs or CostMatrix.Config(), evidence.batch
    flagged = int(batch.above(threshold))
    share = evidence.weighted.share_above(threshold)
    coming, day = evidence.stream.share_above(threshold), evidence.rows_per_day
    plain = Outcome(
        "",
        title,
        {},
        threshold,
        flagged,
        share,
        alerts_per_day=None if coming is None or day is None else coming * day,
    )
    if not evidence.labelled:
        return plain
    caught, alarms = (int(s.above(threshold)) for s in (evidence.judged_anomalies, evidence.judged_normal))
    counts = Confusion(caught, alarms, evidence.judged_anomalies.size - caught, evidence.judged_normal.size - alarms)
    return replace(
        plain,
        precision=counts.precision,
        recall=counts.recall,
        f1=counts.f1,
        false_positive_rate=counts.false_positive_rate,
        cost=costs.miss * evidence.weights.get("anomaly", 1.0) * counts.false_negatives
        + costs.alarm * evidence.weights.get("normal", 1.0) * counts.false_positives,
    )


def side_by_side(evidence: Evidence, settings: Settings | None = None) -> list[Outcome]:
    """Every rule's outcome, in the order of a list.

    Raises
    ------
    ConfigError
        For a setting that does not exist or is out of range.
    """
    chosen = settings or {}
    costs = make_rule("cost", chosen.get("cost")).config
    return [evaluate(name, chosen.get(name), evidence, costs) for name in rule_names()]


def with_intervals(outcome: Outcome, resamples: Resamples) -> Outcome:
    """The outcome with its bootstrap intervals; unchanged where there is no threshold."""
    if outcome.threshold is None or outcome.rule not in THRESHOLDS:
        return outcome
    return replace(outcome, intervals=resamples.intervals(make_rule(outcome.rule, outcome.settings)))
