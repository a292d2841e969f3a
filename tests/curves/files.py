"""A file of curves: every curve's values, and what is known of it beside them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

ENDING = ".curves"
CHANNELS = ("speed", "load")
LENGTH = 60


@dataclass(frozen=True)
class Curves:
    """What a network reads of some curves; it has a length, as all content has."""

    values: NDArray[np.float32]
    """Shape (n, LENGTH, channels)."""

    def __len__(self) -> int:
        return len(self.values)


def generate(n: int = 240, seed: int = 0, *, labelled: bool = True) -> bytes:
    """A file of curves: two sines that go together; of one in twenty the second channel limps behind."""
    rng = np.random.default_rng(seed)
    time = np.arange(LENGTH)
    phase, pace = rng.uniform(0, 2 * np.pi, n), rng.uniform(0.9, 1.1, n)
    angle = 2 * np.pi * pace[:, None] * time / 30 + phase[:, None]
    odd = np.zeros(n, dtype=bool)
    odd[rng.choice(n, n // 20, replace=False)] = True
    late = np.where(odd, 2.0, 0.3)
    values = np.stack([np.sin(angle), np.sin(angle - late[:, None])], axis=2)
    values += rng.normal(0, 0.03, values.shape)
    index = {
        "machine": np.array([f"press {k % 4}" for k in range(n)]),
        "hour": np.array([k % 24 for k in range(n)]),
    }
    if labelled:
        index["verdict"] = np.where(odd, "broken", "normal")
    return pack(values.astype(np.float32), index)


def pack(values: NDArray[np.float32], index: dict[str, NDArray[Any]]) -> bytes:
    """Curves and their index as a file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, curves=values, **{f"index_{name}": column for name, column in index.items()})
    return buffer.getvalue()


def unpack(path: Path | io.BytesIO) -> tuple[Curves, dict[str, NDArray[Any]]]:
    """What :func:`pack` made a file of.

    Raises
    ------
    DataError
        When it is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            values = file["curves"]
            index = {name.removeprefix("index_"): file[name] for name in file.files if name.startswith("index_")}
    except (OSError, ValueError, KeyError):
        raise DataError("The file holds no curves. Choose one that ends in .curves.") from None
    if values.shape[1:] != (LENGTH, len(CHANNELS)):
        raise DataError(f"A curve has {LENGTH} moments of {len(CHANNELS)} channels. Got {values.shape[1:]}.")
    return Curves(values.astype(np.float32)), index


def joined(parts: list[tuple[Curves, dict[str, NDArray[Any]]]]) -> tuple[Curves, dict[str, NDArray[Any]]]:
    """The curves of several files, and what is known of all of them."""
    values = np.concatenate([curves.values for curves, _ in parts])
    shared = [name for name in parts[0][1] if all(name in index for _, index in parts)]
    return Curves(values), {name: np.concatenate([index[name] for _, index in parts]) for name in shared}
