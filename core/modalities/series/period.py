"""The period of a series, and the window that it suggests: from the autocorrelation of its channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.words import amount

SHORTEST, LONGEST = 16, 128
"""A suggested window lies within."""
USUAL = 64
"""The window where there is no period."""
POSITIONS = 1_024
"""Numbers of a window at most: with many channels it is shorter."""
_FIRST_LAG, _LAST_LAG = 8, 500
_PEAK, _RISE, _BETTER = 0.15, 0.15, 0.1
_MOST = 100_000
"""Moments that the autocorrelation is counted over, the last ones."""


@dataclass(frozen=True)
class SuggestedWindow:
    """A window, and why."""

    window: int
    period: int
    """Moments; 0 where there is none."""
    reason: str
    """A sentence for the user."""
    correlation: tuple[float, ...] = ()
    """The autocorrelation at lags 0, 1, 2, …, averaged over the channels."""


def suggest(values: NDArray[np.float64], longest: int = 0) -> SuggestedWindow:
    """The window for some channels.

    Parameters
    ----------
    values
        The longest stretch of the training part, channels that vary, shape (moments, channels); without NaN.
    longest
        Moments that a window may have at most; a quarter of the stretch by default.
    """
    n, channels = values.shape
    correlation = autocorrelation(values[-_MOST:])
    period = _period(correlation)
    window = period if SHORTEST <= period <= LONGEST else USUAL
    most = max(2, min(POSITIONS // max(1, channels), longest or n // 4))
    if period:
        why = f"The channels repeat every {period:,} moments (autocorrelation {correlation[period]:.2f})"
        why += "." if window == period else f", which is no window's length: {window} moments are taken."
    else:
        why = f"No period was found in the autocorrelation, so that a window has {window} moments."
    if window > most:
        window = most
        why += f" It is shortened to {amount(most)}, because there are {amount(channels)} channels and {n:,} moments."
    return SuggestedWindow(window, period, why, tuple(np.round(correlation, 4).tolist()))


def autocorrelation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The unbiased autocorrelation of the detrended channels at lags 0, 1, …, averaged over them."""
    n = len(values)
    most = min(_LAST_LAG, n // 2)
    if n < 4 or not values.shape[1]:
        return np.ones(1)
    time = np.arange(n) - (n - 1) / 2
    total: Any = 0.0
    size = 1 << (2 * n - 1).bit_length()
    for x in values.T:
        x = x - x.mean()
        x = x - time * (time @ x) / (time @ time)
        power = float(x @ x) / n
        if not power > 0:
            continue
        spectrum = np.fft.rfft(x, size)
        raw = np.fft.irfft(spectrum * spectrum.conj(), size)[: most + 1]
        total = total + raw / (n - np.arange(most + 1)) / power
    count = max(1, sum(1 for x in values.T if x.std() > 0))
    return np.asarray(total / count if np.ndim(total) else np.zeros(most + 1), dtype=np.float64)


def _period(correlation: NDArray[np.float64]) -> int:
    """The first clear peak, unless a later one is clearly higher; 0 where there is none."""
    best = 0
    for lag in range(_FIRST_LAG, len(correlation) - 1):
        here = correlation[lag]
        if not (here >= correlation[lag - 1] and here >= correlation[lag + 1]):
            continue
        if here < _PEAK or here - correlation[:lag].min() < _RISE:
            continue
        if not best or here > correlation[best] + _BETTER:
            best = lag
    return best
