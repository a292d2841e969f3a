"""ROC, precision-recall, background rejection and the confusion matrix, one at a time, following the threshold."""

import streamlit as st

from core.scoring.evaluation import rejection_at
from dashboard import explore_address as address
from dashboard import explored, figures, held, state
from dashboard.charts.confusion import confusion_figure
from dashboard.charts.precision_recall import precision_recall
from dashboard.charts.rejection import rejection
from dashboard.charts.roc import roc
from dashboard.components.show import show
from dashboard.components.threshold_panel import ROW_NAMES
from dashboard.explored import RunView
from dashboard.format import number

_NAMES = {"roc": "ROC", "precision": "Precision-recall", "rejection": "1/ε_b", "confusion": "Confusion"}
_HEIGHT = 440


@st.fragment(key="explore_curves")
def curves_panel(run_id: str, run_name: str) -> None:
    """Draw the chosen curve; without labels say what it would need."""
    view = explored.view(run_id)
    with st.container(border=True, key="explore_curves_card"):
        st.segmented_control(
            "Curve",
            list(_NAMES),
            required=True,
            format_func=_NAMES.__getitem__,
            default=address.curve_name(),
            key=held.key("explore_curve", address.curve_name()),
            on_change=_curve_changed,
        )
        _curve(run_id, view, run_name)


def _curve(run_id: str, view: RunView, run_name: str) -> None:
    parts, kind = address.shown_parts(view), address.curve_name()
    if kind == "confusion" and view.labelled:
        cut = address.cut(run_id)
        figure = confusion_figure(
            cut.grid.confusion(cut.threshold, parts),
            subtitle=f"flagged above {number(cut.threshold, 4)}",
            height=_HEIGHT,
        )
        show(figure, "explore_confusion", run_name)
        return
    rows = ROW_NAMES[address.shown_name(view)].lower()
    curve = explored.curve(run_id, kind, parts) if kind != "confusion" else None
    if curve is None:
        needs = "It needs labels" if not view.labelled else f"Among the rows shown ({rows}) there is only one class"
        st.info(
            f"This curve compares anomalies with normal rows. {needs}, so there is nothing to draw.",
            icon=":material/show_chart:",
        )
        return
    cut = address.cut(run_id)
    counts = cut.grid.confusion(cut.threshold, parts)
    drawn = (kind, run_id, explored.shown_score(run_id), cut.threshold, parts)
    if kind == "roc":
        at = (counts.false_positive_rate, counts.recall)
        figure = figures.kept(drawn, lambda: roc(curve, at, subtitle=rows, height=_HEIGHT))
    elif kind == "precision":
        normal, anomalous, _ = cut.grid.rows(parts)
        guess = float(anomalous / (anomalous + normal))
        at = (counts.recall, counts.precision)
        figure = figures.kept(drawn, lambda: precision_recall(curve, at, guess, subtitle=rows, height=_HEIGHT))
    else:
        st.slider(
            "Signal efficiency ε_s: the share of the anomalies that must pass",
            0.01,
            1.0,
            address.signal_efficiency(),
            step=0.01,
            key=held.key("explore_signal", address.signal_efficiency()),
            on_change=_signal_changed,
        )
        scores = view.groups.scores(parts, ("normal",)), view.groups.scores(parts, ("anomaly",))
        place = rejection_at(*scores, address.signal_efficiency())
        assert place is not None
        figure = rejection(curve, place, subtitle=rows, height=_HEIGHT - 75)
    show(figure, f"explore_{kind}", run_name)


def _curve_changed() -> None:
    chosen = held.value("explore_curve")
    state.set_params(curve=None if chosen == address.CURVES[0] else chosen)
    st.rerun("explore_curves")


def _signal_changed() -> None:
    chosen = float(held.value("explore_signal"))
    state.set_params(signal=None if chosen == 0.3 else f"{chosen:g}")
    st.rerun("explore_curves")
