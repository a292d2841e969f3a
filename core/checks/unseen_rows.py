"""Checks whether normal rows that the network was not trained on score as its training rows do."""

import numpy as np

from core.checks import CHECKS
from core.checks.base import FINE, SKIPPED, WARNING, Check, CheckInput, Finding
from core.metrics.evaluation import auroc_sorted

FAR = 0.6
LEAST = 30


@CHECKS.register("unseen-rows")
class UnseenRows(Check):
    """The chance that an unseen normal row scores above a training row (AUROC)."""

    title = "Unseen normal rows score as the training rows"
    why = (
        "Either the network learnt its training rows by heart, or the later rows are of another kind: a threshold from "
        "the one flags too much or too little of the other."
    )
    remedy = (
        "Set the threshold on validation rows. Against learning by heart take more rows, a smaller network or fewer "
        "epochs; against a drift a newer training part."
    )
    order = 4

    def check(self, case: CheckInput) -> Finding:
        """Compare the scores of both kinds of rows."""
        rows, labelled = case.run.scored, case.run.labelled
        unseen = rows.among(("test",)) & (rows.label == 0 if labelled else rows.label <= 0)
        if unseen.sum() < LEAST or len(case.train_scores) < LEAST:
            return Finding(SKIPPED, f"There are fewer than {LEAST} normal rows that neither trained nor validated.")
        chance = auroc_sorted(np.sort(case.train_scores), np.sort(rows.score[unseen]))
        assert chance is not None  # both have rows
        sentence = f"An unseen {'normal ' if labelled else ''}row scores above a training row "
        sentence += f"with a chance of {chance:.3f} (0.5 is the same)."
        return Finding(WARNING if max(chance, 1 - chance) > FAR else FINE, sentence, {"auroc": chance})
