"""The score worst: the mean of the largest hundredth of the errors of a sample."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

_SHARE = 0.01


@SCORES.register("worst")
class WorstErrors(Score):
    """The mean of the highest hundredth of the errors, at least one of them."""

    title = "Worst hundredth"
    when = "For images with small defects, where the mean over all pixels would hide them."
    order = 7

    @classmethod
    def fits_axes(cls, axes: Collection[str]) -> bool:
        """Whether units have places."""
        return {"height", "width"} <= set(axes)

    def of(self, rows: ForwardPass) -> Tensor:
        """The means."""
        error = rows.weighted(rows.error)
        return error.topk(max(1, int(_SHARE * error.shape[1])), dim=1).values.mean(dim=1)
