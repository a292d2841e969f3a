"""What the scores of a run learnt of its training rows: a fitted score of each kind for each network.

Where there are several, the score of a row is the average of their log z-scores (:mod:`core.scoring.scorer`).
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.models.base import Autoencoder
from core.recipe import ScoreConfig
from core.runtime import threads
from core.scores import SCORES, Score
from core.scoring.forward_pass import ForwardPass
from core.training.checkpoint import pack, unpack

REFERENCE = 10_000
"""Training rows that the scores learn from, a seeded sample of them where there are more."""
REFERENCE_BYTES, FEWEST = 384 << 20, 32
"""What these take in memory at most, as float32, unless that were too few to learn from."""

FittedScores = list[list[Score]]
"""The scores of each network, in the order of the config's kinds; one that looks at no network is the same for all."""


def fits(config: ScoreConfig) -> bool:
    """Whether a score has something to learn from training rows."""
    return any(SCORES[kind].fits for kind in config.kinds)


def fit_scores(
    members: Sequence[Autoencoder], config: ScoreConfig, x: NDArray[np.float32] | Callable[[], NDArray[np.float32]]
) -> FittedScores:
    """A fitted score of each kind for each network.

    Parameters
    ----------
    members
        Trained networks.
    config
        Which kinds.
    x
        Encoded training rows, shape (n, *shape) (:data:`REFERENCE` are enough); or a function that gives them,
        called only when a kind learns.
    """
    first = [SCORES[kind]() for kind in config.kinds]
    fitted_scores = [first] + [[s if s.model_free else type(s)() for s in first] for _ in members[1:]]
    if not fits(config):
        return fitted_scores
    rows = torch.from_numpy(x() if callable(x) else x)
    # On one thread: a covariance is a sum over rows, whose last bits depend on how threads share them.
    with torch.inference_mode(), threads(1):
        for k, (member, scores) in enumerate(zip(members, fitted_scores, strict=True)):
            member.eval()
            passed = ForwardPass(member, rows.to(next(member.parameters()).device))
            for score in own(scores, k):
                score.fit(passed)
                score.state = {name: t.cpu() for name, t in score.state.items()}
    return fitted_scores


def own(scores: list[Score], k: int) -> list[Score]:
    """Those scores of the k-th network that are not the first one's too."""
    return [score for score in scores if k == 0 or not score.model_free]


def fitted_to_bytes(fitted_scores: FittedScores, config: ScoreConfig) -> bytes:
    """What the scores learnt, as safetensors."""
    tensors = {
        f"{k}.{kind}.{name}": t
        for k, scores in enumerate(fitted_scores)
        for kind, score in zip(config.kinds, scores, strict=True)
        if k == 0 or not score.model_free
        for name, t in score.state.items()
    }
    return pack(tensors, {"kinds": list(config.kinds)})


def fitted_from_bytes(data: bytes, config: ScoreConfig, members: int) -> FittedScores:
    """The scores that :func:`fitted_to_bytes` wrote."""
    tensors, _ = unpack(data)

    def state(k: int, kind: str) -> dict[str, Tensor]:
        start = f"{k}.{kind}."
        return {name.removeprefix(start): t for name, t in tensors.items() if name.startswith(start)}

    first = [SCORES[kind](state(0, kind)) for kind in config.kinds]
    others = [
        [one if one.model_free else SCORES[kind](state(k, kind)) for kind, one in zip(config.kinds, first, strict=True)]
        for k in range(1, members)
    ]
    return [first, *others]
