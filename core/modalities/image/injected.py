"""Synthetic defects of images, by which the search without labels chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.modalities.image.content import Images

Pixels = NDArray[np.float32]


def injected(raw: Images, seed: int) -> Mapping[str, Images]:
    """The images with one defect each of every kind, made when they are looked at."""
    return {
        name: Images(
            load=lambda place, draw=draw, kind=kind: _drawn(raw, place, draw, seed, kind),  # type: ignore[misc]
            sizes=raw.sizes,
            value_range=(0.0, 1.0),
        )
        for kind, (name, draw) in enumerate(_KINDS.items())
    }


def _drawn(raw: Images, place: int, draw: Callable[..., Pixels], seed: int, kind: int) -> Pixels:
    rng = np.random.default_rng((seed, kind, place))
    drawn: Pixels = draw(raw.share(place).copy(), rng, lambda: raw.share(int(rng.integers(len(raw)))))
    return drawn


def scratch(image: Pixels, rng: np.random.Generator, another: Any = None) -> Pixels:
    """A thin line, lighter or darker than what it crosses."""
    height, width = image.shape[:2]
    t = np.linspace(-0.5, 0.5, 4 * max(height, width))
    length, angle, bend = rng.uniform(0.25, 0.6) * min(height, width), rng.uniform(0, np.pi), rng.normal(0, 0.04)
    y = rng.uniform(0.2, 0.8) * height + length * (t * np.sin(angle) + bend * np.sin(7 * t))
    x = rng.uniform(0.2, 0.8) * width + length * (t * np.cos(angle) + bend * np.cos(7 * t))
    thick = max(1, round(min(height, width) / 120))
    for dy in range(thick):
        for dx in range(thick):
            rows, columns = np.round(y + dy).astype(int), np.round(x + dx).astype(int)
            inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
            level = 0.95 if image[rows[inside], columns[inside]].mean() < 0.5 else 0.1
            image[rows[inside], columns[inside]] = 0.3 * image[rows[inside], columns[inside]] + 0.7 * level
    return image


def patch(image: Pixels, rng: np.random.Generator, another: Callable[[], Pixels]) -> Pixels:
    """A piece of another image, or of another place of this one."""
    other = another()
    height, width = image.shape[:2]
    h, w = (max(2, int(rng.uniform(0.08, 0.2) * n)) for n in (height, width))
    h, w = min(h, other.shape[0], height), min(w, other.shape[1], width)
    y, x = rng.integers(other.shape[0] - h + 1), rng.integers(other.shape[1] - w + 1)
    top, left = rng.integers(height - h + 1), rng.integers(width - w + 1)
    piece = other[y : y + h, x : x + w]
    image[top : top + h, left : left + w] = piece[::-1] if piece.shape[2] == image.shape[2] else piece.mean()
    return image


def stain(image: Pixels, rng: np.random.Generator, another: Any = None) -> Pixels:
    """A soft spot, darker or lighter."""
    height, width = image.shape[:2]
    y, x = np.ogrid[:height, :width]
    radius = rng.uniform(0.05, 0.12) * min(height, width)
    spot = np.exp(-(((y - rng.uniform(0.2, 0.8) * height) ** 2 + (x - rng.uniform(0.2, 0.8) * width) ** 2) / radius**2))
    shift = 0.5 if image.mean() < 0.5 else -0.5
    return np.asarray(np.clip(image + shift * spot[:, :, None], 0, 1), dtype=np.float32)


_KINDS: dict[str, Callable[..., Pixels]] = {"scratch": scratch, "patch": patch, "stain": stain}
