"""The score structure: where the structure of an image is not that of its reconstruction, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores.regions import OddRegions

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass


@SCORES.register("structure")
class OddStructure(OddRegions):
    """As odd regions, of 1 - SSIM (Wang et al., 2004) instead of the squared error: brightness alone counts little."""

    title = "Odd structure (SSIM)"
    when = "For pixels: lines and edges that are missing or too many, in images whose brightness varies."
    order = 6

    def _compared(self, rows: ForwardPass) -> Tensor:
        from core.similarity import ssim

        if len(rows.shape) != 3:
            return rows.error
        x, x_hat = (values.view(-1, *rows.shape) for values in (rows.x, rows.x_hat))
        return (1 - ssim(x, x_hat)).clamp_min(0).flatten(1)
