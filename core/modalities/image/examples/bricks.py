"""Pieces of a photograph of a brick wall; into some a scratch, a stain or a foreign piece is drawn, with its mask."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.modalities.image.examples import EXAMPLES, ExampleImages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NORMAL, _ODD = 80, 40
_SIDE = 200


def make(seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Pieces of 200 by 200 pixels, each a little lighter or darker."""
    import numpy as np

    from core.modalities.image.injected import patch, scratch, stain

    wall, rng = _wall(), np.random.default_rng(seed)
    for k in range(_NORMAL):
        yield f"normal/{k:03}.png", _png(_piece(wall, rng))
    for k in range(_ODD):
        name, draw = (("scratch", scratch), ("stain", stain), ("patch", patch))[k % 3]
        before = _piece(wall, rng)
        after = draw(before[:, :, None].copy(), rng, lambda: wall[:, :, None].transpose(1, 0, 2))[:, :, 0]
        yield f"anomaly/{name}_{k:03}.png", _png(after)
        yield f"masks/anomaly/{name}_{k:03}.png", _png((np.abs(after - before) > 0.06).astype(np.float32))


def _wall() -> NDArray[np.float32]:
    import numpy as np

    from core.errors import DataError

    try:
        from skimage import data as skimage_data

        data: Any = skimage_data
    except ImportError:
        raise DataError(
            "This sample is made of a photograph that comes with scikit-image, which is not installed. Install it with "
            '`pip install "anomalens[images]"`, or take another sample.'
        ) from None
    return np.asarray(data.brick(), dtype=np.float32) / np.float32(255)


def _piece(wall: NDArray[np.float32], rng: Any) -> NDArray[np.float32]:
    import numpy as np

    y, x = rng.integers(0, wall.shape[0] - _SIDE, 2)
    piece = wall[y : y + _SIDE, x : x + _SIDE] * rng.uniform(0.9, 1.1) + rng.normal(0, 0.01, (_SIDE, _SIDE))
    return np.asarray(np.clip(piece, 0, 1), dtype=np.float32)


def _png(values: NDArray[np.float32]) -> bytes:
    import numpy as np
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray((values * 255).round().astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


EXAMPLES.register("brick_images")(
    ExampleImages(
        title="Brick wall",
        description="120 pieces of a brick wall; 40 have a scratch, a stain or a foreign piece, and masks say where.",
        size=120,
        source="The photograph brick of scikit-image (CC0), with drawn defects",
        make=make,
        order=60,
    )
)
