"""What a kind of data that can be looked at must answer, for a gallery and for who looks at one sample closely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.explain.explanation import Explanation

TOP = 16.0
"""Where the last of the 256 steps of a map lies: 0 is the usual place of held-out normal samples, 1 their highest
hundredth. The steps are those of the square root, so that what is a little odd and what is very odd both show."""


class Pictures(Protocol):
    """The pictures of the samples of one run. Safe to share between threads."""

    @property
    def has_masks(self) -> bool:
        """Whether some sample has a mask that says what is odd in it."""

    @property
    def has_heat(self) -> bool:
        """Whether the run kept where its samples are odd."""

    def names(self) -> list[str]:
        """What each sample is called."""

    def thumbnail(self, id: int) -> bytes:
        """A small picture, as JPEG."""

    def image(self, id: int) -> bytes:
        """The picture, as JPEG or PNG."""

    def mask(self, id: int) -> bytes | None:
        """What is marked as odd, as a grey PNG of the picture's proportions; None where nothing is known."""

    def heat(self, id: int) -> bytes | None:
        """How odd each place is, 0 to :data:`TOP` in 256 steps, as a grey PNG; None where it was not kept."""

    def gathered(self, ids: NDArray[np.int64]) -> bytes | None:
        """The mean of the maps of some samples, on the same steps; None where none was kept."""

    def rebuilt(self, explanation: Explanation) -> bytes | None:
        """What the networks made of an explained sample, as PNG; None where that is no picture."""

    def size(self, id: int) -> tuple[int, int]:
        """Width and height in pixels."""
