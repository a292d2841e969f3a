"""ROC, precision-recall and background-rejection curves: every corner exact, then thinned to what a screen can show.

A curve turns only at scores of the rarer class (ROC) or of the anomalies (precision-recall), so those alone are
visited: the cost follows the rarer class and not the rows.
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.evaluation import Scores, auroc_sorted, average_precision_sorted

POINTS = 2000
"""Points of a drawn curve."""
_VISITED = 100_000
"""Distinct scores at which a curve is computed before it is thinned."""


@dataclass(frozen=True)
class Curve:
    """Points of a curve; a row is flagged at point i when ``score > thresholds[i]`` (thresholds descend)."""

    x: Scores
    y: Scores
    thresholds: Scores
    area: float | None = None
    """AUROC or average precision, computed from every row."""


def roc_curve(normal: Scores, anomalous: Scores, points: int = POINTS) -> Curve | None:
    """True-positive rate (y) against false-positive rate (x); None unless there are rows of both classes.

    Parameters
    ----------
    normal, anomalous
        Sorted scores of each class.
    points
        Most points of the result.
    """
    if not normal.size or not anomalous.size:
        return None
    rarer = normal if normal.size < anomalous.size else anomalous
    thresholds = _thresholds(rarer, normal, anomalous)
    curve = Curve(_share(normal, thresholds), _share(anomalous, thresholds), thresholds)
    return _thin(curve, curve.x, curve.y, points, auroc_sorted(normal, anomalous))


def precision_recall_curve(normal: Scores, anomalous: Scores, points: int = POINTS) -> Curve | None:
    """Precision (y) against recall (x); None unless there are rows of both classes."""
    if not normal.size or not anomalous.size:
        return None
    thresholds = _thresholds(anomalous, normal, anomalous)
    caught, alarms = _above(anomalous, thresholds), _above(normal, thresholds)
    some = caught + alarms > 0
    recall, precision = caught[some] / anomalous.size, caught[some] / (caught + alarms)[some]
    if not alarms[some][0]:
        recall, precision = np.insert(recall, 0, 0.0), np.insert(precision, 0, 1.0)
        kept = np.insert(thresholds[some], 0, thresholds[0])
    else:
        kept = thresholds[some]
    curve = Curve(recall, precision, kept)
    return _thin(curve, recall, precision, points, average_precision_sorted(normal, anomalous))


def rejection_curve(normal: Scores, anomalous: Scores, points: int = POINTS) -> Curve | None:
    """Background rejection 1/ε_b (y, for a log axis) against signal efficiency ε_s (x), where any background passes."""
    if not normal.size or not anomalous.size:
        return None
    rarer = normal if normal.size < anomalous.size else anomalous
    thresholds = _thresholds(rarer, normal, anomalous)
    signal, background = _share(anomalous, thresholds), _share(normal, thresholds)
    measured = (background > 0) & (signal > 0)
    curve = Curve(signal[measured], 1.0 / background[measured], thresholds[measured])
    height = np.log(curve.y) / max(1e-12, float(np.log(curve.y).max(initial=0.0)))
    return _thin(curve, curve.x, height, points, None)


def _thresholds(visited: Scores, normal: Scores, anomalous: Scores) -> Scores:
    """From nothing flagged to everything flagged, just at and just below each distinct score that is visited."""
    distinct = np.unique(visited)[::-1]
    if distinct.size > _VISITED:
        # The first corners are the long ones; of the rest every so manieth is finer than any screen.
        tail = np.linspace(_VISITED // 5, distinct.size - 1, _VISITED - _VISITED // 5).astype(np.int64)
        distinct = np.concatenate([distinct[: _VISITED // 5], distinct[tail]])
    both = np.stack([distinct, np.nextafter(distinct, -np.inf)], axis=1).ravel()
    ends = max(normal[-1], anomalous[-1]), np.nextafter(min(normal[0], anomalous[0]), -np.inf)
    return np.unique(np.concatenate([both, ends]))[::-1]


def _above(scores: Scores, thresholds: Scores) -> NDArray[np.int64]:
    # Ascending needles walk through the haystack in order, which is several times faster at millions of rows.
    return (scores.size - np.searchsorted(scores, thresholds[::-1], side="right"))[::-1]


def _share(scores: Scores, thresholds: Scores) -> Scores:
    return _above(scores, thresholds) / scores.size


def _thin(curve: Curve, x: Scores, y: Scores, points: int, area: float | None) -> Curve:
    kept = corners(x, y, points)
    return Curve(curve.x[kept], curve.y[kept], curve.thresholds[kept], area)


def corners(x: Scores, y: Scores, points: int) -> NDArray[np.int64]:
    """Places of the points that keep a line's shape: always split where the line is farthest from its chord.

    Douglas and Peucker's rule with a budget of points instead of a tolerance.
    """
    n = x.size
    if n <= 2:
        return np.arange(n)
    kept = [0, n - 1]
    heap = [_farthest(x, y, 0, n - 1)]
    while heap and len(kept) < points:
        distance, place, low, high = heapq.heappop(heap)
        if distance == 0.0:
            break
        kept.append(place)
        for a, b in ((low, place), (place, high)):
            if b - a > 1:
                heapq.heappush(heap, _farthest(x, y, a, b))
    return np.sort(np.array(kept, dtype=np.int64))


def _farthest(x: Scores, y: Scores, low: int, high: int) -> tuple[float, int, int, int]:
    """Minus the largest distance from the chord, where it is, and the chord's ends."""
    dx, dy = x[high] - x[low], y[high] - y[low]
    inner_x, inner_y = x[low + 1 : high] - x[low], y[low + 1 : high] - y[low]
    length = float(np.hypot(dx, dy))
    apart = np.abs(dx * inner_y - dy * inner_x) / length if length else np.hypot(inner_x, inner_y)
    place = int(np.argmax(apart))
    # Rounding leaves points of a straight line 1e-17 apart from it: they are no corners.
    distance = float(apart[place])
    return (-distance if distance > 1e-15 else 0.0, low + 1 + place, low, high)
