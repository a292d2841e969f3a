"""Handwritten digits of eight by eight pixels: zeros are normal, every tenth image is another digit."""

from __future__ import annotations

import io
from collections.abc import Iterator

from core.modalities.image.examples import EXAMPLES, ExampleImages

_OTHERS = 24


def make(seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """All 178 zeros, and some of the other digits."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    rng = np.random.default_rng(seed)
    others = rng.choice(np.flatnonzero(digits.target != 0), _OTHERS, replace=False)
    for k in (*np.flatnonzero(digits.target == 0), *np.sort(others)):
        target = int(digits.target[k])
        buffer = io.BytesIO()
        pixels = (digits.images[k] * (255 / 16)).astype(np.uint8)
        # Twice as large: three halvings of eight pixels would leave a single one.
        Image.fromarray(pixels).resize((16, 16), Image.Resampling.BICUBIC).save(buffer, "PNG")
        folder = "normal" if target == 0 else "anomaly"
        yield f"{folder}/{target}_{k:04}.png", buffer.getvalue()


EXAMPLES.register("digit_images")(
    ExampleImages(
        title="Images of handwritten zeros",
        description="178 zeros of 16 by 16 pixels, and 24 other digits among them, which are the anomalies.",
        size=202,
        source="Optical recognition of handwritten digits (Alpaydin and Kaynak, 1998), from scikit-learn",
        make=make,
        order=61,
    )
)
