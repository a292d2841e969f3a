"""The threshold explorer: histogram, line, numbers and confusion matrix, all counted in the browser while it is moved.

The run's grid travels once, apart from the rest; what the user does comes back as one small message when the line is
let go of. It goes into the address, and what the server draws (the table, the other cards) follows.
"""

import math
from typing import Any

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from core.metrics.groups import CLASSES, parts_of
from core.results.run_evidence import explorer_rates
from core.thresholds import UNITS
from core.thresholds.rates import rows_per_day
from dashboard.explore import explore_address as address
from dashboard.explore import selection, selection_counts, shared_run
from dashboard.explore.panels.explorer_part import colours, part
from dashboard.explore.shared_run import SharedRun, packed
from dashboard.help import links
from dashboard.state import page_url
from dashboard.state.kind import nouns_for
from dashboard.thresholds import kept, threshold_questions

ROW_NAMES = {"test": "Test", "validation": "Validation", "train": "Train", "unused": "Unused", "all": "All rows"}
FRAGMENTS = (
    "explore_verdict",
    "explore_selection",
    "explore_table",
    "explore_families",
    "explore_lanes",
    "explore_events",
)
"""What the server draws anew when the threshold has moved."""
SCRIPTS = ("nouns", "grid", "pen", "histogram", "numbers", "explorer_view", "explorer_hands", "explorer")
EXPLORER, _TURN, _SELECTED = "explore_explorer", "explore_turn", "explore_selected"
_UNLABELLED = (
    "These rows have no labels, so precision, recall, F1, the confusion matrix and the curves cannot be computed. "
    "Everything else works. If a column says which rows are normal, give it the role “label” and train again."
)


def threshold_panel(run: SharedRun) -> None:
    """Draw the explorer."""
    kept.settle(run)
    with st.container(border=True, key="explore_threshold_card", gap=None):
        threshold_questions.threshold_questions(run, _redraw_all)
        _grid(run)
        with st.container(key="explore_selected_script"):
            _selected(run)
        _explorer(run)
        _quiet()


def redraw(*more: str) -> None:
    """Redraw what follows the threshold, and further fragments; only from a widget's callback."""
    # The flat map follows by itself.
    coloured = ("explore_latent",) if page_url.param("colour") == "flagged" and address.three_dimensions() else ()
    st.rerun([*FRAGMENTS, *coloured, *more])


def _redraw_all() -> None:
    """Redraw the questions, the explorer and what follows them."""
    redraw(EXPLORER, threshold_questions.FRAGMENT)


def _grid(run: SharedRun) -> None:
    """Hand the run's counts to the page; other cards read them too."""
    with st.container(key="explore_grid_script"):
        part("grid", ("grid", "grid_arrives"))(key="explore_grid", data=packed(run)[0], height=1)


@st.fragment(key=_SELECTED)
def _selected(run: SharedRun) -> None:
    """Hand the counts of the selected rows to the page."""
    found = selection_counts.current(run)
    part("selected", ("grid", "selected", "selected_arrives"))(
        key=_SELECTED, data=found.payload if found else b"-", height=1
    )


@st.fragment(key=EXPLORER)
def _explorer(run: SharedRun) -> None:
    def changed() -> None:
        _changed(run)

    part("explorer", SCRIPTS, "explorer")(key=EXPLORER, data=words(run), on_changed_change=changed)


@st.fragment(key="explore_quiet")
def _quiet() -> None:
    """Nothing: what changes the address alone redraws this."""


