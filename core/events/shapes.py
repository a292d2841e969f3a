"""Events that look alike: what each channel does along an event, whatever its length, and families of one shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PLACES = 16
"""Places along an event at which a shape is told."""
_NEAR = 0.35
"""Events whose shapes are nearer on average, by the cosine, are one family."""
_FEWEST = 2


def signature(z: Floats, shares: Floats) -> Floats:
    """The shape of an event as one direction.

    Parameters
    ----------
    z
        How far each moment is from what is usual, shape (moments, channels).
    shares
        Each channel's share of what is odd; it weighs as much.

    Returns
    -------
    Of length 1, shape (channels * ``PLACES``,).
    """
    at = np.linspace(0, len(z) - 1, PLACES)
    along = np.stack([np.interp(at, np.arange(len(z)), np.tanh(z[:, c] / 4)) for c in range(z.shape[1])])
    # A channel that takes an unexpected course within what is usual counts by its share alone.
    weighed = along * np.sqrt(shares)[:, None] + 0.05 * np.sqrt(shares)[:, None]
    flat = weighed.reshape(-1)
    length = float(np.linalg.norm(flat))
    return flat / length if length > 0 else flat


def families_of(signatures: Floats) -> list[int]:
    """The family of each event, the largest has number 1; 0 for those that are like no other."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(signatures) < _FEWEST:
        return [0] * len(signatures)
    tree = linkage(signatures, "average", metric="cosine")
    found = fcluster(np.nan_to_num(tree), _NEAR, "distance")
    sizes = np.bincount(found)
    ranked = [k for k in np.argsort(-sizes, kind="stable").tolist() if sizes[k] >= _FEWEST]
    number = {k: place + 1 for place, k in enumerate(ranked)}
    return [number.get(int(k), 0) for k in found]


def nearest_of(signatures: Floats) -> list[int | None]:
    """The place of the event that is most like each; None where there is no other."""
    if len(signatures) < _FEWEST:
        return [None] * len(signatures)
    like = signatures @ signatures.T
    np.fill_diagonal(like, -np.inf)
    return [int(place) for place in like.argmax(axis=1)]
