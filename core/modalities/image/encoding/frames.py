"""How images of any size become arrays of one: letterboxed, stretched, cropped, or cut into tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.modalities.image.encoding.config import ImageConfig

LARGEST_PIXELS, LARGEST_FEATURES = 128, 640
_SMALL, _MIDDLE = 64, 256
_ALIKE = 1.02
"""Shapes whose proportions differ by less are the same."""
_FOLD = {"pixels": 1, "features": 32}
_TILE_OVERLAP = 0.25

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Box:
    """Where the content of an image lies in a frame, or which part of an image a frame shows."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Frame:
    """The size at which images are read, and how they are fitted into it."""

    height: int
    width: int
    fit: str
    """letterbox, resize, crop or tiles."""

    @classmethod
    def chosen(cls, config: ImageConfig, sizes: Sequence[tuple[int, int]]) -> Frame:
        """The frame that the settings say, or that some images (width and height of each) suggest."""
        if not len(sizes):
            raise DataError("The training part has 0 images, so that nothing can be learned. Choose another split.")
        width, height = np.array(sizes, dtype=np.float64).T
        ratio = width / height
        alike = ratio.max() / ratio.min() < _ALIKE
        fit = config.fit if config.fit != "auto" else "resize" if alike else "letterbox"
        long_side = float(np.median(np.maximum(width, height)))
        step = _FOLD[config.reads]
        size = config.size or _suggested(long_side, config.reads)
        size = max(step, -(-size // step) * step)
        if fit == "tiles":
            return cls(size, size, fit)
        middle = float(np.exp(np.median(np.log(ratio))))
        if abs(np.log(middle)) < np.log(1.15):
            return cls(size, size, fit)
        other = max(step, round(size * min(middle, 1 / middle) / step) * step)
        return cls(other, size, fit) if middle > 1 else cls(size, other, fit)

    def boxes(self, width: int, height: int) -> list[Box]:
        """The part of an image of that size that each of its units shows, in its own pixels.

        Of letterboxes it is larger than the image: what lies outside is empty.
        """
        if self.fit == "resize":
            return [Box(0, 0, width, height)]
        if self.fit == "tiles":
            return [
                Box(x, y, self.width, self.height)
                for y in _starts(height, self.height)
                for x in _starts(width, self.width)
            ]
        scale = (max if self.fit == "letterbox" else min)(width / self.width, height / self.height)
        w, h = self.width * scale, self.height * scale
        return [Box((width - w) / 2, (height - h) / 2, w, h)]

    def inside(self, width: int, height: int, box: Box) -> tuple[int, int, int, int]:
        """Where in a frame (top, bottom, left, right) there is image, of an image of that size."""
        left, top = max(0.0, box.left), max(0.0, box.top)
        right, bottom = min(float(width), box.left + box.width), min(float(height), box.top + box.height)
        sx, sy = self.width / box.width, self.height / box.height
        w = min(self.width, max(1, round((right - left) * sx)))
        h = min(self.height, max(1, round((bottom - top) * sy)))
        x = min(self.width - w, max(0, round((left - box.left) * sx)))
        y = min(self.height - h, max(0, round((top - box.top) * sy)))
        return y, y + h, x, x + w

    def taken(self, image: Pixels, box: Box) -> Pixels:
        """What a box shows of an image, in the frame's size.

        Where there is no image it is mirrored, so that no edge is seen that is none.
        """
        height, width = image.shape[:2]
        top, bottom, left, right = self.inside(width, height, box)
        part = (max(0.0, box.left), max(0.0, box.top), min(float(width), box.left + box.width),
                min(float(height), box.top + box.height))  # fmt: skip
        small = resized(image, (right - left, bottom - top), part)
        if small.shape[:2] == (self.height, self.width):
            return small
        return np.pad(small, ((top, self.height - bottom), (left, self.width - right), (0, 0)), mode="symmetric")


def _suggested(long_side: float, reads: str) -> int:
    if reads == "pixels":
        return int(long_side) if long_side <= _SMALL else LARGEST_PIXELS
    if long_side < _SMALL:
        return _SMALL
    return _MIDDLE if long_side <= _MIDDLE else min(LARGEST_FEATURES, int(-(-long_side // 32) * 32))


def _starts(length: int, size: int) -> list[float]:
    """Where tiles begin along a side: evenly, overlapping, the first and the last at its ends."""
    if length <= size:
        return [(length - size) / 2]
    count = int(np.ceil((length - size) / (size * (1 - _TILE_OVERLAP)))) + 1
    return [round(float(x)) for x in np.linspace(0, length - size, count)]


def resized(image: Pixels, size: tuple[int, int], box: tuple[float, float, float, float] | None = None) -> Pixels:
    """A part of an image in another size (width, height), each pixel the mean of those that it stands for."""
    from PIL import Image

    if box is None:
        box = (0.0, 0.0, float(image.shape[1]), float(image.shape[0]))
    if size == (image.shape[1], image.shape[0]) and box == (0.0, 0.0, float(size[0]), float(size[1])):
        return image
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(image[:, :, c])).resize(size, Image.Resampling.BILINEAR, box=box)
        )
        for c in range(image.shape[2])
    ]
    return np.stack(planes, axis=2).astype(np.float32)


def with_channels(image: Pixels, channels: int) -> Pixels:
    """An image of one channel or three as one of the other; brightness as eyes weigh it (ITU-R BT.601)."""
    if image.shape[2] == channels:
        return image
    if channels == 3:
        return np.repeat(image, 3, axis=2)
    return (image @ np.array([0.299, 0.587, 0.114], dtype=np.float32))[:, :, None].astype(np.float32)