def words(run: SharedRun) -> dict[str, Any]:
    """All that the explorer is told beside the grid, as JSON can hold it."""
    says = nouns_for(run)
    cut, chosen = address.cut(run), selection.current(run)
    counted = selection_counts.current(run)
    above = None
    if cut.threshold not in run.grid.steps:
        above = [[int(n) for n in row] for row in run.groups.above(cut.threshold)[:, :, 0]]
    return {
        "key": run.grid_key,
        "name": run.name,
        "turn": st.session_state.get(_TURN, 0),
        "colours": colours(),
        "nouns": [says.sample, says.samples],
        "help": links.address(),
        "labelled": run.labelled,
        "unlabelled": says(_UNLABELLED),
        "rows": address.shown_name(run),
        "choices": [[name, says(ROW_NAMES[name]), list(parts_of(name))] for name in run.row_choices],
        "axes": sorted(address.axes(run)),
        "zoom": address.zoom(),
        "second": address.second(),
        "costs": list(address.costs()),
        "rates": _rates(run),
        "band": list(chosen.band) if chosen.band else None,
        "cell": chosen.cell,
        "selected": {"token": counted.token, "threshold": cut.threshold, "above": counted.above(cut.threshold)}
        if counted
        else None,
        "reference": {rule: _reference(run, rule) for rule in ("percentile", "fpr")},
        "cut": {
            "rule": cut.rule,
            "by": cut.by,
            "number": cut.number,
            "threshold": cut.threshold,
            "above": above,
            "own": kept.is_trained(run),
            "problem": cut.problem,
        },
    }


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs=shared_run.BY_KEY)
def _rates(run: SharedRun) -> dict[str, Any]:
    """How many rows come in a day, where a column tells the time, and how many each judged row stands for."""
    try:
        per_day = next(iter(rows_per_day(run.table, run.schema).values()), None)
    except AnomalensError:
        # The dataset may be gone; what the run itself wrote is still worth showing.
        per_day = None
    return explorer_rates(run, per_day)


def _reference(run: SharedRun, rule: str) -> dict[str, Any]:
    """The rows that a unit counts, so that the browser can count them too."""
    judged = rule == "fpr" and run.labelled
    return {
        "parts": list(run.judged if judged else (run.reference,)),
        "classes": ["normal"] if judged else list(CLASSES),
        "words": "judged normal" if judged else "held-out" if run.groups.crossed else run.reference,
        "rows": int(address.reference(run, rule).size),
    }


def _changed(run: SharedRun) -> None:
    """Take what the user has done into the address and redraw what follows."""
    said = dict(st.session_state[EXPLORER].get("changed") or {})
    st.session_state[_TURN] = int(said.get("turn", 0))
    if said.get("reset"):
        kept.restore(run)
        _redraw_all()
    if "second" in said:
        page_url.set_params(second=_text(said["second"]))
    if "threshold" in said:
        # A step of the grid, as the browser has it: the counts on screen are those of the address.
        page_url.set_params(page=None)
        address.set_threshold_to("value", _finite(said["threshold"]))
        kept.keep_address(run)
        redraw(threshold_questions.FRAGMENT)
    if said.get("rule") in UNITS:
        page_url.set_params(page=None)
        address.set_threshold_to(said["rule"], _finite(said.get("number")))
        kept.keep_address(run)
        _redraw_all()
    if said.get("rows") in run.row_choices:
        page_url.set_params(rows=None if said["rows"] == run.row_choices[0] else said["rows"], page=None)
        counted = (_SELECTED, EXPLORER) if selection.current(run) else ()
        redraw("explore_curves", "explore_timeline", *counted)
    if "band" in said:
        address.set_range("band", said["band"])
        page_url.set_params(page=None)
        _follow("explore_curves")
    if isinstance(said.get("cell"), str):
        page_url.set_params(cell=said["cell"] if said["cell"] in selection.CELLS else None, page=None)
        _follow()
    if isinstance(said.get("axes"), list):
        address.set_axes(run, {name for name in said["axes"] if isinstance(name, str)})
    if "zoom" in said:
        address.set_range("zoom", said["zoom"])
    if isinstance(said.get("costs"), list):
        address.set_costs(said["costs"])
    st.rerun("explore_quiet")


def _follow(*more: str) -> None:
    """Redraw what follows a selection that the explorer itself shows already."""
    st.rerun([*(name for name in selection.FRAGMENTS if name not in (EXPLORER, "explore_curves")), *more])


def _finite(said: Any) -> float:
    """A number of the browser's; 0 for what is none."""
    return float(said) if isinstance(said, int | float) and math.isfinite(said) else 0.0


def _text(said: Any) -> str | None:
    return repr(float(said)) if isinstance(said, int | float) and np.isfinite(said) else None
