"""What the Explore page shows, read from the address and written to it: the address is the truth, widgets mirror it.

``?run=…&score=whitened&rule=percentile&threshold=99.5&rows=test&axes=log-scores,stacked&curve=roc&colour=score&row=17``
``&projection=umap:neighbours:30`` the map and ``map=3d`` its dimensions (:mod:`dashboard.explore.map.maps`),
``&second=0.7`` is the second line, ``&zoom=0.1,0.9`` the part of the histogram that is shown, ``&cost=10,1`` what a
miss and a false alarm cost.
A rule with settings of its own, as the threshold lab hands them over: ``rule=conformal&threshold=fdr:0.05``; it sets a
value, which can then be moved. What is at its default is not in the address. A value that makes no sense (an old or
mistyped link) counts as the default.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import AnomalensError
from core.metrics.grid import ScoreGrid
from core.metrics.groups import PARTS
from core.recipe import ThresholdConfig
from core.thresholds import THRESHOLDS, set_threshold
from core.thresholds.lab import evaluate
from core.thresholds.saving import SET_BY, set_by
from core.thresholds.texts import settings_from_text
from dashboard.explore import explored
from dashboard.explore.explored import RunView
from dashboard.state import page_url

AXES = ("log-scores", "log-counts", "stacked")
CURVES = ("roc", "precision", "det", "rejection", "confusion")
UNITS = ("percentile", "value", "fpr")
"""The rules whose number can be typed on this page."""
COSTS = (10.0, 1.0)
_CORNERS = 40
"""Corners of a selected area that the address keeps."""


@dataclass(frozen=True)
class Cut:
    """Where the threshold is and what it does."""

    rule: str
    number: float
    """The rule's number, such as the percentile 99.5."""
    threshold: float
    grid: ScoreGrid
    """The run's grid with the threshold as one of its steps."""
    problem: str = ""
    """Why the rule could not be applied; the run's own threshold stands then."""
    own: bool = True
    """Whether this is the threshold that the run was trained with."""
    by: str = ""
    """The rule of the threshold lab, or of the command line, that set the value; empty for a rule that is moved."""


def cut(run_id: str) -> Cut:
    """The threshold that the address names, or the run's own."""
    told = explored.result(run_id)
    said = page_url.param("rule"), page_url.param("threshold")
    return _cut(run_id, explored.shown_score(run_id), *said, told.get("threshold"), set_by(told))


@st.cache_resource(show_spinner=False, max_entries=256)
def _cut(run_id: str, score: str, said_rule: str, said_number: str, own: float | None, by: str) -> Cut:
    """One that every part of the page asks for."""
    view = explored.view(run_id)
    config = explored.finished(run_id).recipe.threshold
    if own is None:
        own = set_threshold("percentile", 95.0, view.groups.scores((view.reference,)))
    if said_rule in THRESHOLDS and said_rule not in UNITS:
        return _cut_by_lab(run_id, said_rule, said_number, own)
    if by or config.rule not in UNITS:
        # Its number is not the recipe's, or cannot be moved: the value stands for it.
        config = ThresholdConfig("value", own, config.reference)
    rule = said_rule or config.rule
    number = _number(said_number, config.value if rule == config.rule else math.nan)
    if (rule, number) == (config.rule, config.value) or math.isnan(number) or rule not in THRESHOLDS:
        return Cut(config.rule, config.value, own, view.grid.with_step(own, view.groups), by=by)
    try:
        threshold = set_threshold(rule, number, reference(view, rule))
    except AnomalensError as problem:
        return Cut(rule, number, own, view.grid.with_step(own, view.groups), str(problem))
    # Beyond the scores every threshold does the same, and an axis could not show it.
    threshold = float(np.clip(threshold, view.grid.steps[0], view.grid.steps[-1]))
    number = threshold if rule == "value" else number
    return Cut(rule, number, threshold, view.grid.with_step(threshold, view.groups), own=False)


def _cut_by_lab(run_id: str, rule: str, said: str, own: float) -> Cut:
    """The value that a rule of the threshold lab comes to, with the settings that the address names."""
    # Imported here: most views never need it.
    from dashboard.thresholds import lab

    view = explored.view(run_id)
    found = evaluate(rule, settings_from_text(rule, said) or {}, lab.evidence(run_id))
    if found.threshold is None:
        return Cut("value", own, own, view.grid.with_step(own, view.groups), found.problem)
    threshold = float(np.clip(found.threshold, view.grid.steps[0], view.grid.steps[-1]))
    by = set_by({SET_BY: {"title": found.title, "settings": found.settings}})
    return Cut("value", threshold, threshold, view.grid.with_step(threshold, view.groups), own=False, by=by)


def reference(view: RunView, rule: str) -> NDArray[np.float64]:
    """The scores that a rule looks at: the judged normal rows for a false-positive rate, else the reference part's."""
    if rule != "fpr" or not view.labelled:
        return view.groups.scores((view.reference,))
    return view.groups.scores(view.judged, ("normal",))


def set_threshold_to(rule: str, number: float) -> None:
    """Put a threshold into the address."""
    page_url.set_params(rule=rule, threshold=f"{number:.12g}" if rule != "value" else repr(float(number)))


