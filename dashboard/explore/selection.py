"""The rows that are selected on the Explore page, wherever they were: in the map, a figure, the table, a family.

One selection for all views: what was drawn around (``area=``), a band of scores (``band=0.1,0.9``), a cell of the
confusion matrix (``cell=caught``), a family (``family=3:1.25:test``: number, threshold and rows that were grouped),
filters of columns (``where=[["service","is","http"]]``) and a stretch of time (``time=2026-01-05T00:00:00,…``) hold
together, among the rows shown. It is in the address, so that a link opens it, and can be kept under a name beside the
run.
"""

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import AnomalensError
from core.explain.families.names import title_of
from core.index.filters import MOST, Condition, condition, rows_where
from core.index.row_times import time_of_text
from core.jobs.derived.families import DerivedFamilies
from core.metrics.groups import PARTS, parts_of
from core.results.row_filter import CELLS, RowFilter
from dashboard.explore import explaining, shared_run, timelines
from dashboard.explore import explore_address as address
from dashboard.explore.map import maps
from dashboard.explore.shared_run import SharedRun
from dashboard.format import number
from dashboard.server import derived
from dashboard.state import page_url
from dashboard.state.address_values import read_json

if TYPE_CHECKING:
    from core.explain.families.stored import Families

PARAMS = ("area", "band", "cell", "family", "where", "time")
_KEPT_PARAMS = (*PARAMS, "rows", "rule", "threshold", "score", "projection")
MOST_SLICES = 100
FRAGMENTS = (
    "explore_selection",
    "explore_selected",
    "explore_explorer",
    "explore_curves",
    "explore_latent",
    "explore_timeline",
    "explore_lanes",
    "explore_table",
    "explore_families",
)
"""What follows a selection."""


@dataclass(frozen=True)
class FamilyChoice:
    """A family of the rows that were grouped at a threshold."""

    number: int
    """0 for the others."""
    threshold: float
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """What is selected."""

    area: tuple[tuple[float, float], ...] = ()
    band: tuple[float, float] | None = None
    cell: str = ""
    family: FamilyChoice | None = None
    where: tuple[Condition, ...] = ()
    time: tuple[float, float] | None = None
    """From the first place, up to but without the second."""
    problems: tuple[str, ...] = ()
    """What the address asks for and cannot be."""

    def __bool__(self) -> bool:
        return bool(self.area or self.band or self.cell or self.family or self.where or self.time)

    @property
    def by_rows(self) -> "Selection":
        """The parts that stay the same wherever the threshold is, and that the browser cannot count by itself."""
        return replace(self, band=None, cell="", problems=())

    def only(self, chip: str) -> "Selection":
        """One part of it alone."""
        if chip.startswith("where:"):
            return Selection(where=(self.where[int(chip.removeprefix("where:"))],))
        return Selection(**{chip: getattr(self, chip)})


def current(run: SharedRun) -> Selection:
    """The selection that the address names."""
    low, _, high = page_url.param("band").partition(",")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    cell = page_url.param("cell")
    where, problems = _conditions(run)
    return Selection(
        _area(run),
        ends if ends[0] < ends[1] else None,
        cell if cell in CELLS and run.labelled else "",
        _family(run),
        where,
        _time(run),
        problems,
    )


def _area(run: SharedRun) -> tuple[tuple[float, float], ...]:
    drawn = tuple(address.area())
    return drawn if drawn and maps.flat(run) is not None else ()


def _conditions(run: SharedRun) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """The filters of the address that can be applied, and why others cannot."""
    said = page_url.param("where")
    if not said:
        return (), ()
    if not run.has_dataset:
        return (), ("The dataset of this run is gone, so that its columns cannot be filtered by.",)
    try:
        _, schema = run.table, run.schema
    except AnomalensError as problem:
        return (), (str(problem),)
    try:
        listed = read_json(said, "filters")
    except AnomalensError:
        listed = None
    if not isinstance(listed, list):
        return (), ("The filters in this link cannot be read. Add them again.",)
    found, problems = [], []
    for one in listed[:MOST]:
        try:
            found.append(condition(one, schema))
        except AnomalensError as problem:
            problems.append(str(problem))
    return tuple(dict.fromkeys(found)), tuple(problems)


def set_conditions(conditions: tuple[Condition, ...]) -> None:
    """Put filters into the address."""
    said = json.dumps([one.to_list() for one in conditions], separators=(",", ":"), ensure_ascii=False)
    page_url.set_params(where=said if conditions else None, page=None)


def _family(run: SharedRun) -> FamilyChoice | None:
    """The family that the address names, where its rows were grouped.

    A number alone is one of the families of the rows shown above the threshold that stands.
    """
    said, _, more = page_url.param("family").partition(":")
    if not (said.isascii() and said.isdecimal()) or len(said) > 3:
        return None
    threshold, _, name = more.partition(":")
    try:
        at = float(threshold) if threshold else address.cut(run).threshold
    except ValueError:
        return None
    parts = parts_of(name) if name in (*PARTS, "all") else address.shown_parts(run)
    chosen = FamilyChoice(int(said), at, parts)
    known = {int(k) for k in _grouped(run, chosen)}
    return chosen if chosen.number in known else None


def set_family(run: SharedRun, chosen: int | None) -> None:
    """Put a family of the rows shown above the threshold that stands into the address."""
    at, rows = address.cut(run).threshold, address.shown_name(run)
    page_url.set_params(family=None if chosen is None else f"{chosen}:{at:.12g}:{rows}", page=None)


