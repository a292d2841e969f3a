"""What a run's networks expect of a stretch of moments, with the band around it and each channel's error.

For who draws a time line::

    expectation = SeriesExpectation.of(run)           # kept: it loads the networks, and reads some training moments
    found = expectation.between(start, stop)          # moments start … stop - 1, any number of them
    found.actual, found.expected                      # shape (moments, channels), in the channels' own units
    found.low, found.high                             # the band: 99 % of training moments lie within
    found.error                                       # squared error in training deviations, (moments, channels)

Channels that no network reads have NaN for everything but ``actual``. Of long stretches fewer windows are looked at: at
most :data:`WINDOWS` where they overlap, and windows side by side beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.modalities.series.encoder import SeriesEncoder
from core.modalities.series.samples import SeriesSamples
from core.modalities.units import per_batch
from core.scoring.attribution import expectation

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.modalities.series.content import Floats, Ids
    from core.results.finished_run import FinishedRun

WINDOWS = 20_000
BAND = 0.99
_SPREAD = 4_096
"""Training moments that say how wide the band is."""


@dataclass(frozen=True)
class ExpectedStretch:
    """What is expected of moments that follow each other."""

    start: int
    actual: Floats
    expected: Floats
    low: Floats
    high: Floats
    error: Floats


class SeriesExpectation:
    """The networks of a run, asked for what they expect.

    Parameters
    ----------
    trained
        The detector.
    samples
        The run's series.
    fitted_on
        The moments that the networks were trained on.
    """

    def __init__(self, trained: TrainedDetector, samples: SeriesSamples, fitted_on: Ids) -> None:
        assert isinstance(trained.encoder, SeriesEncoder)
        self.trained, self.samples, self.encoder = trained, samples, trained.encoder
        self._fitted_on = fitted_on

    @classmethod
    def of(cls, run: FinishedRun) -> SeriesExpectation:
        """That of a finished run.

        Raises
        ------
        DataError
            When the run kept no networks, or its dataset was deleted.
        """
        samples = run.samples
        assert isinstance(samples, SeriesSamples)
        return cls(run.detector, samples, run.fitted_on)

    def between(self, start: int, stop: int) -> ExpectedStretch:
        """What is expected from one moment up to but without another."""
        actual = self.samples.between(start, stop)
        encoded = self._encoded(np.arange(start, stop))
        expected = encoded * self.encoder.scale + self.encoder.middle
        half = self.spread * self.encoder.scale
        return ExpectedStretch(
            start, actual, expected, expected - half, expected + half, self._gap(actual, encoded) ** 2
        )

    @cached_property
    def spread(self) -> Floats:
        """Half the width of the band of each channel, in training deviations."""
        ids = self._fitted_on
        # Whole stretches, so that a window is read for each of them and not one for every moment.
        length = max(self.encoder.window, min(len(ids), _SPREAD) // 8)
        starts = np.linspace(0, max(0, len(ids) - length), 8).astype(int)
        some = np.unique(np.concatenate([ids[a : a + length] for a in starts]))
        gap = np.abs(self._gap(self.samples.read(some).values, self._encoded(some)))
        gap[:, ~self.encoder.main] = 0.0
        found: Floats = np.nan_to_num(np.nanquantile(gap, BAND, axis=0))
        return found

    def _encoded(self, ids: Ids) -> Floats:
        """What the networks expect of some moments, encoded; NaN in channels that none reads."""
        encoder = self.encoder
        stride = min(encoder.window, max(1, -(-len(ids) // WINDOWS)))
        units = encoder.covering(self.samples, ids, stride)
        x_hat = per_batch(units, lambda x: expectation(self.trained.members, x))
        found = units.overlaid(x_hat.reshape(len(units), *encoder.layout.shape))
        found[:, ~encoder.main] = np.nan
        return found

    def _gap(self, actual: Floats, encoded: Floats) -> NDArray[np.float64]:
        x = np.clip((actual - self.encoder.middle) / self.encoder.scale, -self.encoder.config.clip, np.inf)
        return np.minimum(x, self.encoder.config.clip) - encoded
