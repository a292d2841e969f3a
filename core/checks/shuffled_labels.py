"""Checks whether the evaluation is fair: with shuffled labels there is nothing to find."""

import numpy as np

from core.checks import CHECKS
from core.checks.base import FINE, SKIPPED, WARNING, Check, CheckInput, Finding
from core.metrics.evaluation import auroc

SHUFFLES = 50
FAR, SIGMAS = 0.02, 4.0
_DRAWN = 35


@CHECKS.register("shuffled-labels")
class ShuffledLabels(Check):
    """Mean AUROC when the labels of the rows outside the training are shuffled among each other."""

    title = "Shuffled labels cannot be found"
    why = (
        "With shuffled labels every detector is guessing, AUROC 0.5. A number away from it does not measure detection: "
        "rows that the network learnt from are judged beside rows that it never saw."
    )
    remedy = (
        "Let rows be judged that did not train: choose a split with a test part that holds normal rows and anomalies."
    )
    order = 3

    def check(self, case: CheckInput) -> Finding:
        """Shuffle and measure."""
        rows, rng = case.run.scored, np.random.default_rng([case.seed, _DRAWN])
        judged = case.run.is_judged & (rows.label >= 0)
        labels, scores, parts = rows.label[judged], rows.score[judged], rows.part[judged]
        unseen = np.flatnonzero(parts != 0)
        if len(np.unique(labels[unseen])) < 2:
            return Finding(SKIPPED, "The judged rows outside the training have no labels of both kinds.")
        found = []
        for _ in range(SHUFFLES):
            shuffled = labels.copy()
            shuffled[unseen] = rng.permutation(labels[unseen])
            area = auroc(shuffled, scores)
            assert area is not None  # shuffling keeps how many there are of each
            found.append(area)
        mean = float(np.mean(found))
        # What is left to chance: the mean of so many shuffles, and which rows trained and which did not.
        shuffling, n, seen = float(np.std(found, ddof=1)) / SHUFFLES**0.5, len(labels), len(labels) - len(unseen)
        drawing = float(np.sqrt((n + 1) / (12 * seen * len(unseen)))) if seen else 0.0
        numbers = {"auroc": mean, "by_chance": SIGMAS * float(np.hypot(shuffling, drawing))}
        far = abs(mean - 0.5) > max(FAR, numbers["by_chance"])
        return Finding(
            WARNING if far else FINE, f"Mean AUROC over {SHUFFLES} shuffles: {mean:.3f} (guessing is 0.5).", numbers
        )
