"""How well scores tell anomalies from normal rows: AUROC, average precision, background rejection, confusion.

Labels are 1 (anomaly), 0 (normal) and -1 (unknown, left out); a higher score is more anomalous; a row is flagged when
``score > threshold``. Everything is exact and counts ties, in numpy alone, and a measure that the rows do not allow
(one class only) is None, never a made-up number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """Counts of the labelled rows at one threshold; the rates are None where they would divide by zero."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def precision(self) -> float | None:
        """Share of the flagged rows that are anomalies."""
        return ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float | None:
        """Share of the anomalies that are flagged."""
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        twice = 2 * self.true_positives
        if self.precision is None or self.recall is None:
            return None
        return ratio(twice, twice + self.false_positives + self.false_negatives)

    @property
    def false_positive_rate(self) -> float | None:
        """Share of the normal rows that are flagged."""
        return ratio(self.false_positives, self.false_positives + self.true_negatives)


@dataclass(frozen=True)
class Rejection:
    """Background rejection at a signal efficiency, as particle physics has it."""

    signal_efficiency: float
    """The share of the anomalies (signal) that was asked for."""
    value: float
    """1/ε_b. A lower bound when ``bound``: no background row passed, so the number of background rows stands here."""
    bound: bool
    threshold: float
    """The score at and above which a row passes."""


def ratio(part: float, whole: float) -> float | None:
    """``part / whole``, or None when there is nothing to divide by."""
    return part / whole if whole else None


def split_classes(labels: ArrayLike, scores: ArrayLike) -> tuple[Scores, Scores]:
    """The sorted scores of the normal rows and of the anomalies."""
    known, values = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    return np.sort(values[known == 0]), np.sort(values[known == 1])


def auroc(labels: ArrayLike, scores: ArrayLike) -> float | None:
    """Chance that an anomaly scores above a normal row, ties counting half; None unless there are rows of both."""
    return auroc_sorted(*split_classes(labels, scores))


def auroc_sorted(normal: Scores, anomalous: Scores) -> float | None:
    """:func:`auroc` of scores that are already sorted and apart."""
    if not normal.size or not anomalous.size:
        return None
    # The Mann-Whitney statistic, doubled to stay in whole numbers.
    below = np.searchsorted(normal, anomalous, side="left").sum(dtype=np.int64)
    below += np.searchsorted(normal, anomalous, side="right").sum(dtype=np.int64)
    return float(below / (2.0 * normal.size * anomalous.size))


def average_precision(labels: ArrayLike, scores: ArrayLike) -> float | None:
    """Mean precision over the recall gained at each distinct score; None unless there are rows of both classes."""
    return average_precision_sorted(*split_classes(labels, scores))


def average_precision_sorted(normal: Scores, anomalous: Scores) -> float | None:
    """:func:`average_precision` of scores that are already sorted and apart."""
    if not normal.size or not anomalous.size:
        return None
    distinct, first, counts = np.unique(anomalous, return_index=True, return_counts=True)
    caught = anomalous.size - first
    alarms = normal.size - np.searchsorted(normal, distinct, side="left")
    return float(np.sum(counts * (caught / (caught + alarms))) / anomalous.size)


def background_rejection(labels: ArrayLike, scores: ArrayLike, signal_efficiency: float = 0.3) -> float | None:
    """1/ε_b at the highest threshold that lets at least ``signal_efficiency`` of the anomalies pass.

    None unless there are rows of both classes. Where no background (normal) row passes, 1/ε_b cannot be measured and
    the number of background rows, its lower bound, is returned; :func:`rejection_at` tells which it is.
    """
    found = rejection_at(*split_classes(labels, scores), signal_efficiency)
    return None if found is None else found.value


def rejection_at(normal: Scores, anomalous: Scores, signal_efficiency: float) -> Rejection | None:
    """:func:`background_rejection` of sorted scores, with the threshold it happens at."""
    if not normal.size or not anomalous.size:
        return None
    n_accepted = int(np.ceil(signal_efficiency * anomalous.size * (1 - 1e-12)))
    threshold = float(anomalous[anomalous.size - max(1, min(n_accepted, anomalous.size))])
    passing = int(normal.size - np.searchsorted(normal, threshold, side="left"))
    return Rejection(signal_efficiency, normal.size / max(1, passing), passing == 0, threshold)


def confusion(labels: ArrayLike, scores: ArrayLike, threshold: float) -> Confusion:
    """Counts of the labelled rows at a threshold."""
    known = np.asarray(labels)
    flagged = np.asarray(scores, dtype=np.float64) > threshold
    anomalous, normal = known == 1, known == 0
    caught, alarms = int(np.sum(flagged & anomalous)), int(np.sum(flagged & normal))
    return Confusion(caught, alarms, int(anomalous.sum()) - caught, int(normal.sum()) - alarms)


def judged_rows(labels: ArrayLike, parts: ArrayLike) -> tuple[str, NDArray[np.bool_]]:
    """The rows that a run is judged on: the test part, whatever its labels; all rows where none was kept apart.

    Rows that trained never stand in for a test part that cannot be measured: what it does not allow is None, and
    :func:`unmeasured` says why.

    Returns
    -------
    "test" or "all", and a mask over the rows.
    """
    test = np.asarray(parts) == "test"
    return ("test", test) if test.any() else ("all", np.ones(test.shape, dtype=np.bool_))


def unmeasured(labels: ArrayLike, noun: str = "row") -> str:
    """Why judged rows with these labels have no AUROC, precision or recall; empty where they have."""
    known = np.asarray(labels)
    normal, odd, rows = int((known == 0).sum()), int((known == 1).sum()), len(known)
    if normal and odd:
        return ""
    if not normal and not odd:
        found = f"none of the {rows:,} judged {noun}s has a label" if rows > 1 else f"the judged {noun} has no label"
    else:
        only = "normal" if normal else "anomalous"
        found = f"of the {rows:,} judged {noun}s, {normal + odd:,} {'has' if normal + odd == 1 else 'have'} a label, "
        found += f"and {'it is' if normal + odd == 1 else 'all are'} {only}"
    return f"No accuracy can be measured: {found}, and it takes labelled {noun}s of both kinds."
