"""The base class of threshold rules: settings, and a threshold computed from the scores of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np

from core.errors import ConfigError, DataError
from core.params import Param, build, describe
from core.thresholds.evidence import Evidence

_WIDEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class RuleTexts:
    """What must be known about a threshold, in sentences; each may be empty."""

    guarantee: str = ""
    """What it promises."""
    caution: str = ""
    """Why the promise does not hold here, or what to be careful about."""


class ThresholdRule:
    """Base of the rules; a rule is one small file with a title, a ``Config`` and the method ``threshold``.

    Parameters
    ----------
    config
        The rule's settings, an instance of its ``Config``.

    Attributes
    ----------
    default, low, high, help
        Of the one number with which the rule can be set where nothing but the reference rows is known, as while a
        network is trained: its first setting. They are not there where there is no such number.
    """

    title: ClassVar[str]
    """The rule's name on screen."""
    when: ClassVar[str]
    """One line on when to use it."""
    formula: ClassVar[str]
    """The threshold t as a formula, for the page."""
    order: ClassVar[int] = 100
    """Its place in a list; the lowest comes first."""
    needs: ClassVar[str] = "reference"
    """What it looks at: "reference", "judged" (the judged rows too), "labels" (judged rows of both classes)."""
    default: ClassVar[float]
    low: ClassVar[float]
    high: ClassVar[float]
    help: ClassVar[str]

    @dataclass(frozen=True)
    class Config:
        """A rule without settings."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if number := cls.number():
            cls.default, cls.help = cast(float, number.default), number.help
            cls.low = -_WIDEST if number.low is None else number.low
            cls.high = _WIDEST if number.high is None else number.high

    def __init__(self, config: Any) -> None:
        self.config = config

    @classmethod
    def create(cls, settings: Mapping[str, Any] | None = None) -> ThresholdRule:
        """A rule from plain settings; what is not named keeps its default.

        Raises
        ------
        ConfigError
            For an unknown name, a wrong type, or a value out of range.
        """
        if settings and not cls.params():
            raise ConfigError(f"{cls.title} has no settings. Leave out {next(iter(settings))!r}.")
        return cls(build(cls.Config, settings or {}))

    @classmethod
    def params(cls) -> tuple[Param, ...]:
        """The settings, for a form."""
        return describe(cls.Config)

    @classmethod
    def number(cls) -> Param | None:
        """The setting that is the rule's one number; None where the rule needs more than reference rows and it."""
        params = cls.params() if cls.needs == "reference" else ()
        return params[0] if params and params[0].type == "float" else None

    @classmethod
    def check(cls, value: float) -> float:
        """``value`` when it is in the range of the rule's one number.

        Raises
        ------
        ConfigError
            Says the range and the value that was given.
        """
        if cls.number() is None:
            raise ConfigError(
                f"{cls.title} cannot be set by one number before the judged rows are scored. Train with another rule, "
                "such as percentile, and choose this one afterwards."
            )
        number = float(value)
        if not cls.low <= number <= cls.high:
            raise ConfigError(f"{cls.title} must be {cls._range()}. Got {number:g}.")
        return number

    def threshold(self, evidence: Evidence) -> float:
        """The threshold: rows with a higher score are flagged.

        Raises
        ------
        ConfigError
            When the settings contradict each other.
        DataError
            When what the rule needs is not there.
        """
        raise NotImplementedError

    def few_rows(self, evidence: Evidence, threshold: float) -> str:
        """A warning where too few rows set the threshold for the share that was asked for; empty otherwise."""
        return ""

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """What the threshold promises, and what to be careful about."""
        return RuleTexts()

    def apply(self, evidence: Evidence) -> float:
        """:meth:`threshold`, of scores that are numbers alone.

        Raises
        ------
        DataError
            When a score is not a number, as after a training that diverged, or the rule comes to no number.
        """
        # NaN sorts last.
        if any(sample.size and np.isnan(sample.values[-1]) for sample in evidence.samples()):
            raise DataError(
                "A threshold needs scores that are numbers, and some scores of the reference rows are not (NaN). "
                "Train again with a smaller learning rate."
            )
        found = float(self.threshold(evidence))
        if np.isnan(found):
            raise DataError(
                f"{self.title} comes to no number, because too many scores are infinite. Choose a percentile, or "
                "train again with a smaller learning rate."
            )
        return found

    @classmethod
    def _range(cls) -> str:
        if cls.high < _WIDEST:
            return f"between {cls.low:g} and {cls.high:g}"
        return "a finite number" if cls.low <= -_WIDEST else f"{cls.low:g} or more"
