"""What the networks of a run expect of every moment: asked once, in pieces of bounded memory, and kept beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.lanes.extremes import Extremes
from core.lanes.lanes import EXPECTED, Lanes, about_lanes, keep, open_lanes, put_written

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.jobs.derived.base import WorkControl
    from core.results.finished_run import FinishedRun

PIECE_BYTES = 32 << 20
"""Windows of a piece of moments, as float32."""
WITHIN = 0.95
"""The share of normal training moments that lie within the spread."""
_LOOKED_AT = 200_000


def ask_networks(run: FinishedRun, control: WorkControl) -> None:
    """Write what was expected of every moment of a run beside it.

    Raises
    ------
    AnomalensError
        When the run kept no networks, or its dataset is gone.
    CancelledError
        When nobody wants it any more.
    """
    trained, samples = run.detector, run.samples
    lanes = open_lanes(run)
    count, size = len(samples), trained.encoder.layout.size
    at_once = max(1_024, PIECE_BYTES // (4 * size))
    pieces = range(0, count, at_once)
    control.progress.phase, control.progress.batch, control.progress.batches = "scoring", 0, len(pieces)

    spread: NDArray[np.floating] = np.empty(0)
    place = np.full(count, -1, np.int64)
    place[lanes.order.row] = np.arange(len(lanes))
    pyramids: list[Extremes] = []

    def write(into: NDArray[np.float32]) -> None:
        nonlocal spread
        for start in pieces:
            control.check()
            ids = np.arange(start, min(start + at_once, count))
            at = place[ids]
            into[:, at[at >= 0]] = expected_of(trained, samples, ids, lanes.channels)[at >= 0].T
            control.progress.batch += 1
        spread = _spread(run, lanes, into)
        pyramids.extend(Extremes.of(lane) for lane in into)

    shape = (len(lanes.channels), len(lanes))
    put_written(run.space.artifacts, f"{run.folder}/lanes/{EXPECTED}.values.npy", shape, write)
    about = about_lanes(run, lanes) | {"spread": [None if np.isnan(value) else float(value) for value in spread]}
    keep(run.space.artifacts, run.folder, EXPECTED, about, pyramids)


def expected_of(
    trained: TrainedDetector, samples: Any, ids: NDArray[np.int64], channels: tuple[str, ...]
) -> NDArray[np.float32]:
    """What is expected of some moments, in the user's units, shape (moments, channels).

    NaN for channels that the networks do not read, and for moments that no window covers.
    """
    units = trained.encoder.units(samples, ids)
    content = trained.encoder.inverse(_rebuilt(trained, units), of=units)
    values, known = np.asarray(content.values), tuple(content.channels)
    unread, layout = getattr(units.layout, "minor", None), units.layout
    found = np.full((len(ids), len(channels)), np.nan, np.float32)
    for place, name in enumerate(channels):
        if name in known and (unread is None or not unread.reshape(layout.shape)[:, known.index(name)].all()):
            found[:, place] = values[:, known.index(name)]
    return found


def _rebuilt(trained: TrainedDetector, units: Any) -> NDArray[np.float32]:
    """The mean of what the members make of all units."""
    import torch

    from core.modalities.units import batches
    from core.scoring.forward_pass import ForwardPass

    x_hat = np.empty((len(units), *units.layout.shape), np.float32)
    for member in trained.members:
        member.eval()
    with torch.inference_mode():
        for place, x in batches(units):
            outputs = [ForwardPass(member, torch.from_numpy(x)).output.nan_to_num() for member in trained.members]
            mean = sum(outputs[1:], outputs[0]) / len(outputs)
            x_hat[place] = trained.members[0].expected(mean).numpy()
    return x_hat


def _spread(run: FinishedRun, lanes: Lanes, expected: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far off 95 % of normal training moments are, by channel; of all moments where there are none."""
    scored, row = run.scored, lanes.order.row
    usual = np.flatnonzero(scored.among(("train",))[row] & (scored.label[row] != 1))
    usual = usual if usual.size else np.arange(len(lanes))
    usual = usual[:: len(usual) // _LOOKED_AT + 1]
    spread = np.full(len(lanes.channels), np.nan, np.float32)
    for channel, lane in enumerate(lanes.actual):
        off = np.abs(lane.values[usual] - expected[channel, usual])
        off = off[np.isfinite(off)]
        if off.size:
            spread[channel] = np.quantile(off, WITHIN)
    return spread
