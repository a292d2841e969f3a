"""The threshold by the alerts that people can look at in a day."""

from dataclasses import dataclass

from core.errors import DataError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds._counting import share_ties
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("alerts")
class AlertsPerDay(ThresholdRule):
    """The lowest threshold with at most so many alerts a day on average.

    A share a / r of the rows is above it, a the alerts wanted and r the dataset's rows a day: what is judged is a
    sample of the rows, in which each row stands for as many as its split left out
    (:mod:`core.thresholds.sample_weights`), and all of them are scored once the detector is at work.
    """

    title = "Alerts per day"
    when = "When somebody looks at every alert: as many as they manage. Needs a time column, or the days in all."
    formula = r"t = \min\{s : \Pr(\text{score} > s) \cdot \text{rows per day} \leq n\}"
    order = 75
    needs = "judged"

    @dataclass(frozen=True)
    class Config:
        """How many alerts, and how the days are counted."""

        per_day: float = param(10.0, "Alerts a day, on average.", low=0.0, high=1e9, label="Alerts per day")
        column: str = param("", "The column that tells the time; empty takes the one with the role time.")
        days: float = param(
            0.0, "Days that all rows of the dataset span; 0 takes them from the time column.", low=0.0, high=1e6
        )

    def rows_per_day(self, evidence: Evidence) -> float:
        """How many rows of the dataset come in a day.

        Raises
        ------
        DataError
            When no column tells the time and the days are not given either.
        """
        if self.config.days:
            return evidence.rows / float(self.config.days)
        if self.config.column and self.config.column not in evidence.per_day:
            known = f" Those that do: {', '.join(evidence.per_day)}." if evidence.per_day else ""
            raise DataError(
                f"The column {self.config.column!r} does not tell the time of the rows.{known} Name another, or say "
                "how many days all rows span (days)."
            )
        found = evidence.per_day.get(self.config.column, evidence.rows_per_day)
        if found is None:
            raise DataError(
                "Alerts per day need a time, and no column tells it. Give a column the role 'time' on the Data page, "
                "or say how many days all rows span (days)."
            )
        return found

    def threshold(self, evidence: Evidence) -> float:
        """A score of one of the judged rows."""
        if not evidence.batch.size:
            raise DataError("Alerts are counted among the judged rows, and there are none. Set a value instead.")
        return evidence.stream.leaving(self._share(evidence))

    def _share(self, evidence: Evidence) -> float:
        return min(1.0, float(self.config.per_day) / self.rows_per_day(evidence))

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """What was counted on."""
        rate = self.rows_per_day(evidence)
        caution = share_ties(evidence.stream, threshold, self._share(evidence))
        if not evidence.stream.batch.above(threshold):
            caution = "The judged rows are too few to show so rare an alert: none of them is flagged."
        cautions = [caution, evidence.weights_words]
        return RuleTexts(
            f"At most {self.config.per_day:g} alerts a day on average, at {rate:,.0f} rows a day.",
            " ".join(filter(None, cautions)),
        )
