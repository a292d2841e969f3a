"""Flagged samples grouped by why they are odd: some thousand samples are then read as a handful of reasons.

A sample's signature is the direction of what sets it apart: for each part how its encoded values differ from what was
expected, as long as the square root of the part's contribution. Signatures have length 1, and two of them are near when
the same parts are off in the same direction, however far, and along an axis "time" whenever. HDBSCAN groups them
(Campello et al., 2013).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.explain.reference_units import ReferenceUnits
from core.explain.score_attribution import ScoreAttribution
from core.modalities.layout import Layout

CLUSTERED = 20_000
"""Rows that are clustered, a seeded sample of them where there are more; the others join the nearest family."""
MOST = 12
"""Families, the largest; rows of smaller ones are others."""
OTHERS = -1
NEAR = 0.75
"""Families whose centres are nearer than this, on average, are one; two signatures without a common column are 1.41."""
TIME = "time"
"""The axis along which the same thing may happen sooner or later."""
WIDEST = 16_384
"""Numbers of a signature at most."""
_DIMENSIONS = 12
_REACH = 0.6
"""A row without a family joins the nearest one when its signature is no farther than this from the family's centre."""


@dataclass(frozen=True)
class Top:
    """A part and its mean contribution over a family's samples."""

    feature: str
    contribution: float


@dataclass(frozen=True)
class Family:
    """Samples that are odd for the same reason."""

    number: int
    """From 1, the largest first; 0 for the others, which have no reason in common."""
    rows: int
    share: float
    """Of all flagged rows."""
    typical: int
    """The row in the middle of it."""
    top: tuple[Top, ...]
    sentence: str
    """Why the typical row is odd."""
    score: float
    """The median."""
    labelled: int
    """Rows with a label, and how many of these are anomalies."""
    anomalies: int
    reason: str = ""
    """What its rows have in common in two or three words, "latency_ms high"; empty where nothing was told of it."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)


def signatures(x: NDArray[np.float32], attribution: ScoreAttribution, reference: ReferenceUnits) -> NDArray[np.float32]:
    """The signature of each unit, shape (n, positions)."""
    signed = np.zeros(x.shape, dtype=np.float32)
    weight = np.sqrt(attribution.contributions)
    for part in range(reference.n_parts):
        rows = np.flatnonzero(weight[:, part] > 0)
        if not len(rows):
            continue
        place = reference.positions(part)
        expected = reference.x[attribution.source[rows, part][:, None], place]
        # A blank is compared as the usual value.
        gap = np.nan_to_num(x[rows[:, None], place]).astype(np.float64) - np.nan_to_num(expected)
        length = np.linalg.norm(gap, axis=1, keepdims=True)
        signed[rows[:, None], place] = weight[rows, part, None] * gap / np.where(length > 0, length, 1.0)
    return signed


def shift_invariant(signed: NDArray[np.float32], layout: Layout) -> NDArray[np.float32]:
    """Signatures that do not depend on when something happened: along an axis "time" the differences are sorted.

    The same fault at noon and at midnight differs at every position, and has the same differences. Sorting keeps
    the length of a signature. Units without such an axis are left as they are.
    """
    if TIME not in layout.axes:
        return signed
    units = signed.reshape(len(signed), *layout.shape)
    return np.sort(units, axis=1 + layout.axes.index(TIME)).reshape(signed.shape)


def shortened(signed: NDArray[np.float32], reference: ReferenceUnits, most: int = WIDEST) -> NDArray[np.float32]:
    """Signatures of units with very many positions, each part's as the sums of a few stretches of it.

    Twenty thousand signatures of an image's pixels would take gigabytes; two that differ within a stretch alone count
    as one.
    """
    if signed.shape[1] <= most:
        return signed
    each = max(1, most // reference.n_parts)
    columns = [
        signed[:, stretch].sum(axis=1)
        for part in range(reference.n_parts)
        for stretch in np.array_split(reference.positions(part), max(1, min(each, len(reference.positions(part)))))
    ]
    short = np.stack(columns, axis=1)
    directions: NDArray[np.float32] = short / np.maximum(np.linalg.norm(short, axis=1, keepdims=True), 1e-9)
    return directions


def group(signed: NDArray[np.float32], seed: int = 0) -> NDArray[np.int64]:
    """The family of each row, 0 for the largest, :data:`OTHERS` for none.

    Parameters
    ----------
    signed
        Signatures, shape (n, width).
    seed
        Which rows are clustered where there are too many.
    """
    from sklearn.cluster import HDBSCAN

    n = len(signed)
    if n < 10:
        return np.zeros(n, dtype=np.int64)
    rng = np.random.default_rng(seed)
    some = np.arange(n) if n <= CLUSTERED else np.sort(rng.choice(n, CLUSTERED, replace=False))
    flat = _flattened(signed, signed[some])
    smallest = max(5, round(len(some) / 60))
    # Rows without any difference among them are one family, which HDBSCAN cannot tell.
    if np.ptp(flat[some], axis=0).max(initial=0.0) < 1e-6:
        return np.zeros(n, dtype=np.int64)
    clusterer = HDBSCAN(min_cluster_size=smallest, min_samples=min(10, smallest), copy=True)
    found = np.full(n, OTHERS, dtype=np.int64)
    found[some] = _merged(flat[some], clusterer.fit_predict(flat[some].astype(np.float64)))
    sizes = np.bincount(found[found >= 0]) if (found >= 0).any() else np.zeros(0, dtype=np.int64)
    kept = np.argsort(-sizes, kind="stable")[:MOST]
    centres = np.array([flat[found == k].mean(axis=0) for k in kept])
    if not len(centres):
        return found
    settled = np.full(n, OTHERS, dtype=np.int64)
    for new, old in enumerate(kept):
        settled[found == old] = new
    loose = np.flatnonzero(settled == OTHERS)
    apart = np.linalg.norm(flat[loose][:, None] - centres[None], axis=2)
    nearest = apart.argmin(axis=1)
    near = apart[np.arange(len(loose)), nearest] <= _REACH
    settled[loose[near]] = nearest[near]
    order = np.argsort(-np.bincount(settled[settled >= 0], minlength=len(kept)), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.where(settled >= 0, rank[settled], OTHERS)


def medoid(signed: NDArray[np.float32]) -> int:
    """The place of the row nearest to the mean of all."""
    return int(np.linalg.norm(signed - signed.mean(axis=0), axis=1).argmin())


def _merged(flat: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Families of which the centres are near told as one: the density between them is no news to a reader."""
    from scipy.cluster.hierarchy import fcluster, linkage

    count = int(labels.max()) + 1
    if count < 2:
        return labels
    centres = np.array([flat[labels == k].mean(axis=0) for k in range(count)])
    # As directions: the centre of a loose family is short, and would be near to everything.
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    same = fcluster(linkage(centres, "average"), NEAR, "distance") - 1
    merged: NDArray[np.int64] = np.where(labels >= 0, same[labels], OTHERS)
    return merged


def _flattened(signed: NDArray[np.float32], some: NDArray[np.float32]) -> NDArray[np.float32]:
    """Signatures in the few directions in which some of them differ, by a singular value decomposition."""
    if signed.shape[1] <= _DIMENSIONS:
        return signed
    _, _, directions = np.linalg.svd(some[:4_000] - some.mean(axis=0), full_matrices=False)
    flat: NDArray[np.float32] = signed @ directions[:_DIMENSIONS].T
    return flat
