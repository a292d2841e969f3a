"""Small sets of images as files, made on the spot: an archive of grey squares with a bright spot where it is odd."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int, size: tuple[int, int] = (24, 24), *, odd: bool = False) -> np.ndarray:
    """A soft slope with noise; an odd one has a bright square in a place of its own."""
    rng = np.random.default_rng(seed)
    height, width = size
    values = 60 + 60 * np.linspace(0, 1, width)[None, :] + rng.normal(0, 4, size)
    if odd:
        top, left = rng.integers(2, height - 8), rng.integers(2, width - 8)
        values[top : top + 6, left : left + 6] = 230
    return np.clip(values, 0, 255).astype(np.uint8)


def marked(pixels: np.ndarray) -> np.ndarray:
    """The mask of an odd picture."""
    return ((pixels > 200) * 255).astype(np.uint8)


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    """A picture as a file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def packed(path: Path, files: Mapping[str, bytes]) -> Path:
    """Files in a ZIP archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def small_set(normal: int = 48, odd: int = 12, size: tuple[int, int] = (24, 24)) -> dict[str, bytes]:
    """Normal and odd pictures in folders, with masks beside them."""
    files = {f"normal/{k:03}.png": encoded(picture(k, size)) for k in range(normal)}
    for k in range(odd):
        pixels = picture(1_000 + k, size, odd=True)
        files[f"anomaly/{k:03}.png"] = encoded(pixels)
        files[f"masks/anomaly/{k:03}.png"] = encoded(marked(pixels))
    return files
