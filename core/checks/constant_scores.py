"""Checks whether scores hardly differ between rows."""

import numpy as np

from core.checks import CHECKS
from core.checks.base import FINE, WARNING, Check, CheckInput, Finding
from core.words import percent, share

MOST_ALIKE = 0.5
LEAST_SPREAD = 1e-6


@CHECKS.register("constant-scores")
class ConstantScores(Check):
    """Half of the rows with one and the same score, or all within a millionth of each other."""

    title = "Scores differ from row to row"
    why = "Rows with the same score cannot be put into an order, so that the threshold flags all of them or none."
    remedy = "Choose another scale of the score (none, not “0 to 1”), give the network a smaller code, or train longer."
    order = 0

    def check(self, case: CheckInput) -> Finding:
        """Count equal scores of the judged rows."""
        scores = case.run.scored.score[case.run.is_judged]
        _, counts = np.unique(scores, return_counts=True)
        alike = float(counts.max() / len(scores))
        low, middle, high = np.quantile(scores, [0.01, 0.5, 0.99])
        spread = float((high - low) / max(abs(middle), 1e-12))
        numbers = {"alike": alike, "spread": spread}
        if alike > MOST_ALIKE and len(counts) > 1:
            return Finding(WARNING, f"{percent(alike)} of the judged rows have one and the same score.", numbers)
        if len(counts) == 1 or spread < LEAST_SPREAD:
            return Finding(WARNING, "All judged rows have the same score, to a millionth of it.", numbers)
        return Finding(FINE, f"At most {share(max(alike, 0.001))} of the judged rows share a score.", numbers)