def grouped(run: SharedRun) -> "Families | None":
    """The families of the rows shown above the threshold that stands; None where they were not grouped."""
    families = DerivedFamilies(run.score, address.cut(run).threshold, address.shown_parts(run))
    try:
        return derived.result(run.id, families) if derived.status(run.id, families).ready else None
    except AnomalensError:
        return None


def _grouped(run: SharedRun, chosen: FamilyChoice) -> tuple[int, ...]:
    """The families that there are; none where the rows were not grouped."""
    families = DerivedFamilies(run.score, chosen.threshold, chosen.parts)
    try:
        if not derived.status(run.id, families).ready:
            return ()
        return tuple(family.number for family in derived.result(run.id, families).families)
    except AnomalensError:
        return ()


def _time(run: SharedRun) -> tuple[float, float] | None:
    first, _, last = page_url.param("time").partition(",")
    timeline = timelines.timeline(run) if first and last else None
    if timeline is None:
        return None
    ends = time_of_text(timeline.kind, first), time_of_text(timeline.kind, last)
    return ends if ends[0] < ends[1] and all(map(math.isfinite, ends)) else None


def chips(run: SharedRun, chosen: Selection) -> dict[str, str]:
    """The parts of a selection by their names, each in words."""
    found = {}
    if chosen.area:
        found["area"] = "Drawn around in the map"
    if chosen.band:
        found["band"] = f"Score above {number(chosen.band[0], 4)}, at most {number(chosen.band[1], 4)}"
    if chosen.cell:
        found["cell"] = CELLS[chosen.cell][0]
    if chosen.family:
        one = chosen.family
        families = DerivedFamilies(run.score, one.threshold, one.parts)
        titles = explaining.family_titles(run, derived.result(run.id, families))
        found["family"] = title_of(one.number, titles)
    for i, one_condition in enumerate(chosen.where):
        found[f"where:{i}"] = one_condition.words
    known = timelines.places(run)
    if chosen.time and known is not None:
        found["time"] = known.words(*chosen.time)
    return found


def take_away(run: SharedRun, chip: str) -> None:
    """Take one part of the selection out of the address, or "all" of it."""
    if chip.startswith("where:"):
        place = int(chip.removeprefix("where:"))
        set_conditions(tuple(one for i, one in enumerate(current(run).where) if i != place))
        return
    page_url.set_params(**dict.fromkeys(PARAMS if chip == "all" else (chip,)), page=None)


def row_filter(run: SharedRun, selection: Selection) -> RowFilter:
    """The selection as the run's rows understand it; a cell of the matrix is one at the threshold that stands."""
    choice = RowFilter(rows=rows_of(run, selection))
    if selection.band:
        choice &= RowFilter(*selection.band)
    if selection.cell:
        _, label, flagged = CELLS[selection.cell]
        threshold = address.cut(run).threshold
        choice &= RowFilter(low=threshold, label=label) if flagged else RowFilter(high=threshold, label=label)
    return choice


def rows_of(run: SharedRun, selection: Selection) -> NDArray[np.int64] | None:
    """The rows that are in all parts that do not depend on the threshold, ascending; None where there is no such part.

    Raises
    ------
    DataError
        When the dataset's file is missing.
    """
    static = selection.by_rows
    return _rows_of(run, token(run, static), static) if static else None


def token(run: SharedRun, selection: Selection) -> str:
    """A text that differs whenever the selection does, or the map that an area of it was drawn in."""
    return repr(replace(selection, problems=())) + (maps.area_key(run) if selection.area else "")


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs=shared_run.BY_KEY)
def _rows_of(run: SharedRun, what: str, _selection: Selection) -> NDArray[np.int64]:
    """Eight bytes a selected row."""
    del what
    found: list[NDArray[np.int64]] = []
    if _selection.area:
        points = maps.flat(run)
        assert points is not None
        found.append(points.within(_selection.area))
    if _selection.family:
        one = _selection.family
        families = derived.result(run.id, DerivedFamilies(run.score, one.threshold, one.parts))
        found.append(np.sort(families.rows_of(one.number)))
    if _selection.where:
        found.append(rows_where(run.table, run.schema, _selection.where))
    if _selection.time:
        known = timelines.places(run)
        found.append(np.empty(0, np.int64) if known is None else known.between(*_selection.time))
    rows = found[0]
    for more in found[1:]:
        rows = np.intersect1d(rows, more, assume_unique=True)
    return rows


def slices(run: SharedRun) -> dict[str, dict[str, str]]:
    """The selections that were kept under a name, each as parameters of the address."""
    try:
        kept = run.space.artifacts.read_json(_file(run))
    except AnomalensError:
        return {}
    return {str(name): {k: str(v) for k, v in said.items() if k in _KEPT_PARAMS} for name, said in kept.items()}


def keep(run: SharedRun, name: str) -> None:
    """Keep the selection that stands under a name; one of the same name is replaced."""
    said = {param: page_url.param(param) for param in _KEPT_PARAMS if page_url.param(param)}
    kept = {**slices(run), name.strip()[:80]: said}
    run.space.artifacts.write_json(_file(run), dict(list(kept.items())[-MOST_SLICES:]))


def forget(run: SharedRun, name: str) -> None:
    """Take a name away; the rows stay."""
    kept = slices(run)
    kept.pop(name, None)
    run.space.artifacts.write_json(_file(run), kept)


def open_slice(run: SharedRun, name: str) -> None:
    """Put a kept selection into the address."""
    said = slices(run).get(name, {})
    page_url.set_params(**{param: said.get(param) for param in _KEPT_PARAMS}, page=None)


def _file(run: SharedRun) -> str:
    return f"{run.folder}/slices.json"
