"""Simple detectors of series to compare with: on windows, by profiles, by differences; each scores every moment.

All see channels as the product encodes them, learn from the training part alone, and windows run over no border.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.modalities.layout import Layout
from core.modalities.series.windows import SeriesWindows

Floats = NDArray[np.float64]
TRAIN, NEIGHBOURS, TREES = 4_000, 5, 100
_TINY = 1e-9


@dataclass(frozen=True)
class RivalCase:
    """One series as rivals see it."""

    x: NDArray[np.float32]
    """Encoded channels, shape (moments, channels)."""
    main: NDArray[np.bool_]
    """The channels that take more than two values."""
    train: int
    window: int
    seed: int

    @property
    def spans(self) -> NDArray[np.int64]:
        """The training part and the judged part."""
        return np.array([[0, self.train], [self.train, len(self.x)]], dtype=np.int64)

    def windows(self, channels: NDArray[np.bool_]) -> tuple[SeriesWindows, NDArray[np.float32], NDArray[np.bool_]]:
        """All windows, flat, and which of them train."""
        import torch

        x = np.ascontiguousarray(self.x[:, channels])
        layout = Layout(("time", "channel"), (self.window, x.shape[1]))
        units = SeriesWindows(layout, lambda a, b: x[a:b], self.spans, np.arange(len(x)))
        flat = units.take(torch.arange(len(units))).numpy().reshape(len(units), -1)
        return units, flat, np.arange(len(units)) < max(1, self.train - self.window + 1)


def knn(case: RivalCase) -> Floats:
    """The mean distance of a window to its five nearest training windows."""
    from sklearn.neighbors import NearestNeighbors

    units, flat, train = case.windows(case.main)
    reference = _spread(flat[train], TRAIN)
    count = min(NEIGHBOURS, len(reference))
    near = NearestNeighbors(n_neighbors=count, algorithm="brute", n_jobs=1).fit(reference)
    found = np.concatenate(
        [near.kneighbors(some)[0].mean(axis=1) for some in np.array_split(flat, 1 + len(flat) // 2048)]
    )
    return units.join(found.astype(np.float64))


def isolation_forest(case: RivalCase) -> Floats:
    """An isolation forest on windows."""
    from sklearn.ensemble import IsolationForest

    units, flat, train = case.windows(case.main)
    forest = IsolationForest(n_estimators=TREES, random_state=case.seed, n_jobs=1).fit(_spread(flat[train], TRAIN))
    return units.join(-forest.score_samples(flat))


def sub_pca(case: RivalCase) -> Floats:
    """Distances along the principal components of windows of all channels, each by its share of the variance."""
    units, flat, train = case.windows(np.ones(len(case.main), dtype=bool))
    mean, components, variance = _components(_spread(flat[train], TRAIN))
    share = variance / variance.sum()
    kept = share > 1e-6
    places = np.abs((flat - mean) @ components[:, kept])
    return units.join((places / share[kept]).sum(axis=1).astype(np.float64))


def whitened_pca(case: RivalCase) -> Floats:
    """The mean squared place of a window along the components, each in its own deviation."""
    units, flat, train = case.windows(case.main)
    mean, components, variance = _components(_spread(flat[train], TRAIN))
    places = (flat - mean) @ components
    return units.join((places**2 / (variance + 0.01 * variance.mean() + 1e-6)).mean(axis=1).astype(np.float64))


def matrix_profile(case: RivalCase) -> Floats:
    """The distance of each window's shape to the most similar one of the training part, averaged over channels."""
    import stumpy

    length, total = max(4, case.window), np.zeros(len(case.x))
    channels = np.flatnonzero(case.main)
    for channel in channels.tolist():
        x = case.x[:, channel].astype(np.float64)
        reference, judged = x[: case.train], x[case.train :]
        for part, start in ((reference, 0), (judged, case.train)):
            if len(part) < length + 1 or len(reference) < length + 1:
                continue
            itself = start == 0
            found = (
                stumpy.stump(part, length) if itself else stumpy.stump(part, length, reference, ignore_trivial=False)
            )
            distance = np.nan_to_num(found[:, 0].astype(np.float64), posinf=np.sqrt(2.0 * length))
            total[start : start + len(part)] += _covered(distance, len(part), length)
    return total / len(channels)


