"""The threshold with the largest Youden index: true positive rate minus false positive rate."""

from core.thresholds import THRESHOLDS
from core.thresholds._best import CHOSEN_BY, Floats, best_threshold
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("youden")
class Youden(ThresholdRule):
    """The threshold of the highest J = true-positive rate - false-positive rate (Youden, 1950)."""

    title = "Youden's J"
    when = "With labels: when both classes count alike however rare one is; where anomalies are rare, many alarms."
    formula = r"t = \arg\max_s \; TPR(s) - FPR(s)"
    order = 90
    needs = "labels"

    def threshold(self, evidence: Evidence) -> float:
        """By the labelled judged rows."""
        anomalies, normal = evidence.judged_anomalies.size, evidence.judged_normal.size

        def j(caught: Floats, alarms: Floats) -> Floats:
            return caught / anomalies - alarms / normal

        return best_threshold(evidence, self.title, j)

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """It was chosen by the very rows."""
        return CHOSEN_BY
