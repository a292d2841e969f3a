"""The rows that are selected on the Explore page, wherever they were: in the map, the histogram, the confusion matrix.

One selection for all views: what was drawn around (``area=``), a band of scores (``band=0.1,0.9``) and a cell of the
confusion matrix (``cell=caught``) hold together, among the rows shown. It is in the address, so that a link opens it,
and can be kept under a name beside the run.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.errors import AnomalensError
from core.scoring.chosen import CELLS, Chosen, inside
from dashboard import cache, explored, state
from dashboard import explore_address as address
from dashboard.format import number

PARAMS = ("area", "band", "cell")
_KEPT_PARAMS = (*PARAMS, "rows", "rule", "threshold")
MOST_SLICES = 100


@dataclass(frozen=True)
class Selection:
    """What is selected."""

    area: tuple[tuple[float, float], ...] = ()
    band: tuple[float, float] | None = None
    cell: str = ""

    def __bool__(self) -> bool:
        return bool(self.area or self.band or self.cell)

    def chips(self) -> dict[str, str]:
        """The address's parameters that select, each in words."""
        chips = {}
        if self.area:
            chips["area"] = "Drawn around in the map"
        if self.band:
            chips["band"] = f"Score above {number(self.band[0], 4)}, at most {number(self.band[1], 4)}"
        if self.cell:
            chips["cell"] = CELLS[self.cell][0]
        return chips


def current(run_id: str) -> Selection:
    """The selection that the address names."""
    low, _, high = state.param("band").partition(",")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    cell = state.param("cell")
    return Selection(
        tuple(address.area()) if explored.latent(run_id) is not None else (),
        ends if ends[0] < ends[1] else None,
        cell if cell in CELLS and explored.view(run_id).labelled else "",
    )


def chosen(run_id: str, selection: Selection) -> Chosen:
    """The selection as the run's rows understand it; a cell of the matrix is one at the threshold that stands."""
    choice = Chosen()
    if selection.band:
        choice &= Chosen(*selection.band)
    if selection.cell:
        _, label, flagged = CELLS[selection.cell]
        threshold = address.cut(run_id).threshold
        choice &= Chosen(low=threshold, label=label) if flagged else Chosen(high=threshold, label=label)
    places = explored.latent(run_id)
    if selection.area and places is not None:
        within = inside(places["x"].to_numpy(), places["y"].to_numpy(), selection.area)
        choice &= Chosen(rows=places["row"].to_numpy(np.int64)[within])
    return choice


def slices(run_id: str) -> dict[str, dict[str, str]]:
    """The selections that were kept under a name, each as parameters of the address."""
    try:
        kept = cache.workspace().artifacts.read_json(_file(run_id))
    except AnomalensError:
        return {}
    return {str(name): {k: str(v) for k, v in said.items() if k in _KEPT_PARAMS} for name, said in kept.items()}


def keep(run_id: str, name: str) -> None:
    """Keep the selection that stands under a name; one of the same name is replaced."""
    said = {param: state.param(param) for param in _KEPT_PARAMS if state.param(param)}
    kept = {**slices(run_id), name.strip()[:80]: said}
    cache.workspace().artifacts.write_json(_file(run_id), dict(list(kept.items())[-MOST_SLICES:]))


def forget(run_id: str, name: str) -> None:
    """Take a name away; the rows stay."""
    kept = slices(run_id)
    kept.pop(name, None)
    cache.workspace().artifacts.write_json(_file(run_id), kept)


def open_slice(run_id: str, name: str) -> None:
    """Put a kept selection into the address."""
    said = slices(run_id).get(name, {})
    state.set_params(**{param: said.get(param) for param in _KEPT_PARAMS}, page=None)


def _file(run_id: str) -> str:
    return f"runs/{run_id}/slices.json"
