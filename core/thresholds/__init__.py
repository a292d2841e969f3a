"""The rules that set a threshold, one a file, and the functions that apply them.

A row is flagged when its score is above the threshold (``score > threshold``), everywhere. Imports no torch.
"""

from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from core.registry import Registry
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence

THRESHOLDS: Registry[type[ThresholdRule]] = Registry("threshold rule", "core.thresholds")

UNITS = ("percentile", "value", "fpr")
"""The rules whose number can be typed in the explorer: the units of a threshold."""

__all__ = ["THRESHOLDS", "UNITS", "Evidence", "RuleTexts", "ThresholdRule", "make_rule", "rule_names", "set_threshold"]


def set_threshold(rule: str, value: float, reference_scores: ArrayLike, *, labels: ArrayLike | None = None) -> float:
    """The threshold that a rule gives for a number of the user's.

    Parameters
    ----------
    rule
        A name in :data:`THRESHOLDS` with one number: ``percentile``, ``value``, ``fpr``, ``mad``, ``iqr``, ``pot``.
    value
        The rule's number: a percentile (0 to 100), a score, a false-positive rate (0 to 1), a factor, a risk.
    reference_scores
        Scores of the rows that the rule looks at, shape (n,).
    labels
        Labels of the same rows (1 anomaly, 0 normal, -1 unknown). Rules that want normal rows take those with 0;
        without labels they take every reference row for normal.

    Raises
    ------
    UnknownNameError
        When no rule has that name.
    ConfigError
        When the value is out of the rule's range, or the rule needs more than reference rows.
    DataError
        When there are no reference rows, or none of them is normal, and the rule needs them.
    """
    chosen = THRESHOLDS[rule]
    number = chosen.check(value)
    param = chosen.number()
    assert param is not None
    return make_rule(rule, {param.name: number}).apply(Evidence.of(reference_scores, labels))


def make_rule(name: str, settings: Mapping[str, Any] | None = None) -> ThresholdRule:
    """A rule by name, with plain settings.

    Raises
    ------
    UnknownNameError
        When no rule has that name.
    ConfigError
        For an unknown setting, a wrong type, or a value out of range.
    """
    return THRESHOLDS[name].create(settings)


def rule_names(*, before_scoring: bool = False) -> list[str]:
    """The rules in the order of a list; ``before_scoring`` only those that one number sets from reference rows."""
    rules = [(cls.order, name) for name, cls in THRESHOLDS.items() if not before_scoring or cls.number()]
    return [name for _, name in sorted(rules)]
