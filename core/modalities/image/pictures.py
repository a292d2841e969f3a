"""Pictures as inline images: an image, its error map in colours, both over each other."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Inferno (van der Walt and Smith, 2015) at nine steps: even to the eye, and in grey too.
_INFERNO = np.array(
    [(0, 0, 4), (31, 12, 72), (85, 15, 109), (136, 34, 106), (186, 54, 85), (227, 89, 51), (249, 140, 10),
     (249, 201, 50), (252, 255, 164)],
    dtype=np.float32,
)  # fmt: skip
SIDE = 320
"""Pixels of the longer side of a picture."""


def shown(share: NDArray[np.float32], side: int = SIDE) -> Any:
    """An image of numbers between 0 and 1, shape (height, width, channels), as a picture of Pillow's."""
    from PIL import Image

    levels = np.clip(np.nan_to_num(share) * 255, 0, 255).round().astype(np.uint8)
    picture = Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels)
    return scaled(picture, side)


def scaled(picture: Any, side: int = SIDE) -> Any:
    """A picture whose longer side has so many pixels; small ones are enlarged without blurring their pixels."""
    from PIL import Image

    factor = side / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    if size == picture.size:
        return picture
    how = Image.Resampling.NEAREST if factor >= 3 else Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.BOX
    return picture.resize(size, how)


def coloured(heat: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Numbers between 0 and 1 as colours, shape (height, width, 3)."""
    at = np.clip(np.nan_to_num(heat), 0, 1) * (len(_INFERNO) - 1)
    low = np.minimum(at.astype(int), len(_INFERNO) - 2)
    part = (at - low)[..., None]
    mixed: NDArray[np.uint8] = (_INFERNO[low] * (1 - part) + _INFERNO[low + 1] * part).round().astype(np.uint8)
    return mixed


def overlaid(picture: Any, heat: NDArray[np.floating[Any]], opacity: float = 0.6) -> Any:
    """A picture with a map of numbers between 0 and 1 over it, the clearer the higher."""
    from PIL import Image

    smooth = Image.fromarray(np.clip(np.nan_to_num(heat), 0, 1).astype(np.float32)).resize(
        picture.size, Image.Resampling.BICUBIC
    )
    values = np.clip(np.asarray(smooth), 0, 1)
    under = np.asarray(picture.convert("RGB"), dtype=np.float32)
    weight = (opacity * np.minimum(1.0, 1.6 * values))[..., None]
    mixed = under * (1 - weight) + coloured(values) * weight
    return Image.fromarray(mixed.round().astype(np.uint8))


def inline(picture: Any) -> str:
    """A picture as an address that holds it: JPEG where it is a photograph, PNG where that is smaller."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
