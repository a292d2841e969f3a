"""From moments to windows and back: channels standardised by the training part, windows gathered when asked for."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.modalities.layout import Layout
from core.modalities.series.config import SeriesConfig
from core.modalities.series.content import Held, Ids, Moments, SeriesSource, runs_of
from core.modalities.series.period import suggest
from core.modalities.series.windows import SeriesWindows
from core.params import build, to_dict
from core.readers.reading.trained.interpretation import KEPT_AS, Interpretation
from core.words import amount, number

if TYPE_CHECKING:
    from core.modalities.contract import Samples, Units
    from core.modalities.series.samples import SeriesSamples
    from core.store.artifacts import Artifacts

_BLOCK = 1 << 18
"""Moments that are read at a time while the encoding is fitted."""
_LEVELS = 2
"""A main channel takes more different values than this in the training part."""
LONG = 1_000_000
"""More moments than this are scored by fewer windows."""
_WIDEST = 256
"""Numbers of a vector at most: longer windows are averaged over so many neighbouring moments."""


class SeriesEncoder:
    """Standardises channels, fills what is missing, and cuts series into windows.

    Parameters
    ----------
    config
        The settings.
    channels
        The names of the channels, in their order.
    """

    output_range = "real"

    def __init__(self, config: SeriesConfig, channels: tuple[str, ...]) -> None:
        self.config, self.channels = config, channels
        self.window = config.window
        self.middle, self.scale = np.zeros(len(channels)), np.ones(len(channels))
        self.main = np.ones(len(channels), dtype=bool)
        """The channels that the networks read."""
        self.blanks = False
        """Whether training moments had no value, so that blanks are left out of the loss."""
        self.period, self.reason = 0, ""
        self.moments = 0
        """How many moments the series had that it was fitted on; 0 once it was loaded."""
        self.interpretation: Interpretation | None = None
        """How the file was read that it was fitted on; None where that was not kept."""
        self.stamps: dict[str, Any] = {}
        """How its stamps were read, for later files."""

    @property
    def layout(self) -> Layout:
        """A window's moments by channel; a channel is a part."""
        count = len(self.channels)
        parts = np.tile(np.arange(count), (self.window, 1))
        minor = None if self.main.all() else np.tile(~self.main, self.window)
        return Layout(
            ("time", "channel"),
            (self.window, count),
            {"channel": self.channels},
            self.channels,
            parts,
            blank=np.nan if self.blanks else None,
            minor=minor,
        )

    def fit(self, samples: Samples, ids: Ids) -> SeriesEncoder:
        """Learn means, deviations, which channels are main ones, and the window where none is said."""
        if not len(ids):
            raise DataError("The training part has 0 moments, so that nothing can be learned. Choose another split.")
        ids = ids if len(ids) < 2 or bool((np.diff(ids) > 0).all()) else np.unique(ids)
        series = cast("SeriesSamples", samples)
        self.moments = len(series)
        runs = [(int(ids[some.start]), int(ids[some.stop - 1]) + 1) for some in runs_of(ids)]
        self._fit_scale(series, runs)
        longest = max(_within(runs, series.spans), key=lambda run: run[1] - run[0])
        self._fit_window(series, longest)
        self.interpretation = series.interpretation
        about = series.about
        self.stamps = {**about.reading, "time": about.time, "group": about.group, "kind": about.kind}
        return self

    def units(self, samples: Samples, ids: Ids) -> SeriesWindows:
        """The windows that cover some moments."""
        return self._scored(cast("SeriesSource", samples), ids)

    def _scored(self, samples: SeriesSource, ids: Ids) -> SeriesWindows:
        return self._windows(
            samples, ids, self.config.pooling, stride=self.stride(len(samples)), smooth=self.config.smooth
        )

    def stride(self, moments: int) -> int:
        """How many moments lie between the windows that score so many moments; long series are scored by fewer."""
        long = moments > LONG and self.config.pooling in ("mean", "max")
        return self.config.stride or (max(1, self.window // 8) if long else 1)

    def training_units(self, samples: Samples, ids: Ids) -> SeriesWindows:
        """The windows that consist of nothing else than some moments; none where these are fewer than a window."""
        return self._windows(cast("SeriesSource", samples), ids, "mean", inside=True)

    def single_units(self, samples: Samples, ids: Ids) -> SeriesWindows:
        """The window that each moment is in the middle of, or ends with where scores are causal."""
        pooling = "causal" if self.config.pooling == "causal" else "centre"
        return self._windows(cast("SeriesSource", samples), ids, pooling)

    def encode(self, raw: Moments) -> SeriesWindows:
        """The windows that cover some moments, as content has them."""
        return self._scored(raw.source, raw.ids)

    def inverse(self, x: NDArray[np.float32], of: Units | None = None) -> Moments:
        """What windows say of each moment, in the channels' own units; the last moment of each where ``of`` is none."""
        windows = np.asarray(x, dtype=np.float32)
        encoded = windows[:, -1].astype(np.float64) if of is None else _own(of).overlaid(windows)
        values = encoded * self.scale + self.middle
        return Moments(Held(self.channels, values), np.arange(len(values)))

    def vectors(self, samples: Samples, ids: Ids) -> NDArray[np.float32]:
        """The window that each moment is in the middle of, or ends with where scores are causal, flat."""
        import torch

        order, back = np.unique(ids, return_inverse=True)
        found = self.single_units(samples, order)
        places = found.join(np.arange(len(found), dtype=np.float64)).astype(np.int64)
        x = np.nan_to_num(found.take(torch.from_numpy(places)).numpy()[:, :, self.main])
        step = -(-x.shape[1] * x.shape[2] // _WIDEST)
        if step > 1:
            starts = np.arange(0, x.shape[1], step)
            x = np.add.reduceat(x, starts, axis=1) / np.diff([*starts, x.shape[1]])[None, :, None]
        return np.ascontiguousarray(x.reshape(len(x), -1)[back], dtype=np.float32)

    @property
    def vector_parts(self) -> NDArray[np.int64]:
        """The channel of each number of a vector."""
        main = np.flatnonzero(self.main)
        step = -(-self.window * len(main) // _WIDEST)
        return np.tile(main, -(-self.window // max(1, step)))

    def part_values(self, raw: Moments) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        """Each channel's value at each moment, as a number and in words."""
        numbers = raw.values
        words = [["" if np.isnan(v) else number(float(v), 6) for v in row] for row in numbers]
        return numbers, np.array(words, dtype=object).reshape(numbers.shape)

    def unfamiliar(self) -> MissingChannels:
        """Counts values that are missing."""
        return MissingChannels(self.channels)

    def save(self, artifacts: Artifacts, folder: str) -> None:
        """Write ``encoder.json``, and ``interpretation.json`` where it is known how the training file was read."""
        if self.interpretation is not None:
            artifacts.write_json(f"{folder}/{KEPT_AS}.json", self.interpretation.to_dict())
        artifacts.write_json(
            f"{folder}/encoder.json",
            {
                "config": to_dict(self.config),
                "channels": list(self.channels),
                "window": self.window,
                "period": self.period,
                "reason": self.reason,
                "middle": self.middle.tolist(),
                "scale": self.scale.tolist(),
                "main": self.main.tolist(),
                "blanks": self.blanks,
                "stamps": self.stamps,
            },
        )

    @classmethod
    def load(cls, artifacts: Artifacts, folder: str) -> SeriesEncoder:
        """What :meth:`save` wrote."""
        about = artifacts.read_json(f"{folder}/encoder.json")
        encoder = cls(build(SeriesConfig, about["config"]), tuple(about["channels"]))
        encoder.window, encoder.period, encoder.reason = about["window"], about["period"], about["reason"]
        encoder.middle, encoder.scale = np.array(about["middle"]), np.array(about["scale"])
        encoder.main, encoder.blanks = np.array(about["main"], dtype=bool), about["blanks"]
        encoder.stamps = about["stamps"]
        if artifacts.exists(f"{folder}/{KEPT_AS}.json"):
            encoder.interpretation = Interpretation.from_dict(artifacts.read_json(f"{folder}/{KEPT_AS}.json"))
        return encoder

    def encoded(self, source: SeriesSource, start: int, stop: int) -> NDArray[np.float32]:
        """Moments of one stretch as the networks read them, shape (moments, channels).

        NaN stands where a channel has no value, or 0 where training moments always had one.
        """
        first = int(source.spans[np.searchsorted(source.spans[:, 0], start, side="right") - 1, 0])
        lead = min(self.config.carry, start - first)
        values = _carried(source.between(start - lead, stop), self.config.carry)[lead:]
        x = np.clip((values - self.middle) / self.scale, -self.config.clip, self.config.clip)
        return (x if self.blanks else np.nan_to_num(x, copy=False)).astype(np.float32)

    def _windows(self, samples: SeriesSource, ids: Ids, pooling: str, **more: Any) -> SeriesWindows:
        if samples.channels != self.channels:
            raise DataError(
                f"The channels must be those that it was trained on: {', '.join(self.channels)}. Got "
                f"{', '.join(samples.channels)}."
            )
        ids = np.asarray(ids, dtype=np.int64)

        def encode(start: int, stop: int) -> NDArray[np.float32]:
            return self.encoded(samples, start, stop)

        return SeriesWindows(self.layout, encode, samples.spans, ids, pooling=pooling, **more)

    def _fit_scale(self, samples: SeriesSource, runs: list[tuple[int, int]]) -> None:
        count, total = np.zeros(len(self.channels)), np.zeros(len(self.channels))
        levels: list[set[float]] = [set() for _ in self.channels]
        largest = np.zeros(len(self.channels))
        missing = False
        for block in _blocks(samples, runs):
            known = np.isfinite(block)
            missing |= not known.all()
            filled = np.where(known, block, 0.0)
            count += known.sum(axis=0)
            total += filled.sum(axis=0)
            largest = np.maximum(largest, np.abs(filled).max(axis=0, initial=0.0))
            for k, seen in enumerate(levels):
                if len(seen) <= _LEVELS:
                    seen.update(np.unique(block[known[:, k], k])[: _LEVELS + 1].tolist())
        middle = total / np.maximum(count, 1)
        squares = np.zeros(len(self.channels))
        for block in _blocks(samples, runs):
            squares += np.square(np.where(np.isfinite(block), block - middle, 0.0)).sum(axis=0)
        scale = np.sqrt(squares / np.maximum(count, 1))
        scale[scale < 1e-6 * np.maximum(1.0, largest)] = 1.0
        self.middle, self.scale, self.blanks = middle, scale, bool(missing)
        if self.config.channels == "main":
            distinct = np.array([len(seen) for seen in levels])
            main = distinct > _LEVELS
            main = main if main.any() else distinct > 1
            self.main = main if main.any() else np.ones(len(self.channels), dtype=bool)

    def _fit_window(self, samples: SeriesSource, longest: tuple[int, int]) -> None:
        start, stop = longest
        length = stop - start
        if length < 2:
            raise DataError(
                "The training part has no two moments that follow each other, so that no window can be cut. Choose "
                "another split, or keep the gaps."
            )
        if self.config.window > length:
            raise DataError(
                f"A window must be shorter than what it is cut from. It has {self.config.window:,} moments, and the "
                f"longest stretch of the training part has {length:,}. Choose a shorter window, or more moments."
            )
        if self.config.window:
            self.window, self.reason = self.config.window, "The window was chosen."
            return
        values = samples.between(max(start, stop - 200_000), stop)[:, self.main]
        found = suggest(np.nan_to_num(_carried(values, len(values)), nan=0.0), max(2, length // 4))
        self.window, self.period, self.reason = found.window, found.period, found.reason


class MissingChannels:
    """Counts values of new moments that are missing."""

    def __init__(self, channels: tuple[str, ...]) -> None:
        self._channels, self._missing, self._moments = channels, np.zeros(len(channels), dtype=np.int64), 0

    def add(self, raw: Moments) -> None:
        """Look at further moments."""
        self._missing += np.isnan(raw.values).sum(axis=0)
        self._moments += len(raw)

    def notes(self) -> tuple[str, ...]:
        """How many are missing in each channel."""
        return tuple(
            f"Channel {name!r} has no value at {amount(missing)} of {self._moments:,} moments; the last one stands in "
            "for it for a while."
            for name, missing in zip(self._channels, self._missing.tolist(), strict=True)
            if missing
        )


def _own(units: Units) -> SeriesWindows:
    assert isinstance(units, SeriesWindows)
    return units


def _within(runs: list[tuple[int, int]], spans: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Runs of moments, cut where stretches end."""
    found = []
    for start, stop in runs:
        inner = spans[(spans[:, 0] > start) & (spans[:, 0] < stop), 0].tolist()
        ends = [start, *inner, stop]
        found += list(itertools.pairwise(ends))
    return found


def _blocks(samples: SeriesSource, runs: list[tuple[int, int]]) -> Any:
    for start, stop in runs:
        for first in range(start, stop, _BLOCK):
            yield samples.between(first, min(first + _BLOCK, stop))


def _carried(values: NDArray[np.float64], limit: int) -> NDArray[np.float64]:
    """Values with the last one before in place of those that are missing, over so many moments at most."""
    missing = ~np.isfinite(values)
    if not missing.any():
        return values
    place = np.arange(len(values))[:, None]
    last = np.maximum.accumulate(np.where(missing, -1, place), axis=0)
    near = missing & (last >= 0) & (place - last <= limit)
    filled = np.where(missing, np.nan, values)
    rows, columns = np.nonzero(near)
    filled[rows, columns] = values[last[rows, columns], columns]
    return filled
