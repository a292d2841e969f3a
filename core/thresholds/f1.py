"""The threshold of the highest F1."""

from core.thresholds import THRESHOLDS
from core.thresholds._best import CHOSEN_BY, Floats, best_threshold
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("f1")
class BestF1(ThresholdRule):
    """The threshold at which the harmonic mean of precision and recall is highest (van Rijsbergen, 1979)."""

    title = "Best F1"
    when = "With labels: when a wrong alarm and a missed anomaly are about equally bad."
    formula = r"t = \arg\max_s \frac{2\,TP(s)}{2\,TP(s) + FP(s) + FN(s)}"
    order = 80
    needs = "labels"

    def threshold(self, evidence: Evidence) -> float:
        """By the labelled judged rows."""
        total = evidence.judged_anomalies.size

        def f1(caught: Floats, alarms: Floats) -> Floats:
            # 2 TP / (2 TP + FP + FN), where TP + FN are all anomalies.
            return 2 * caught / (caught + alarms + total)

        return best_threshold(evidence, self.title, f1)

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """It was chosen by the very rows."""
        return CHOSEN_BY
