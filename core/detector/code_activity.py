"""How active the units of a sparse code are on average, and how many stay quiet."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.runtime import CHUNK
from core.scoring.forward_pass import in_blocks

if TYPE_CHECKING:
    from core.models.base import Autoencoder

LIMIT = 0.1
"""A unit whose mean activation is below this counts as quiet."""


def code_activity(members: Sequence["Autoencoder"], x: NDArray[np.float32]) -> dict[str, Any]:
    """The mean activation of each code unit over some rows.

    Parameters
    ----------
    members
        Trained networks.
    x
        Encoded training rows, shape (n, width).

    Returns
    -------
    Plain values: ``units`` (mean activation per unit, the members' one after the other), ``active`` (the share of rows
    in which each is at or above the limit), ``quiet`` (the share of units whose mean is below it), ``limit``, ``rows``.
    """
    means, shares = [], []
    with torch.inference_mode():
        for member in members:
            member.eval()
            device = next(member.parameters()).device
            total, over = torch.zeros((), device=device), torch.zeros((), device=device)
            for start in range(0, len(x), CHUNK):
                rows = torch.from_numpy(x[start : start + CHUNK])
                active = member.active(member.encode(in_blocks(rows).to(device)))[: len(rows)]
                total, over = total + active.double().sum(dim=0), over + (active >= LIMIT).double().sum(dim=0)
            means += (total / len(x)).tolist()
            shares += (over / len(x)).tolist()
    quiet = float(np.mean(np.array(means) < LIMIT))
    return {"units": means, "active": shares, "quiet": quiet, "limit": LIMIT, "rows": len(x)}