def differences(case: RivalCase) -> Floats:
    """The step from the last value, in robust deviations of training steps, averaged over channels."""
    steps = np.abs(np.diff(case.x[:, case.main], axis=0, prepend=case.x[:1, case.main])).astype(np.float64)
    steps[case.train] = 0.0
    middle = np.median(steps[: case.train], axis=0)
    off = np.median(np.abs(steps[: case.train] - middle), axis=0)
    off = np.where(off > _TINY, off, np.maximum(steps[: case.train].std(axis=0), _TINY))
    found: Floats = ((steps - middle) / off).mean(axis=1)
    return found


def moving_variance(case: RivalCase) -> Floats:
    """How far the logarithm of a window's variance is from those of training windows, averaged over channels."""
    total = np.zeros(len(case.x))
    for channel in np.flatnonzero(case.main):
        layout = Layout(("time", "channel"), (case.window, 1))
        column = case.x[:, [channel]]

        def read(a: int, b: int, column: NDArray[np.float32] = column) -> NDArray[np.float32]:
            return column[a:b]

        import torch

        units = SeriesWindows(layout, read, case.spans, np.arange(len(case.x)))
        logs = np.log(units.take(torch.arange(len(units))).numpy()[:, :, 0].var(axis=1).astype(np.float64) + 1e-6)
        train = logs[: max(1, case.train - case.window + 1)]
        total += units.join(np.abs(logs - np.median(train)) / (train.std() + _TINY))
    return np.asarray(total / case.main.sum(), dtype=np.float64)


def spectral_residual(case: RivalCase) -> Floats:
    """The saliency that is left of a channel's spectrum without its smooth part (Ren et al., KDD 2019)."""
    total = np.zeros(len(case.x))
    for channel in np.flatnonzero(case.main):
        for start, stop in case.spans.tolist():
            x = case.x[start:stop, channel].astype(np.float64)
            spectrum = np.fft.fft(x)
            log = np.log(np.abs(spectrum) + 1e-8)
            smooth = np.convolve(log, np.ones(3) / 3, mode="same")
            saliency = np.abs(np.fft.ifft(np.exp(log - smooth + 1j * np.angle(spectrum))))
            usual = np.convolve(saliency, np.ones(21) / 21, mode="same")
            total[start:stop] += (saliency - usual) / (usual + 1e-8)
    return np.asarray(total / case.main.sum(), dtype=np.float64)


def random_score(case: RivalCase) -> Floats:
    """A number drawn for each moment."""
    return np.random.default_rng([case.seed, 51]).random(len(case.x))


RIVALS: dict[str, Callable[[RivalCase], Floats]] = {
    "random": random_score,
    "differences": differences,
    "moving-variance": moving_variance,
    "spectral-residual": spectral_residual,
    "matrix-profile": matrix_profile,
    "sub-pca": sub_pca,
    "isolation-forest": isolation_forest,
    "whitened-pca": whitened_pca,
    "knn": knn,
}
"""By the names that the benchmark takes."""


def _spread(rows: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    kept: NDArray[np.float32] = rows[np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(int)]
    return kept


def _components(rows: NDArray[np.float32]) -> tuple[Floats, Floats, Floats]:
    """Mean, components as columns, and their variances."""
    x = rows.astype(np.float64)
    mean = x.mean(axis=0)
    _, singular, right = np.linalg.svd(x - mean, full_matrices=False)
    return mean, right.T, singular**2 / len(x)


def _covered(values: Floats, moments: int, length: int) -> Floats:
    """The mean over the windows that cover each moment."""
    total = np.convolve(values, np.ones(length))[:moments]
    count = np.convolve(np.ones(len(values)), np.ones(length))[:moments]
    return total / count
