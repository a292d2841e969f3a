"""The lanes of a run: every channel of its series over time, and once the networks were asked, what was expected.

Values are kept beside the run as files that are mapped into memory: channels one after the other, in the order of time,
with the pyramid of their extremes. A server answers any stretch of ten million moments from them without reading more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import AnomalensError, DataError
from core.index.row_times import row_times
from core.lanes.extremes import Extremes
from core.lanes.time_order import TimeOrder
from core.modalities.contract import SeriesSamples

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts

AT_ONCE = 1_000_000
"""Moments that are read together."""
ACTUAL, EXPECTED = "actual", "expected"


@dataclass(frozen=True)
class Lanes:
    """The channels of a run's series, in the order of time."""

    order: TimeOrder
    channels: tuple[str, ...]
    actual: tuple[Extremes, ...]
    expected: tuple[Extremes, ...] = ()
    """What the networks expected of each channel; empty as long as they were not asked."""
    spread: NDArray[np.float64] | None = None
    """How far off 95 % of normal training moments are, by channel."""

    def __len__(self) -> int:
        return len(self.order)

    def of_series(self, series: int) -> slice:
        """The places of a series among all moments."""
        first, last = np.searchsorted(self.order.series, [series, series + 1])
        return slice(int(first), int(last))


def has_lanes(run: FinishedRun) -> bool:
    """Whether a run's samples are moments of series; reads nothing of them."""
    return "time" in run.modality.axes and run.has_samples and isinstance(run.samples, SeriesSamples)


def time_order(run: FinishedRun, parts: tuple[str, ...] | None = None) -> TimeOrder | None:
    """The samples of a run in the order of time, of some parts or of all; None where nothing tells the time.

    Samples that are moments are in the order of their series where no column tells the time.
    """
    if not run.has_samples:
        return None
    samples = run.samples
    moments = isinstance(samples, SeriesSamples)
    times = row_times(run.table, run.schema, ordered=moments or run.recipe.split.kind == "chronological")
    if times is None:
        return None
    names, of = samples.series() if isinstance(samples, SeriesSamples) else (("",), None)
    rows = None if parts is None else np.flatnonzero(run.scored.among(parts))
    return TimeOrder.of(times.values, rows, of if len(names) > 1 else None, kind=times.kind, names=names)


def open_lanes(run: FinishedRun) -> Lanes:
    """The lanes of a run; what was not kept yet is read and kept.

    Raises
    ------
    DataError
        When its samples are no moments of series, or the dataset is gone.
    """
    samples, order = run.samples, time_order(run)
    if not isinstance(samples, SeriesSamples) or order is None:
        raise DataError(run.nouns("Only moments of series have a time line. These rows are none."))
    channels, artifacts = tuple(samples.channels), run.space.artifacts
    about = {"moments": len(order), "channels": list(channels), "read": str(run.dataset.report.get("options"))}
    if _kept(artifacts, run.folder, ACTUAL) != about:

        def values() -> Iterator[NDArray[np.float64]]:
            for start in range(0, len(samples), AT_ONCE):
                yield samples.between(start, min(start + AT_ONCE, len(samples)))

        keep(artifacts, run.folder, ACTUAL, about, in_order(order, len(samples), values))
    actual = _opened(artifacts, run.folder, ACTUAL)
    found = _kept(artifacts, run.folder, EXPECTED)
    if found is None or found["moments"] != len(order) or found["channels"] != list(channels):
        return Lanes(order, channels, actual)
    spread = np.array([np.nan if value is None else value for value in found["spread"]], dtype=np.float64)
    return Lanes(order, channels, actual, _opened(artifacts, run.folder, EXPECTED), spread)


def in_order(
    order: TimeOrder, samples: int, values: Callable[[], Iterator[NDArray[np.floating]]]
) -> Callable[[NDArray[np.float32]], None]:
    """Writes values that come in the order of the samples into an array in the order of time, a piece at a time.

    Parameters
    ----------
    order
        Where each sample goes.
    samples
        How many there are.
    values
        Pieces, each of shape (samples, channels).
    """
    straight = len(order) == samples and bool((np.diff(order.row) == 1).all())

    def write(into: NDArray[np.float32]) -> None:
        place = None
        if not straight:
            place = np.full(samples, -1, np.int64)
            place[order.row] = np.arange(len(order))
        start = 0
        for piece in values():
            stop = start + len(piece)
            if place is None:
                into[:, start:stop] = piece.T
            else:
                at = place[start:stop]
                into[:, at[at >= 0]] = piece[at >= 0].T
            start = stop

    return write


def keep(
    artifacts: Artifacts,
    folder: str,
    name: str,
    about: dict[str, object],
    write: Callable[[NDArray[np.float32]], None],
) -> None:
    """Write values and their pyramid beside a run, and what they are last: whoever finds that finds all.

    Parameters
    ----------
    artifacts, folder
        Where the run's files are.
    name
        ``actual`` or ``expected``.
    about
        What they are; ``moments`` and ``channels`` say the shape.
    write
        Fills an array of shape (channels, moments).
    """
    moments, channels = about["moments"], about["channels"]
    assert isinstance(moments, int)
    assert isinstance(channels, list)
    with tempfile.TemporaryDirectory(prefix="lanes-") as scratch:
        file = Path(scratch) / "values.npy"
        into = np.lib.format.open_memmap(file, "w+", np.float32, (len(channels), moments))
        into[:] = np.nan
        write(into)
        into.flush()
        # The pyramids of all channels have the same sizes, so that their levels lie one after the other.
        levels = np.stack([_flat(Extremes.of(into[c])) for c in range(len(channels))])
        np.save(Path(scratch) / "levels.npy", levels)
        del into
        for part in ("values", "levels"):
            artifacts.put_file(Path(scratch) / f"{part}.npy", f"{folder}/lanes/{name}.{part}.npy")
    artifacts.write_json(f"{folder}/lanes/{name}.json", about)


def _flat(pyramid: Extremes) -> NDArray[np.float32]:
    """The levels of a pyramid as one array, shape (2, numbers)."""
    if not pyramid.levels:
        return np.empty((2, 0), np.float32)
    return np.concatenate([np.stack(level) for level in pyramid.levels], axis=1)


def _opened(artifacts: Artifacts, folder: str, name: str) -> tuple[Extremes, ...]:
    values, levels = (
        np.load(artifacts.local(f"{folder}/lanes/{name}.{part}.npy"), mmap_mode="r") for part in ("values", "levels")
    )
    return tuple(Extremes.kept(values[c], levels[c]) for c in range(len(values)))


def _kept(artifacts: Artifacts, folder: str, name: str) -> dict[str, object] | None:
    """What is kept of a run's lanes under a name; None where nothing is."""
    path = f"{folder}/lanes/{name}.json"
    try:
        return dict(artifacts.read_json(path)) if artifacts.exists(path) else None
    except AnomalensError:
        return None
