"""The threshold by the share of the rows that is expected to be anomalous."""

from dataclasses import dataclass

from core.errors import DataError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds._counting import share_ties
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence


@THRESHOLDS.register("contamination")
class Contamination(ThresholdRule):
    """The lowest threshold that flags at most this share of the data as it came, as PyOD's ``contamination`` has it.

    Where the split has changed the mix, a judged row stands for as many as its split left out.
    """

    title = "Contamination"
    when = "When the share of anomalies is known from elsewhere; a guess is flagged whether they are there or not."
    formula = r"t = \min\{s : \Pr(\text{score} > s) \leq \text{share}\}"
    order = 70
    needs = "judged"

    @dataclass(frozen=True)
    class Config:
        """The share."""

        share: float = param(0.05, "The share of the rows that is expected to be anomalous.", low=0.0, high=1.0)

    def threshold(self, evidence: Evidence) -> float:
        """A score of one of the judged rows."""
        if not evidence.batch.size:
            raise DataError("A contamination is a share of the judged rows, and there are none. Set a value instead.")
        return evidence.weighted.leaving(self.config.share)

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """It is a guess."""
        cautions = [
            "It flags this share of any rows, also of rows among which there is no anomaly.",
            share_ties(evidence.weighted, threshold, self.config.share),
            evidence.weights_words,
        ]
        return RuleTexts(caution=" ".join(filter(None, cautions)))