def shown_name(view: RunView) -> str:
    """The rows that are shown: "judged", "train", "validation", "test" or "all"."""
    wanted = page_url.param("rows")
    return wanted if wanted in row_choices(view) else row_choices(view)[0]


def row_choices(view: RunView) -> list[str]:
    """The kinds of rows that can be shown, the judged ones first."""
    filled = [part for part in PARTS if view.grid.rows((part,)).any()]
    judged = ["test"] if view.judged == ("test",) else ["all"]
    return judged + [name for name in [*reversed(filled), "all"] if name not in judged]


def shown_parts(view: RunView) -> tuple[str, ...]:
    """The parts whose rows are shown."""
    return parts_of(shown_name(view))


def parts_of(name: str) -> tuple[str, ...]:
    """The parts behind a choice of rows."""
    return PARTS if name == "all" else (name,)


def axes(view: RunView) -> set[str]:
    """Which of ``AXES`` are on."""
    said = page_url.param("axes")
    return {name for name in said.split(",") if name in AXES} if said else default_axes(view)


def set_axes(view: RunView, chosen: set[str]) -> None:
    """Put the axes into the address; none at all is written as "plain"."""
    said = ",".join(name for name in AXES if name in chosen) or "plain"
    page_url.set_params(axes=None if chosen == default_axes(view) else said)


def default_axes(view: RunView) -> set[str]:
    """Scores on a logarithmic axis where they span decades, counts where anomalies would vanish beside normal rows."""
    chosen = set()
    edges = view.grid.log_edges
    if edges.size and edges[-1] > 20 * edges[0] and not view.bounded:
        chosen.add("log-scores")
    normal, anomalous, _ = view.grid.rows()
    if anomalous and anomalous < 0.1 * normal:
        chosen.add("log-counts")
    return chosen


def second() -> float | None:
    """Where the second line stands; None where there is none."""
    place = _number(page_url.param("second"), math.nan)
    return None if math.isnan(place) else place


def zoom() -> list[float] | None:
    """The scores between which the histogram is shown; None for all of them."""
    low, _, high = page_url.param("zoom").partition(",")
    ends = [_number(low, math.nan), _number(high, math.nan)]
    return ends if ends[0] < ends[1] else None


def set_range(param: str, said: object) -> None:
    """Put two scores into the address; anything else takes the parameter out."""
    ends = [float(end) for end in said if isinstance(end, int | float)] if isinstance(said, list) else []
    page_url.set_params(**{param: f"{ends[0]!r},{ends[1]!r}" if len(ends) == 2 else None})


def costs() -> tuple[float, float]:
    """What a miss and a false alarm cost."""
    miss, _, alarm = page_url.param("cost").partition(",")
    found = _number(miss, math.nan), _number(alarm, math.nan)
    return found if all(cost >= 0 for cost in found) else COSTS


def set_costs(said: Sequence[object]) -> None:
    """Put two prices into the address."""
    found = tuple(float(cost) for cost in said if isinstance(cost, int | float) and cost >= 0)
    page_url.set_params(cost=None if len(found) != 2 or found == COSTS else f"{found[0]:.12g},{found[1]:.12g}")


def curve_name() -> str:
    """The curve that is open."""
    return page_url.param("curve") if page_url.param("curve") in CURVES else CURVES[0]


def signal_efficiency() -> float:
    """ε_s at which background rejection is read."""
    number = _number(page_url.param("signal"), 0.3)
    return number if 0 < number <= 1 else 0.3


def three_dimensions() -> bool:
    """Whether the latent map is shown in three dimensions."""
    return page_url.param("map") == "3d"


def area() -> list[tuple[float, float]]:
    """The corners of the area that is selected in the latent map; empty for none."""
    corners = []
    for corner in page_url.param("area").split(";")[:_CORNERS]:
        x, _, y = corner.partition(",")
        point = _number(x, math.nan), _number(y, math.nan)
        if not any(math.isnan(v) for v in point):
            corners.append(point)
    return corners if len(corners) >= 3 else []


def set_area(corners: Sequence[object]) -> None:
    """Put a selected area into the address, with fewer corners where it has many; fewer than three take it out."""
    found = []
    for corner in corners:
        if isinstance(corner, list) and len(corner) == 2 and all(isinstance(v, int | float) for v in corner):
            found.append(f"{corner[0]:.4g},{corner[1]:.4g}")
    places = np.unique(np.linspace(0, len(found) - 1, min(len(found), _CORNERS)).astype(int)) if found else []
    page_url.set_params(area=";".join(found[i] for i in places) if len(found) >= 3 else None, page=None)


def selected_row(run_id: str) -> int | None:
    """The row that the inspector shows; None when the address names none, or one that is not there."""
    said = page_url.param("row")
    if not (said.isascii() and said.isdecimal()) or len(said) > 18:
        return None
    row = int(said)
    return row if row < int(explored.view(run_id).grid.rows().sum()) else None


def page_number() -> int:
    """The page of the table, from 0."""
    said = page_url.param("page")
    return max(0, int(said) - 1) if said.isascii() and said.isdecimal() and len(said) < 9 else 0


def _number(text: str, default: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return default
    return number if math.isfinite(number) else default
