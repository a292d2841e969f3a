"""New units decoded from samples of a variational network's prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.models.base import Autoencoder

UNITS = 2_000
"""New units of a run, fewer where they have many parts."""
_CELLS = 1_000_000


def units_to_generate(parts: int) -> int:
    """How many new units of so many parts a run gets."""
    return max(1, min(UNITS, _CELLS // max(parts, 1)))


def generate_units(members: list[Autoencoder], count: int, seed: int) -> NDArray[np.float32]:
    """New units: what standard normal codes stand for, shape (count, *shape).

    Parameters
    ----------
    members
        Trained variational networks; each generates its share.
    count
        How many.
    seed
        Decides the codes.
    """
    generator = torch.Generator().manual_seed(seed)
    found: list[NDArray[np.float32]] = []
    with torch.inference_mode():
        for k, member in enumerate(members):
            member.eval()
            first = next(member.parameters())
            share = count // len(members) + (k < count % len(members))
            epsilon = torch.randn((share, member.code_width), generator=generator).to(first.device)
            found.append(member.generate(epsilon).cpu().numpy())
    return np.concatenate(found)
