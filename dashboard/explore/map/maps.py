"""The map of a run's rows that the Explore page shows: which one the address asks for, its points and their colours.

``projection=umap:neighbours:30`` says which (:class:`core.projections.request.MapRequest`), ``map=3d`` in how many
dimensions, ``colour=column:bytes`` by what it is coloured. All is loaded once per server and read only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.jobs.derived.map import DerivedMap
from core.projections.request import DEFAULT, MapRequest
from core.projections.stored import places_every_row, read_places
from core.results.row_filter import RowFilter
from core.results.scored_map import ScoredMap
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.report.addresses import base
from dashboard.server import derived
from dashboard.state import page_url

if TYPE_CHECKING:
    from dashboard.explore.selection import Selection


@dataclass(frozen=True)
class ShownMap:
    """A map as a browser asks for it: everything that decides what its points are."""

    run: SharedRun
    request: MapRequest

    @property
    def key(self) -> str:
        """Tells maps apart."""
        return f"{self.run.grid_key}:{self.request.folder}"

    def url(self, name: str, **more: str) -> str:
        """Where something about it can be had."""
        query = {"run": self.run.id, "score": self.run.score, "map": self.request.text} | more
        return f"{base()}/map/{name}?{urlencode({k: v for k, v in query.items() if v})}"


def request(dimensions: int | None = None) -> MapRequest:
    """The map that the address asks for; in as many dimensions as it says, unless told."""
    said = 3 if page_url.param("map") == "3d" else 2
    return MapRequest.from_text(page_url.param("projection"), said if dimensions is None else dimensions)


def shown_map(run: SharedRun, dimensions: int | None = None) -> ShownMap:
    """The map that the address asks for, under the score that is shown."""
    return ShownMap(run, request(dimensions))


def ready(run: SharedRun, request: MapRequest) -> bool:
    """Whether a map is there; a run's own always is, if it has any."""
    return request.name == DEFAULT or derived.status(run.id, DerivedMap(request)).ready


def flat(run: SharedRun) -> ScoredMap | None:
    """The flat map that areas are drawn in; None where there is none yet."""
    shown = shown_map(run, 2)
    return points(shown) if ready(run, shown.request) else None


def area_key(run: SharedRun) -> str:
    """Tells apart what an area holds."""
    return f"{request(2).folder}:{places_every_row(run)}"


def points(shown: ShownMap) -> ScoredMap | None:
    """The points of a map; None where the run has none.

    Raises
    ------
    DataError
        When the map is not there.
    """
    every = shown.request.name == DEFAULT and places_every_row(shown.run)
    return _points(shown.run, shown.request, every)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=shared_run.BY_KEY)
def _points(run: SharedRun, request: MapRequest, whole: bool) -> ScoredMap | None:
    del whole
    placed = read_places(run, request)
    return None if placed is None else ScoredMap.of(placed, run.scored)


def payload(shown: ShownMap) -> bytes:
    """A map's points as the browser gets them."""
    return _payload(shown.key, shown, shown.request.name == DEFAULT and places_every_row(shown.run))


@st.cache_resource(show_spinner=False, max_entries=6)
def _payload(key: str, _shown: ShownMap, every: bool) -> bytes:
    del every
    found = points(_shown)
    assert found is not None
    return found.payload(shared_run.packed(_shown.run)[1].steps, key)


def outside(run: SharedRun, chosen: "Selection", rows_of: Callable[..., NDArray[np.int64] | None]) -> bytes:
    """Which points of the flat map are selected by what the browser cannot tell, a bit each; empty for all."""
    from dataclasses import replace

    shown = shown_map(run, 2)
    other = replace(chosen.by_rows, area=())
    found = points(shown) if other else None
    if found is None:
        return b""
    return np.packbits(found.matches(RowFilter(rows=rows_of(run, other))), bitorder="little").tobytes()
