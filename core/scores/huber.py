"""The score huber: squared reconstruction error where it is usual, absolute beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.resolution import ENCODED
from core.scores import SCORES
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

EFFICIENT = 1.345
"""Standard deviations up to which errors are squared: 95 % of the efficiency of squares on normal errors."""
_MAD = 1.4826


@SCORES.register("huber")
class HuberError(Score):
    """Mean over the columns of e²/2 where e <= delta, else delta (e - delta/2), with e = |x - x_hat| (Huber, 1964).

    delta is 1.345 robust standard deviations (1.4826 times the median) of the training rows' errors over all columns.
    """

    title = "Huber error"
    when = "Between squared and absolute: a wild value in one column of noisy data does not decide alone."
    because = "Each column's share is its part of the Huber error."
    order = 10
    fits = True

    def fit(self, rows: ForwardPass) -> None:
        """Where errors begin to count linearly."""
        usual = _MAD * rows.error.sqrt().flatten().median()
        self.state = {"delta": (EFFICIENT * usual).clamp_min(ENCODED).reshape(1)}

    def of(self, rows: ForwardPass) -> Tensor:
        """Mean of the Huber errors."""
        return rows.mean(self._errors(rows))

    def shares(self, rows: ForwardPass) -> Tensor:
        """The Huber errors."""
        return rows.weighted(self._errors(rows))

    def _errors(self, rows: ForwardPass) -> Tensor:
        delta = self.on(rows.error)["delta"]
        e = rows.error.sqrt()
        # With m = min(e, delta) both cases are m (e - m/2).
        m = e.minimum(delta)
        return m * (e - m / 2)
