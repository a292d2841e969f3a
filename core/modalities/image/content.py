"""Some images, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.modalities.image.reading.pixels import Pixels, as_share


@dataclass(frozen=True)
class Images:
    """Some images; it has a length, as all content has, and holds no pixel before one is asked for."""

    load: Callable[[int], Pixels]
    """The pixels of the image at a place."""
    sizes: tuple[tuple[int, int], ...]
    """Width and height of each."""
    value_range: tuple[float, float] | None = None
    """The range of the numbers of deep images, of the whole set that they are of."""
    keys: tuple[Hashable, ...] = ()
    """What each is known by where it is always the same image; nothing is remembered of images without one."""
    names: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.sizes)

    def key(self, place: int) -> Hashable | None:
        """What the image at a place is known by."""
        return self.keys[place] if self.keys else None

    def share(self, place: int) -> NDArray[np.float32]:
        """The image at a place as numbers between 0 and 1, shape (height, width, channels)."""
        return as_share(self.load(place), self.value_range)

    @classmethod
    def of(cls, pixels: Sequence[Pixels], value_range: tuple[float, float] | None = None) -> Images:
        """Images that are decoded already."""
        kept = list(pixels)
        sizes = tuple((one.shape[1], one.shape[0]) for one in kept)
        return cls(kept.__getitem__, sizes, value_range)
