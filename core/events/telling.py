"""The events of a finished run, found and told: times, channels with their share, a sentence, families of one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.events.event import Event, RunEvents
from core.events.figures import event_figures
from core.events.joining import EventRule, joined
from core.events.names import name_of, read_names
from core.events.sentences import ChannelChange, length_words, sentence
from core.events.shapes import families_of, nearest_of, signature
from core.events.usual import Usual
from core.lanes.lanes import Lanes, time_order

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun

MOST = 500
"""Events that are told, those with the highest peaks; all are counted, drawn and written to files."""
_READ = 4_000
"""Moments of an event that are read: of longer ones, so many evenly spaced."""


def find_events(
    run: FinishedRun, threshold: float | None = None, rule: EventRule | None = None, parts: Sequence[str] | None = None
) -> RunEvents:
    """The events of a run.

    Parameters
    ----------
    run
        A finished run, under the score that is asked about.
    threshold
        The run's own by default.
    rule
        What joins flagged samples.
    parts
        The samples that are looked at; those that the run is judged on by default.

    Raises
    ------
    DataError
        When nothing tells when its samples were.
    """
    order = time_order(run, tuple(parts) if parts is not None else run.judged)
    if order is None:
        raise DataError(
            run.nouns(
                "Events need a time, and nothing tells when the rows of this run were. Give a column the role “time” "
                "on the Data page, or split in the order of the rows, and train again."
            )
        )
    at, how = run.threshold if threshold is None else threshold, rule or EventRule()
    scores = run.scored.score
    events = joined(order, scores, at, how)
    return RunEvents(order, events, event_figures(order, events, run.scored.label, label_gap=how.gap), at, how, scores)


def usual_of(run: FinishedRun, lanes: Lanes) -> Usual:
    """What is usual of each channel of a run's series, by normal training moments."""
    row, scored = lanes.order.row, run.scored
    return Usual.of(lanes, scored.among(("train",))[row] & (scored.label[row] != 1))


def tell(
    run: FinishedRun, found: RunEvents, *, lanes: Lanes | None = None, usual: Usual | None = None,
    verdicts: Mapping[int, str] | None = None, most: int = MOST,
) -> tuple[Event, ...]:  # fmt: skip
    """The events with the highest peaks, told, in the order of time.

    Parameters
    ----------
    run, found
        A run and its events.
    lanes, usual
        Its channels and what is usual of them; without, channels are those that the run stored of each peak.
    verdicts
        What people say of samples, by row.
    """
    told, signatures, names = [], [], read_names(run)
    for place in found.highest(most).tolist():
        changes: tuple[ChannelChange, ...] = ()
        if lanes is not None and usual is not None:
            changes, shape = _changes(lanes, usual, found, place)
            signatures.append(shape)
        one = _event(run, found, place, changes, usual, verdicts or {})
        told.append(replace(one, name=name_of(names, one.series, one.start, one.end)))
    if not signatures:
        return _with_stored_reasons(run, told)
    families, nearest = families_of(np.stack(signatures)), nearest_of(np.stack(signatures))
    return tuple(
        replace(event, family=family, nearest=None if like is None else told[like].number)
        for event, family, like in zip(told, families, nearest, strict=True)
    )


def _event(
    run: FinishedRun, found: RunEvents, place: int, changes: tuple[ChannelChange, ...], usual: Usual | None,
    verdicts: Mapping[int, str],
) -> Event:  # fmt: skip
    order, events = found.order, found.events
    first, last, peak = int(events.first[place]), int(events.last[place]), int(events.peak[place])
    start, end = found.ends(place)
    rows, moments = order.row[first : last + 1], last - first + 1
    labels = run.scored.label[rows]
    length = end - start + order.step
    words = length_words(length, order.kind, moments)
    return Event(
        number=place + 1,
        series=order.names[int(order.series[first])],
        start=start,
        end=end,
        peak=float(order.time[peak]),
        start_row=int(rows[0]),
        end_row=int(rows[-1]),
        peak_row=int(order.row[peak]),
        moments=moments,
        flagged=int(events.flagged[place]),
        length=length,
        score=float(found.scores[order.row[peak]]),
        labelled=bool((labels == 1).any()) if run.labelled else None,
        channels=changes,
        sentence=sentence(changes, moments, words, usual.words) if usual is not None else "",
        verdict=_verdict(rows, verdicts),
    )


