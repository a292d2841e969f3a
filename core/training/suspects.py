"""Which training rows to leave out where no label says that they are normal: the most isolated ones.

A network that is shown anomalies learns to rebuild them, and a group of them becomes a dense place and a group of its
own. So the rows are looked at first by two detectors that a few anomalies hardly disturb, and the share of them that
looks oddest is set aside, before any network sees it (Yoon et al., "Self-supervise, Refine, Repeat", 2021, with one
round and classical detectors). That some of these are normal costs little, that few of the others are not gains much.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from core.resolution import ENCODED, LOGARITHM, usable
from core.runtime import derive_seed

LEAST = 20
"""Rows under which nothing is set aside: so few say too little about each other."""
SHARE = 0.1
"""Share of the rows that a row must be near to, to be in a crowd."""
REFERENCE = 2_048
"""Rows that the distance to the crowd is measured to."""
_BLOCK = 2_048
_FAR = 1e6
"""Encoded numbers beyond it count as this: their squares would overflow."""
_FOREST, _CROWD = 1, 2


def suspects(x: NDArray[np.float32], share: float, seed: int) -> NDArray[np.int64]:
    """Places of the rows that stand apart most, ascending.

    Parameters
    ----------
    x
        Encoded rows, shape (n, width).
    share
        How many of them, 0 to 1.
    seed
        Of the forest's cuts and of the rows that distances are measured to.

    Notes
    -----
    The sum of two logarithms, each in standard deviations: of the isolation forest's score (Liu, Ting and Zhou, 2008),
    and of the distance within which a tenth of the rows lie (Ramaswamy et al., 2000, with many neighbours instead of a
    handful).
    """
    count = round(share * len(x))
    if not count or len(x) < LEAST:
        return np.empty(0, dtype=np.int64)
    x = np.clip(np.nan_to_num(x), -_FAR, _FAR)
    oddness = _standard(_forest(x, derive_seed(seed, _FOREST))) + _standard(_crowd(x, derive_seed(seed, _CROWD)))
    # Equal ones by their place, the same on every machine.
    return np.sort(np.argsort(-oddness, kind="stable")[:count]).astype(np.int64)


def _forest(x: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(max_samples=min(256, len(x)), random_state=seed % 2**32).fit(x)
    return np.asarray(-forest.score_samples(x), dtype=np.float64)


def _crowd(x: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    reference = torch.from_numpy(x[np.sort(rng.choice(len(x), min(len(x), REFERENCE), replace=False))])
    k = max(1, round(SHARE * len(reference)))
    found = [
        torch.cdist(block, reference).kthvalue(k, dim=1).values for block in torch.split(torch.from_numpy(x), _BLOCK)
    ]
    return torch.cat(found).double().numpy()


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithms, in standard deviations from their mean."""
    logs = np.log(np.maximum(values, ENCODED))
    standard: NDArray[np.float64] = (logs - logs.mean()) / usable(float(logs.std()), LOGARITHM)
    return standard
