"""Where units are odd, as a map over their height and width: that of the score where it has one, else of the errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from core.runtime import units_at_once
from core.scores._maps import smoothed
from core.scoring.forward_pass import ForwardPass, in_blocks

if TYPE_CHECKING:
    from core.models.base import Autoencoder
    from core.scoring.fitted_scores import FittedScores


def heat_maps(
    members: Sequence[Autoencoder], x: NDArray[np.float32], fitted_scores: FittedScores
) -> NDArray[np.float32]:
    """The maps of some units, averaged over members and scores, shape (n, height, width) of the finest grid.

    Parameters
    ----------
    members
        Networks that read units with the axes channel, height and width.
    x
        The units, shape (n, channel, height, width).
    fitted_scores
        The scores of each member.
    """
    maps, step = [], units_at_once(x.shape[1:])
    with torch.inference_mode():
        for start in range(0, len(x), step):
            some = x[start : start + step]
            found = []
            for member, scores in zip(members, fitted_scores, strict=True):
                member.eval()
                device = next(member.parameters()).device
                rows = ForwardPass(member, in_blocks(torch.from_numpy(some)).to(device))
                own = [heat(rows) for score in scores if (heat := getattr(score, "heat", None)) is not None]
                found += own or [smoothed(rows.weighted(rows.error).view(-1, *member.shape).mean(dim=1))]
            maps.append((sum(found[1:], found[0]) / len(found))[: len(some)].float().cpu().numpy())
    return np.concatenate(maps)
