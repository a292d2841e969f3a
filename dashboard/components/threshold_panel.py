"""The score histogram and the threshold beside it: moved by percentile, value or false-positive rate.

Moving it redraws this fragment, the curve's operating point and the table, and nothing else; every count comes from the
run's grid, so that a million rows cost what a hundred do.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.scoring.groups import CLASSES
from core.thresholds import THRESHOLDS
from dashboard import explore_address as address
from dashboard import explored, figures, held, state
from dashboard.charts.error_histogram import error_histogram
from dashboard.components.confusion_cells import confusion_cells
from dashboard.components.show import show
from dashboard.explored import RunView
from dashboard.format import count, number, share

ROW_NAMES = {"test": "Test", "validation": "Validation", "train": "Train", "unused": "Unused", "all": "All rows"}
FRAGMENTS = ("explore_histogram", "explore_threshold", "explore_curves", "explore_table")
_AXIS_NAMES = {"log-scores": "Log scores", "log-counts": "Log counts", "stacked": "Stacked"}


@dataclass(frozen=True)
class Knob:
    """How a rule's number is shown: a false-positive rate of 0.01 is 1 % on screen."""

    label: str
    factor: float
    stops: Callable[[RunView], list[float]]
    low: float | None
    high: float | None
    step: float


def _percentiles(view: RunView) -> list[float]:
    """Slider stops that grow denser where thresholds live: at the top."""
    parts = (np.arange(0, 90, 5), np.arange(90, 99, 0.25), np.arange(99, 99.9, 0.025), np.arange(99.9, 100.001, 0.005))
    return [round(float(v), 3) for v in np.concatenate(parts)]


def _rates(view: RunView) -> list[float]:
    return sorted({0.0, 100.0, *(float(f"{v:.2g}") for v in np.geomspace(0.001, 100, 150))})


def _values(view: RunView) -> list[float]:
    logarithmic = "log-scores" in address.axes(view)
    edges = view.grid.log_edges if logarithmic and view.grid.log_edges.size else view.grid.linear_edges
    return sorted({float(f"{v:.5g}") for v in edges})


KNOBS = {
    "percentile": Knob("Percentile", 1.0, _percentiles, 0.0, 100.0, 0.1),
    "value": Knob("Score", 1.0, _values, None, None, 0.01),
    "fpr": Knob("False-positive rate (%)", 100.0, _rates, 0.0, 100.0, 0.1),
}


def threshold_panel(run_id: str, run_name: str) -> None:
    """Draw histogram, threshold, metrics and confusion matrix.

    What does not follow the threshold (the choice of rows, axes and rule) is in fragments of its own: to draw these
    buttons again would take the browser longer than the histogram does.
    """
    with st.container(border=True, key="explore_threshold_card"):
        left, right = st.columns([1.85, 1], gap="medium")
        with left:
            _view_controls(run_id)
            _histogram(run_id, run_name)
        with right:
            _rule_choice(run_id)
            _threshold(run_id)


def redraw(*more: str) -> None:
    """Redraw what follows the threshold, and further fragments; only from a widget's callback."""
    coloured = ("explore_latent",) if state.param("colour") == "flagged" else ()
    st.rerun([*FRAGMENTS, *coloured, *more])


@st.fragment(key="explore_view")
def _view_controls(run_id: str) -> None:
    view = explored.view(run_id)
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_view_controls"):
        choices, rows = address.row_choices(view), address.shown_name(view)
        st.segmented_control(
            "Rows shown",
            choices,
            required=True,
            format_func=ROW_NAMES.__getitem__,
            default=rows,
            key=held.key("explore_rows", rows),
            on_change=_rows_changed,
            args=(choices[0],),
        )
        axes = sorted(address.axes(view), key=address.AXES.index)
        st.pills(
            "Axes",
            [name for name in address.AXES if name != "log-scores" or view.grid.log_edges.size],
            selection_mode="multi",
            format_func=_AXIS_NAMES.__getitem__,
            default=axes,
            key=held.key("explore_axes", axes),
            on_change=_axes_changed,
            args=(run_id,),
        )


@st.fragment(key="explore_histogram")
def _histogram(run_id: str, run_name: str) -> None:
    view, cut = explored.view(run_id), address.cut(run_id)
    parts, axes = address.shown_parts(view), address.axes(view)
    log_scores = "log-scores" in axes and bool(view.grid.log_edges.size)
    subtitle = f"{count(int(cut.grid.rows(parts).sum()))} rows, {ROW_NAMES[address.shown_name(view)].lower()}"
    figure = figures.kept(
        ("histogram", run_id, explored.shown_score(run_id), cut.threshold, parts, sorted(axes)),
        lambda: error_histogram(
            cut.grid.histogram(parts, log=log_scores),
            cut.threshold,
            log_score=log_scores,
            log_count="log-counts" in axes,
            stacked="stacked" in axes,
            subtitle=subtitle,
            height=400,
        ),
    )
    show(figure, "explore_histogram", run_name, alt=f"Histogram of the anomaly scores, threshold {cut.threshold:.4g}")


@st.fragment(key="explore_rule_choice")
def _rule_choice(run_id: str) -> None:
    rule = address.cut(run_id).rule
    st.segmented_control(
        "Threshold by",
        [name for name in KNOBS if name in THRESHOLDS],
        required=True,
        format_func=lambda name: {"fpr": "False-pos. rate"}.get(name, THRESHOLDS[name].title),
        default=rule,
        key=held.key("explore_rule", rule),
        on_change=_rule_changed,
        args=(run_id,),
        help="**Percentile** of the reference rows' scores, a score **value**, or the **false-positive rate**: "
        "the share of normal rows that may be flagged by mistake.",
    )


