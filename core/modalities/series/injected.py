"""Synthetic anomalies of series: spikes, level shifts, flat stretches and noise in pieces of ordinary ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from core.modalities.series.content import Held, Moments

Change = Callable[[NDArray[np.float64], NDArray[np.float64], np.random.Generator], None]


def injected(raw: Moments, seed: int) -> Mapping[str, Moments]:
    """The same moments once for each kind of anomaly, each changed around the moments that are asked for."""
    return {name: _changed(raw, change, np.random.default_rng([seed, k])) for k, (name, change) in enumerate(KINDS)}


def _changed(raw: Moments, change: Change, rng: np.random.Generator) -> Moments:
    source = raw.source
    # One moment after the other has its own copy of what is around it, so that changes do not add up.
    around, parts, spans, ids, at = 64, [], [], [], 0
    for id in raw.ids.tolist():
        first, last = source.spans[np.searchsorted(source.spans[:, 0], id, side="right") - 1].tolist()
        start, stop = max(first, id - 2 * around), min(last, id + 2 * around)
        values = np.array(source.between(start, stop))
        scale = np.nan_to_num(np.nanstd(values, axis=0)) + 1e-9
        length = int(rng.integers(1, 24))
        begin = max(0, id - start - length // 2)
        channel = int(rng.integers(values.shape[1]))
        change(values[begin : begin + length, channel : channel + 1], scale[channel : channel + 1], rng)
        parts.append(values)
        spans.append((at, at + len(values)))
        ids.append(at + id - start)
        at += len(values)
    held = Held(source.channels, np.concatenate(parts), np.array(spans, dtype=np.int64))
    return Moments(held, np.array(ids, dtype=np.int64))


def _spike(piece: NDArray[np.float64], scale: NDArray[np.float64], rng: np.random.Generator) -> None:
    piece[len(piece) // 2] += rng.choice([-1, 1]) * rng.uniform(3, 8) * scale


def _shift(piece: NDArray[np.float64], scale: NDArray[np.float64], rng: np.random.Generator) -> None:
    piece += rng.choice([-1, 1]) * rng.uniform(1.5, 4) * scale


def _flat(piece: NDArray[np.float64], scale: NDArray[np.float64], rng: np.random.Generator) -> None:
    piece[:] = piece[0]


def _noise(piece: NDArray[np.float64], scale: NDArray[np.float64], rng: np.random.Generator) -> None:
    piece += rng.normal(0, 1.5, piece.shape) * scale


KINDS: tuple[tuple[str, Change], ...] = (("spike", _spike), ("shift", _shift), ("flat", _flat), ("noise", _noise))
