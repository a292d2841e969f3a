"""Events that labels tell of, and flagged ones: how many of either are right, and how soon one is found."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class EventScores(NamedTuple):
    """Counted by event, however long each is: never point-adjusted."""

    precision: float | None
    """The share of flagged stretches that touch a labelled one; None where none is flagged."""
    recall: float | None
    """The share of labelled stretches that are touched; None where there is none."""
    delay: float | None
    """Moments from the beginning of a labelled stretch to the first flagged one within, the median of those found."""


def event_scores(labels: NDArray[np.integer], flagged: NDArray[np.bool_]) -> EventScores:
    """What a threshold comes to by event.

    Parameters
    ----------
    labels
        1 at moments of an anomaly, in the order of time.
    flagged
        Which moments are above the threshold.
    """
    true, found = bounds(labels > 0), bounds(flagged)
    delays = []
    for start, stop in true:
        inside = np.flatnonzero(flagged[start:stop])
        if len(inside):
            delays.append(int(inside[0]))
    right = sum(bool((labels[start:stop] > 0).any()) for start, stop in found)
    return EventScores(
        right / len(found) if found else None,
        len(delays) / len(true) if true else None,
        float(np.median(delays)) if delays else None,
    )


def bounds(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First moment and the one behind the last of each stretch in which something holds."""
    edges = np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))
