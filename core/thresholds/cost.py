"""The threshold of the lowest cost, from what a missed anomaly and a false alarm cost."""

from dataclasses import dataclass

from core.errors import ConfigError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds._best import CHOSEN_BY, Floats, best_threshold
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("cost")
class CostMatrix(ThresholdRule):
    """The threshold at which misses and false alarms together cost least (Elkan, 2001)."""

    title = "Cost matrix"
    when = "With labels: when you can say what a missed anomaly and a false alarm cost, in any unit."
    formula = r"t = \arg\min_s \; c_{\text{miss}}\,FN(s) + c_{\text{alarm}}\,FP(s)"
    order = 100
    needs = "labels"

    @dataclass(frozen=True)
    class Config:
        """What a mistake costs, in any unit."""

        miss: float = param(
            10.0, "What an anomaly costs that is not flagged.", low=0.0, high=1e12, label="Cost of a miss"
        )
        alarm: float = param(
            1.0, "What a normal row costs that is flagged.", low=0.0, high=1e12, label="Cost of a false alarm"
        )

    def threshold(self, evidence: Evidence) -> float:
        """By the labelled judged rows."""
        miss, alarm, total = self.config.miss, self.config.alarm, evidence.judged_anomalies.size
        if not miss and not alarm:
            raise ConfigError("At least one of the two costs must be above 0. Got 0 for both.")

        # What a judged row costs is paid for every row of the data that it stands for.
        each_miss = float(miss) * evidence.weights.get("anomaly", 1.0)
        each_alarm = float(alarm) * evidence.weights.get("normal", 1.0)

        def saved(caught: Floats, alarms: Floats) -> Floats:
            return -each_miss * (total - caught) - each_alarm * alarms

        return best_threshold(evidence, self.title, saved)

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """It was chosen by the very rows."""
        return RuleTexts(caution=" ".join(filter(None, [CHOSEN_BY.caution, evidence.weights_words])))
