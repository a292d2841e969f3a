"""The threshold that is best by the labels of the test rows: shared by F1, Youden and the cost matrix."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.thresholds.base import RuleTexts
from core.thresholds.evidence import Evidence

Floats = NDArray[np.float64]
Gain = Callable[[Floats, Floats], Floats]
"""How good thresholds are, from the anomalies that each catches and the false alarms that it gives."""
_VISITED = 100_000
"""Scores of anomalies that are tried; of more, so many evenly by rank."""
CHOSEN_BY = RuleTexts(
    caution="It was chosen by the labels of the rows that it is measured on, so their precision and recall are a "
    "little too good; the held-out F1 is not."
)


def best_threshold(evidence: Evidence, title: str, gain: Gain) -> float:
    """The threshold of the highest gain, and of equal ones the highest; halfway to the next lower score.

    Only just below the score of an anomaly can a gain be the highest, or above all rows.

    Raises
    ------
    DataError
        When the judged rows are not of both classes.
    """
    normal, anomalies = evidence.judged_normal, evidence.judged_anomalies
    for name, sample in (("anomaly", anomalies), ("normal", normal)):
        if not sample.size:
            raise DataError(
                f"{title} needs judged rows of both classes, and none of them is labelled {name}. Choose a rule that "
                "needs no labels, such as conformal, or say on the Data page which rows are anomalies."
            )
    places = anomalies.distinct()
    if places.size > _VISITED:
        places = places[np.linspace(0, places.size - 1, _VISITED).astype(np.int64)]
    # Nothing flagged stands first, then from the highest score down: argmax takes the first of equals.
    places = places[::-1]
    caught = np.concatenate([[0], anomalies.at_least(places)]).astype(np.float64)
    alarms = np.concatenate([[0], normal.at_least(places)]).astype(np.float64)
    best = int(np.argmax(gain(caught, alarms)))
    if best == 0:
        return max(anomalies.ranked(anomalies.size - 1), normal.ranked(normal.size - 1))
    return _below(float(places[best - 1]), evidence)


def _below(score: float, evidence: Evidence) -> float:
    """A threshold that a score is above, halfway to the next lower one of a labelled row."""
    lower = -np.inf
    for sample in (evidence.judged_normal, evidence.judged_anomalies):
        under = sample.size - int(sample.at_least(score))
        if under:
            lower = max(lower, sample.ranked(under - 1))
    if not np.isfinite(lower):
        return float(np.nextafter(score, -np.inf))
    half = lower + (score - lower) / 2
    return half if lower < half < score else lower
