"""What a score is: a number per row from what one network makes of it, and each position's share of that number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass


class Score:
    """Base of the scores; a kind is one small file with a title, a line on what it is good at, and ``of``.

    A kind that learns from training rows (``fits``) overrides ``fit`` and keeps what it learnt in ``state``, as tensors
    by name; that is what is saved with a run. It belongs to one network, or to all.

    Parameters
    ----------
    state
        What an earlier one learnt; empty before ``fit``.
    """

    title: ClassVar[str]
    """The score's name on screen."""
    when: ClassVar[str]
    """One line on what it is good at."""
    because: ClassVar[str] = "Each column's share is its part of the squared error."
    """One line on what ``shares`` are, for who reads why a row is odd."""
    order: ClassVar[int] = 100
    """Its place in a picker; the lowest comes first."""
    fits: ClassVar[bool] = False
    """Whether it learns from training rows before it can score others."""
    not_along: ClassVar[tuple[str, ...]] = ()
    """Axes along which it has no meaning; every other it reads."""
    fits_raw_rows: ClassVar[bool] = False
    """Whether it learns the rows themselves, not how they are rebuilt, so that in small tables every row counts."""
    model_free: ClassVar[bool] = False
    """Whether it looks at the rows alone and at no network, so that one is fitted, and asked, for all members."""

    def __init__(self, state: Mapping[str, Tensor] | None = None) -> None:
        self.state: dict[str, Tensor] = dict(state or {})
        self._placed: dict[tuple[object, object], dict[str, Tensor]] = {}

    @classmethod
    def fits_axes(cls, axes: Collection[str]) -> bool:
        """Whether it reads units with these axes."""
        return not set(axes) & set(cls.not_along)

    def fit(self, rows: ForwardPass) -> None:
        """Learn from training rows what is usual; by default there is nothing to learn."""
        return None

    def of(self, rows: ForwardPass) -> Tensor:
        """The score of each row, shape (n,): never negative, and of this row alone."""
        raise NotImplementedError

    def shares(self, rows: ForwardPass) -> Tensor:
        """How much each position has to do with a row's score, shape (n, positions), never negative.

        Only the proportions within a row count. The squared error by default.
        """
        return rows.weighted(rows.error)

    def on(self, like: Tensor) -> dict[str, Tensor]:
        """The state on the device, and in the number format, of some rows."""
        import torch

        place = (like.device, like.dtype)
        if place not in self._placed:
            # Whoever asks first may be in inference mode, and gradients cannot pass by what was made there.
            with torch.inference_mode(False):
                self._placed[place] = {
                    name: t.to(like.device, like.dtype, copy=t.is_inference()) for name, t in self.state.items()
                }
        return self._placed[place]
