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
from core.metrics.groups import CLASSES, parts_of
from core.recipe import ThresholdConfig
from core.results.threshold_saving import SET_BY, set_by
from core.thresholds import THRESHOLDS, UNITS, set_threshold
from core.thresholds.lab import evaluate
from core.thresholds.texts import rule_words, settings_from_text
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.state import page_url

AXES = ("log-scores", "log-counts", "stacked")
CURVES = ("roc", "precision", "det", "rejection", "confusion")
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
    """Whether this is the run's own threshold, and not one that the address carries."""
    by: str = ""
    """The rule of the threshold lab, or of the command line, that set the value; empty for a rule that is moved."""


def cut(run: SharedRun) -> Cut:
    """The threshold that the address names, or the run's own."""
    return _cut(run, page_url.param("rule"), page_url.param("threshold"))


@st.cache_resource(show_spinner=False, max_entries=256, hash_funcs=shared_run.BY_DECISION)
def _cut(run: SharedRun, said_rule: str, said_number: str) -> Cut:
    """One that every part of the page asks for."""
    config, own, by = run.recipe.threshold, run.threshold, set_by(run.result)
    if said_rule in THRESHOLDS and said_rule not in UNITS:
        return _cut_by_lab(run, said_rule, said_number, own)
    kept = run.result.get(SET_BY)
    if kept and kept["rule"] in UNITS and len(kept["settings"]) == 1:
        config = ThresholdConfig(kept["rule"], float(*kept["settings"].values()), config.reference)
        by = by if kept["rule"] == "value" and config.value != own else ""
    elif by or config.rule not in UNITS:
        # Its number is not the recipe's, or cannot be moved: the value stands for it.
        config = ThresholdConfig("value", own, config.reference)
    rule = said_rule or config.rule
    number = _number(said_number, config.value if rule == config.rule else math.nan)
    if (rule, number) == (config.rule, config.value) or math.isnan(number) or rule not in THRESHOLDS:
        return Cut(config.rule, config.value, own, run.grid.with_step(own, run.groups), by=by)
    try:
        threshold = set_threshold(rule, number, reference(run, rule))
    except AnomalensError as problem:
        return Cut(rule, number, own, run.grid.with_step(own, run.groups), str(problem))
    # Beyond the scores every threshold does the same, and an axis could not show it.
    threshold = float(np.clip(threshold, run.grid.steps[0], run.grid.steps[-1]))
    number = threshold if rule == "value" else number
    return Cut(rule, number, threshold, run.grid.with_step(threshold, run.groups), own=False)


def _cut_by_lab(run: SharedRun, rule: str, said: str, own: float) -> Cut:
    """The value that a rule of the threshold lab comes to, with the settings that the address names."""
    # Imported here: most views never need it.
    from dashboard.thresholds import lab

    found = evaluate(rule, settings_from_text(rule, said) or {}, lab.evidence(run))
    if found.threshold is None:
        return Cut("value", own, own, run.grid.with_step(own, run.groups), found.problem)
    threshold = float(np.clip(found.threshold, run.grid.steps[0], run.grid.steps[-1]))
    by = rule_words(rule, found.settings)
    return Cut("value", threshold, threshold, run.grid.with_step(threshold, run.groups), own=False, by=by)


def reference(run: SharedRun, rule: str) -> NDArray[np.float64]:
    """The scores that a rule looks at: the judged normal rows for a false-positive rate, else the reference part's."""
    if rule != "fpr" or not run.labelled:
        return np.sort(np.concatenate([run.groups.reference(run.reference, name) for name in CLASSES]))
    return run.groups.scores(run.judged, ("normal",))


def set_threshold_to(rule: str, number: float) -> None:
    """Put a threshold into the address."""
    page_url.set_params(rule=rule, threshold=f"{number:.12g}" if rule != "value" else repr(float(number)))


def shown_name(run: SharedRun) -> str:
    """The rows that are shown: "judged", "train", "validation", "test" or "all"."""
    name = page_url.param("rows")
    return name if name in run.row_choices else run.row_choices[0]


def shown_parts(run: SharedRun) -> tuple[str, ...]:
    """The parts whose rows are shown."""
    return parts_of(shown_name(run))


def axes(run: SharedRun) -> set[str]:
    """Which of ``AXES`` are on."""
    said = page_url.param("axes")
    return {name for name in said.split(",") if name in AXES} if said else set(run.axes)


def set_axes(run: SharedRun, chosen: set[str]) -> None:
    """Put the axes into the address; none at all is written as "plain"."""
    said = ",".join(name for name in AXES if name in chosen) or "plain"
    page_url.set_params(axes=None if chosen == set(run.axes) else said)


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


def selected_row(run: SharedRun) -> int | None:
    """The row that the inspector shows; None when the address names none, or one that is not there."""
    said = page_url.param("row")
    if not (said.isascii() and said.isdecimal()) or len(said) > 18:
        return None
    row = int(said)
    return row if row < int(run.grid.rows().sum()) else None


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
