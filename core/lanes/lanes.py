"""The lanes of a run: every channel of its series over time, and once the networks were asked, what was expected.

Values are mapped from the files of the dataset and of the run, and the pyramids of their extremes are kept beside the
run: a server answers any stretch of ten million moments from them without reading more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AnomalensError, DataError
from core.index.row_times import row_times
from core.lanes.extremes import Extremes
from core.lanes.time_order import TimeOrder
from core.modalities.contract import TimedSamples

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts

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
        # Of the same kind of number, or all ten millions would be converted.
        ends = np.array([series, series + 1], dtype=self.order.series.dtype)
        first, last = np.searchsorted(self.order.series, ends)
        return slice(int(first), int(last))


def has_lanes(run: FinishedRun) -> bool:
    """Whether a run's samples are moments of series; reads nothing of them."""
    return "time" in run.modality.axes and run.has_samples and isinstance(run.samples, TimedSamples)


def time_order(run: FinishedRun, parts: tuple[str, ...] | None = None) -> TimeOrder | None:
    """The samples of a run in the order of time, of some parts or of all; None where nothing tells the time."""
    if not run.has_samples:
        return None
    rows = None if parts is None else np.flatnonzero(run.scored.among(parts))
    samples = run.samples
    if isinstance(samples, TimedSamples):
        names, series = _series(samples)
        return TimeOrder.of(samples.seconds, rows, series, kind=samples.kind, names=names)
    times = row_times(run.table, run.schema, ordered=run.recipe.split.kind == "chronological")
    return None if times is None else TimeOrder.of(times.values, rows, kind=times.kind)


def _series(samples: TimedSamples) -> tuple[tuple[str, ...], NDArray[np.int32] | None]:
    """What the series are called, and the series of each sample; None where there is one."""
    of = [samples.series_of(int(start)) for start, _ in samples.spans]
    names = tuple(dict.fromkeys(of))
    if len(names) <= 1:
        return names or ("",), None
    return names, np.repeat([names.index(name) for name in of], np.diff(samples.spans, axis=1)[:, 0]).astype(np.int32)


def open_lanes(run: FinishedRun) -> Lanes:
    """The lanes of a run; pyramids that were not kept yet are built and kept.

    Raises
    ------
    DataError
        When its samples are no moments of series, or the dataset is gone.
    """
    samples, order = run.samples, time_order(run)
    if not isinstance(samples, TimedSamples) or order is None:
        raise DataError(run.nouns("Only moments of series have a time line. These rows are none."))
    channels, artifacts = tuple(samples.channels), run.space.artifacts
    straight = len(order) == len(run.scored) and bool((np.diff(order.row) == 1).all())
    values = [samples.channel(name) if straight else samples.channel(name)[order.row] for name in channels]
    about = {"moments": len(order), "channels": list(channels), "read": str(run.dataset.report.get("options"))}
    if _kept(artifacts, run.folder, ACTUAL) != about:
        keep(artifacts, run.folder, ACTUAL, about, [Extremes.of(lane) for lane in values])
    levels = _levels(artifacts, run.folder, ACTUAL)
    actual = tuple(Extremes.kept(lane, flat) for lane, flat in zip(values, levels, strict=True))
    found = _kept(artifacts, run.folder, EXPECTED)
    if found is None or {name: found.get(name) for name in about} != about:
        return Lanes(order, channels, actual)
    expected = np.load(artifacts.local(f"{run.folder}/lanes/{EXPECTED}.values.npy"), mmap_mode="r")
    levels = _levels(artifacts, run.folder, EXPECTED)
    spread = np.array([np.nan if value is None else value for value in found["spread"]], dtype=np.float64)
    return Lanes(order, channels, actual, tuple(map(Extremes.kept, expected, levels)), spread)


def about_lanes(run: FinishedRun, lanes: Lanes) -> dict[str, Any]:
    """What lanes are kept for: of other samples they would be others."""
    read = str(run.dataset.report.get("options"))
    return {"moments": len(lanes), "channels": list(lanes.channels), "read": read}


def keep(artifacts: Artifacts, folder: str, name: str, about: dict[str, Any], lanes: list[Extremes]) -> None:
    """Write the pyramids of some lanes beside a run, and what they are last: whoever finds that finds all."""
    # All channels have as many moments, so that their levels have the same sizes.
    put_array(artifacts, f"{folder}/lanes/{name}.levels.npy", np.stack([lane.flat for lane in lanes]))
    artifacts.write_json(f"{folder}/lanes/{name}.json", about)


def put_array(artifacts: Artifacts, path: str, values: NDArray[np.generic]) -> None:
    """Write an array so that it can be mapped into memory again."""
    with tempfile.TemporaryDirectory(prefix="lanes-") as scratch:
        file = Path(scratch) / "values.npy"
        np.save(file, values)
        artifacts.put_file(file, path)


def put_written(
    artifacts: Artifacts, path: str, shape: tuple[int, ...], write: Callable[[NDArray[np.float32]], None]
) -> None:
    """Write an array that is filled a piece at a time and never whole in memory."""
    with tempfile.TemporaryDirectory(prefix="lanes-") as scratch:
        file = Path(scratch) / "values.npy"
        into = np.lib.format.open_memmap(file, "w+", np.float32, shape)
        into[:] = np.nan
        write(into)
        into.flush()
        del into
        artifacts.put_file(file, path)


def _levels(artifacts: Artifacts, folder: str, name: str) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.load(artifacts.local(f"{folder}/lanes/{name}.levels.npy"), mmap_mode="r")
    return found


def _kept(artifacts: Artifacts, folder: str, name: str) -> dict[str, Any] | None:
    """What is kept of a run's lanes under a name; None where nothing is."""
    path = f"{folder}/lanes/{name}.json"
    try:
        return dict(artifacts.read_json(path)) if artifacts.exists(path) else None
    except AnomalensError:
        return None
