"""What a network reads of images: each image a unit, or its tiles; made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.modalities.image.content import Images
from core.modalities.image.encoding.frames import Box
from core.modalities.layout import Layout
from core.modalities.units import CachedUnits, Pooling


class ImageUnits(CachedUnits):
    """The units of some images.

    Parameters
    ----------
    layout
        What the positions mean.
    raw
        The images.
    boxes
        What each unit of each image shows of it.
    read
        From the images, the place of one and a box to the unit.
    """

    def __init__(
        self,
        layout: Layout,
        raw: Images,
        boxes: Sequence[Sequence[Box]],
        read: Callable[[Images, int, Box], NDArray[np.float32]],
    ) -> None:
        self.raw = raw
        self.boxes = [box for some in boxes for box in some]
        self.sample_of = np.repeat(np.arange(len(boxes)), [len(some) for some in boxes])
        count = len(self.boxes)
        several = count != len(boxes)
        pooling = (
            Pooling(np.arange(count), self.sample_of, units=count, samples=len(boxes), how="max") if several else None
        )
        # What is made of images is remembered for all that read them (core.modalities.image.encoding.cache).
        super().__init__(layout, count, self.one, pooling=pooling, cache_bytes=0)
        self._make = read

    def one(self, place: int) -> NDArray[np.float32]:
        """One unit, of the layout's shape."""
        return self._make(self.raw, int(self.sample_of[place]), self.boxes[place])
