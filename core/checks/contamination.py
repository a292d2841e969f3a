"""Checks whether the training rows hold anomalies themselves."""

import numpy as np
from numpy.typing import NDArray

from core.checks import CHECKS
from core.checks.base import FINE, SKIPPED, WARNING, Check, CheckInput, Finding
from core.resolution import LOGARITHM, SQUARED, usable
from core.words import share

FAR, FAR_FOR_BOTH = 3.5, 3.0
"""Robust deviations above the median from which a training row's score counts as far; less where a forest agrees."""
SHARE, SHARE_FOR_BOTH, LEAST = 0.02, 0.01, 5
"""Far rows, as a share and at least, that warn."""
BOUNDED = ("rank", "probability", "threshold")


@CHECKS.register("contamination")
class ContaminatedTraining(Check):
    """The upper tail of the training scores, alone and where an Isolation Forest finds the same rows odd.

    On twelve public sets with the preset Recommended it warned of nine when 2 to 36 % of the training rows were
    anomalies, and of none when all were normal; with the plain squared error of the dense network, which learns the
    anomalies too, of three and none.
    """

    title = "Training rows look ordinary"
    why = (
        "A network learns to rebuild the anomalies that it is trained on, and a threshold from training rows is put "
        "above them: such anomalies are missed."
    )
    remedy = (
        "Look at the training rows with the highest scores on Explore and take out what is wrong; train on normal rows "
        "only where a label says which they are, else set some aside (“Set aside without labels” "
        "among the settings of the training)."
    )
    order = 5

    def check(self, case: CheckInput) -> Finding:
        """Look at the tail of the training scores."""
        rows, labels = case.comparison_data.train, case.run.scored.label
        labelled = float((labels[case.run.train] == 1).mean())
        if labelled:
            return Finding(
                WARNING, f"{share(labelled)} of the training rows are labelled anomalous.", {"labelled": labelled}
            )
        if case.run.score_config.normalise in BOUNDED:
            return Finding(SKIPPED, "The score's scale ends, so that its upper tail cannot be looked at.")
        far = _robust(_spread_out(case.run.scored.score[rows]))
        forest = _robust(_forest(case.comparison_data.x_train, case.seed))
        alone, both = far > FAR, (far > FAR_FOR_BOTH) & (forest > FAR_FOR_BOTH)
        numbers = {"far": float(alone.mean()), "far_for_both": float(both.mean())}
        if any(o.mean() >= least and o.sum() >= LEAST for o, least in ((alone, SHARE), (both, SHARE_FOR_BOTH))):
            found = (
                f"{share(alone.mean())} of the training rows score more than {FAR:g} robust standard deviations above "
                f"the median; of {share(both.mean())} an Isolation Forest says so too."
            )
            return Finding(WARNING, found, numbers)
        return Finding(
            FINE, f"{share(alone.mean())} of the training rows score far above the median, as few as is usual.", numbers
        )


def _spread_out(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores on the scale on which ordinary ones are about normal: of an error its logarithm."""
    return np.log(scores) if scores.min() > 0 else scores


def _robust(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = np.median(scores)
    spread = 1.4826 * float(np.median(np.abs(scores - middle))) + SQUARED
    found: NDArray[np.float64] = (scores - middle) / usable(spread, max(2 * SQUARED, LOGARITHM**2 * abs(float(middle))))
    return found


def _forest(x: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    from core.baselines import BASELINES

    return BASELINES["isolation-forest"].create(seed=seed).fit(x).score(x)