@st.fragment(key="explore_threshold")
def _threshold(run_id: str) -> None:
    view, cut = explored.view(run_id), address.cut(run_id)
    _knob(view, cut)
    if cut.problem:
        st.warning(cut.problem, icon=":material/warning:")
    st.caption(_rule_words(view, cut))
    _metrics(view, cut)
    _confusion(view, cut)


def _knob(view: RunView, cut: address.Cut) -> None:
    """A slider and a box for the rule's number, always at the same place, and the way back to the run's own.

    The one that is moved stays as it is, so that keys can move it on; the other is replaced.
    """
    knob = KNOBS[cut.rule]
    now = float(f"{cut.number * knob.factor:.10g}")
    # A link may name what the rule refuses; the warning below says so.
    now = min(max(now, -math.inf if knob.low is None else knob.low), math.inf if knob.high is None else knob.high)
    slider, box = f"explore_slider_{cut.rule}", f"explore_number_{cut.rule}"
    stops = sorted({*knob.stops(view), now})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore_knob"):
        st.select_slider(
            knob.label,
            stops,
            now,
            format_func=lambda v: f"{v:.5g}",
            key=held.key(slider, now),
            on_change=_moved,
            args=(cut.rule, slider),
        )
        st.number_input(
            knob.label,
            min_value=knob.low,
            max_value=knob.high,
            value=now,
            step=knob.step if cut.rule != "value" else max(abs(now) / 50, 1e-12),
            format="%.6g",
            key=held.key(box, now),
            on_change=_moved,
            args=(cut.rule, box),
            label_visibility="hidden",
            width=120,
        )
        # Always there, so that nothing jumps when the threshold leaves its place.
        st.button(
            "",
            key="explore_reset",
            on_click=_reset,
            type="tertiary",
            icon=":material/undo:",
            disabled=cut.own,
            help="Back to the threshold that the run was trained with.",
        )


def _rule_words(view: RunView, cut: address.Cut) -> str:
    """What is flagged, in a sentence."""
    parts = address.shown_parts(view)
    flagged, shown = int(cut.grid.flagged(cut.threshold, parts).sum()), int(cut.grid.rows(parts).sum())
    said = f"**{share(flagged / shown if shown else None)}** of the {count(shown)} rows score above "
    said += f"**{number(cut.threshold, 5)}**"
    rows = address.reference(view, cut.rule).size
    if cut.rule == "percentile":
        return f"{said}, the percentile of {count(rows)} {view.reference} rows."
    if cut.rule == "fpr":
        kind = "judged normal" if view.labelled else view.reference
        return f"{said}, set on {count(rows)} {kind} rows."
    return f"{said}."


def _metrics(view: RunView, cut: address.Cut) -> None:
    parts = address.shown_parts(view)
    flagged = int(cut.grid.flagged(cut.threshold, parts).sum())
    counts = cut.grid.confusion(cut.threshold, parts)
    with st.container(horizontal=True, gap="small", key="explore_metrics"):
        st.metric("Flagged", count(flagged), help="Rows above the threshold, of the rows shown.", width="content")
        if not view.labelled:
            return
        for label, value, words in (
            ("Precision", counts.precision, "Share of the flagged rows that are anomalies."),
            ("Recall", counts.recall, "Share of the anomalies that are flagged."),
            ("F1", counts.f1, "Harmonic mean of precision and recall."),
            ("FPR", counts.false_positive_rate, "False-positive rate: the share of normal rows that are flagged."),
        ):
            shown = number(value, 3) if label == "F1" else share(value)
            st.metric(label, shown, help=words, width="content")


def _confusion(view: RunView, cut: address.Cut) -> None:
    parts = address.shown_parts(view)
    if view.labelled:
        unknown = int(cut.grid.rows(parts)[CLASSES.index("unknown")])
        confusion_cells(cut.grid.confusion(cut.threshold, parts))
        if unknown:
            st.caption(f"{count(unknown)} rows without a label are left out of it.")
        return
    st.info(
        "These rows have no labels, so precision, recall, F1, the confusion matrix and the curves cannot be computed. "
        "Everything else works. If a column says which rows are normal, give it the role “label” and train again.",
        icon=":material/label_off:",
    )


def _rows_changed(default: str) -> None:
    chosen = held.value("explore_rows")
    state.set_params(rows=None if chosen == default else chosen, page=None)
    redraw()


def _axes_changed(run_id: str) -> None:
    address.set_axes(explored.view(run_id), set(held.value("explore_axes")))
    st.rerun(["explore_histogram", "explore_threshold"])


def _rule_changed(run_id: str) -> None:
    rule = held.value("explore_rule")
    address.set_threshold_to(rule, address.equivalent(run_id, rule))
    redraw()


def _moved(rule: str, widget: str) -> None:
    """Take over the value of the widget that was moved."""
    state.set_params(page=None)
    address.set_threshold_to(rule, float(held.value(widget)) / KNOBS[rule].factor)
    redraw()


def _reset() -> None:
    state.set_params(rule=None, threshold=None, page=None)
    redraw("explore_rule_choice")
