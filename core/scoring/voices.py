"""What the scores of a run learnt of its training rows: a fitted score of each kind for each network.

Each is a *voice*; a score of several voices is the average of their log z-scores (:mod:`core.scoring.scorer`).
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.models.base import Autoencoder
from core.recipe import ScoreConfig
from core.scoring.judged import Judged
from core.scoring.kinds import SCORES, Score
from core.training.checkpoint import pack, unpack

REFERENCE = 10_000
"""Training rows that the scores learn from, a seeded sample of them where there are more."""

Voices = list[list[Score]]
"""The scores of each network, in the order of the config's kinds."""


def fits(config: ScoreConfig) -> bool:
    """Whether a score has something to learn from training rows."""
    return any(SCORES[kind].fits for kind in config.kinds)


def fit_voices(
    members: Sequence[Autoencoder], config: ScoreConfig, x: NDArray[np.float32] | Callable[[], NDArray[np.float32]]
) -> Voices:
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
    voices = [[SCORES[kind]() for kind in config.kinds] for _ in members]
    if not fits(config):
        return voices
    rows = torch.from_numpy(x() if callable(x) else x)
    with torch.inference_mode():
        for member, scores in zip(members, voices, strict=True):
            member.eval()
            judged = Judged(member, rows.to(next(member.parameters()).device))
            for score in scores:
                score.fit(judged)
                score.state = {name: t.cpu() for name, t in score.state.items()}
    return voices


def voices_to_bytes(voices: Voices, config: ScoreConfig) -> bytes:
    """What the voices learnt, as safetensors."""
    tensors = {
        f"{k}.{kind}.{name}": t
        for k, scores in enumerate(voices)
        for kind, score in zip(config.kinds, scores, strict=True)
        for name, t in score.state.items()
    }
    return pack(tensors, {"kinds": list(config.kinds)})


def voices_from_bytes(data: bytes, config: ScoreConfig, members: int) -> Voices:
    """The voices that :func:`voices_to_bytes` wrote."""
    tensors, _ = unpack(data)

    def state(k: int, kind: str) -> dict[str, Tensor]:
        start = f"{k}.{kind}."
        return {name.removeprefix(start): t for name, t in tensors.items() if name.startswith(start)}

    return [[SCORES[kind](state(k, kind)) for kind in config.kinds] for k in range(members)]