def _verdict(rows: NDArray[np.int64], verdicts: Mapping[int, str]) -> str:
    inside = rows.tolist() if len(rows) < len(verdicts) else [row for row in verdicts if rows[0] <= row <= rows[-1]]
    said = {verdicts[row] for row in inside if row in verdicts}
    return said.pop() if len(said) == 1 else "mixed" if said else ""


def _changes(
    lanes: Lanes, usual: Usual, found: RunEvents, place: int
) -> tuple[tuple[ChannelChange, ...], NDArray[np.float64]]:
    """What each channel did in an event, and the event's shape."""
    # The lanes have all samples, the events those of some parts.
    start, end = found.ends(place)
    own = lanes.of_series(int(found.order.series[found.events.first[place]]))
    time = lanes.order.time[own]
    first = own.start + int(np.searchsorted(time, start, side="left"))
    last = own.start + int(np.searchsorted(time, end, side="right"))
    step = -(-(last - first) // _READ)
    some = slice(first, last, step)
    x = np.stack([np.asarray(lane.values[some], np.float64) for lane in lanes.actual], axis=1)
    normal = usual.at(np.asarray(lanes.order.time[some], np.float64))
    z = np.clip(np.nan_to_num((x - normal) / usual.scale), -50.0, 50.0)
    shares = _shares(lanes, some, x, z)
    known = np.isfinite(x)
    middle = np.array([np.median(x[known[:, c], c]) if known[:, c].any() else np.nan for c in range(x.shape[1])])
    swing = _swing(x) / np.where(usual.swing > 0, usual.swing, np.nan)
    changes = []
    for c in np.argsort(-shares, kind="stable").tolist():
        off = np.flatnonzero(np.abs(z[:, c]) > 2)
        changes.append(
            ChannelChange(
                channel=lanes.channels[c],
                share=float(shares[c]),
                actual=float(middle[c]),
                usual=float(np.median(normal[:, c])),
                off=float(np.median(z[:, c])),
                swing=float(swing[c]),
                missing=float(1 - known[:, c].mean()),
                begins=int(off[0] * step) if off.size else last - first,
            )
        )
    return tuple(changes), signature(z, shares)


def _shares(lanes: Lanes, some: slice, x: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each channel's share of what is odd: of the error where the networks were asked, else of what is unusual."""
    off = z
    if lanes.expected and lanes.spread is not None:
        expected = np.stack([np.asarray(lane.values[some], np.float64) for lane in lanes.expected], axis=1)
        known = np.isfinite(expected).any(axis=0)
        spread = np.where(lanes.spread > 0, lanes.spread, np.nan)
        # Channels that the networks do not read have no error.
        off = np.where(known, np.nan_to_num((x - expected) / spread), z)
    power = np.mean(np.square(np.clip(off, -1e3, 1e3)), axis=0)
    total = float(power.sum())
    return power / total if total > 0 else np.full(len(power), 1 / len(power))


def _swing(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much channels swing by themselves: deviations from the middle of each few moments."""
    if len(x) < 4:
        return np.full(x.shape[1], np.nan)
    blocks = [x[i : i + 16] for i in range(0, len(x), 16)]
    stds = [np.nanstd(np.where(np.isfinite(block), block, 0.0), axis=0) for block in blocks if len(block) >= 4]
    return np.asarray(np.median(stds, axis=0) if stds else np.full(x.shape[1], np.nan), dtype=np.float64)


def _with_stored_reasons(run: FinishedRun, told: list[Event]) -> tuple[Event, ...]:
    """Events of samples that are no moments of series: their parts are those that the run stored of each peak."""
    reasons = run.rows.reasons([event.peak_row for event in told])
    nan = float("nan")

    def channels(event: Event) -> tuple[ChannelChange, ...]:
        stored = reasons.get(event.peak_row, [])
        return tuple(ChannelChange(name, share, nan, nan, nan, nan, 0.0, 0) for name, share in stored)

    return tuple(replace(event, channels=channels(event)) for event in told)
