"""What the rows that are selected come to: their counts on the run's grid and time line, kept for a while.

Read only, like all that the server shares; the browser draws it over the faded whole.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core.metrics.groups import PARTS, ScoreGroups
from core.results.selected_payload import pack_selected
from core.results.timeline import bin_of, highest_per_interval
from dashboard.explore import explore_address as address
from dashboard.explore import selection, shared_run, timelines
from dashboard.explore.selection import Selection
from dashboard.explore.shared_run import SharedRun


@dataclass(frozen=True)
class Selected:
    """The rows of a selection that stay the same wherever the threshold is."""

    token: str
    """Which selection it is, among which parts."""
    groups: ScoreGroups
    """Eight bytes a row."""
    parts: tuple[str, ...]
    payload: bytes

    def above(self, threshold: float) -> list[int]:
        """Rows above a threshold, per class."""
        places = [index for index, part in enumerate(PARTS) if part in self.parts]
        return [int(n) for n in self.groups.above(threshold)[places, :, 0].sum(axis=0)]


def by_rows(run: SharedRun, chosen: Selection) -> Selection:
    """The part of a selection that the browser cannot count from the run's grid.

    A band of scores between two steps of the grid belongs to it.
    """
    steps = shared_run.packed(run)[1].steps
    between = chosen.band is not None and not np.isin(chosen.band, steps).all()
    return replace(chosen.by_rows, band=chosen.band if between else None)


def current(run: SharedRun) -> Selected | None:
    """What the address selects; None where the browser can count it by itself."""
    chosen = by_rows(run, selection.current(run))
    if not chosen:
        return None
    parts = address.shown_parts(run)
    return _selected(run, selection.token(run, chosen), parts, chosen)


def within(run: SharedRun) -> ScoreGroups:
    """The rows that numbers and curves are about: those selected, between the ends of a band too, or all.

    A cell of the matrix is made by the threshold itself, and would make every number 0 or 1.
    """
    counted, band = current(run), selection.current(run).band
    groups = counted.groups if counted else run.groups
    return groups.between(*band) if band else groups


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs=shared_run.BY_KEY)
def _selected(run: SharedRun, what: str, parts: tuple[str, ...], _chosen: Selection) -> Selected:
    every = run.scored
    scores, labels, codes = every.score, every.label, every.part
    mask = np.zeros(scores.size, dtype=bool)
    rows = selection.rows_of(run, _chosen)
    mask[slice(None) if rows is None else rows] = True
    if _chosen.band:
        mask &= (scores > _chosen.band[0]) & (scores <= _chosen.band[1])
    groups = ScoreGroups.build(scores[mask], labels[mask], codes[mask])
    places = [index for index, part in enumerate(PARTS) if part in parts]
    grid = shared_run.packed(run)[1]
    above = groups.above(grid.steps)[places].sum(axis=0)
    told, known = timelines.timeline(run), timelines.places(run)
    highest = None
    if told is not None and known is not None:
        own = np.flatnonzero(mask & np.isin(codes, places))
        bins = bin_of(known.values[own], told.start, told.width, told.rows.shape[1])
        highest = highest_per_interval(bins, scores[own], told.rows.shape[1])
    name = hashlib.blake2b(f"{what} {parts}".encode(), digest_size=8).hexdigest()
    payload = pack_selected(above, highest, key=run.grid_key, token=name, parts=parts)
    return Selected(name, groups, parts, payload)
