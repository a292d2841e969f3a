"""ROC, precision-recall, DET, background rejection and the confusion matrix, following the line while it is moved.

The curves are drawn in the browser from the run's grid; what needs every row (the areas below them, the background
rejection at one signal efficiency) is counted here.
"""

from typing import Any

import streamlit as st

from core.metrics.evaluation import auroc_sorted, average_precision_sorted, rejection_at
from dashboard.explore import explore_address as address
from dashboard.explore import explored, selected, selection
from dashboard.explore.panels.explorer_part import colours, part
from dashboard.explore.panels.threshold_panel import ROW_NAMES, grid_key
from dashboard.state import page_url

_CURVES = "explore_curves"


@st.fragment(key=_CURVES)
def curves_panel(run_id: str, run_name: str) -> None:
    """Draw the chosen curve; nothing without labels."""
    if not explored.view(run_id).labelled:
        return
    with st.container(border=True, key="explore_curves_card"):
        part("curves", ("grid", "pen", "numbers", "curves"), "curves")(
            key=_CURVES, data=words(run_id, run_name), on_changed_change=_changed
        )


def words(run_id: str, run_name: str) -> dict[str, Any]:
    """All that the curves are told beside the grid, as JSON can hold it."""
    view, parts = explored.view(run_id), address.shown_parts(explored.view(run_id))
    counted, band = selected.current(run_id), selection.current(run_id).band
    token = counted.token if counted else ""
    return {
        "key": grid_key(run_id),
        "name": run_name,
        "colours": colours(),
        "labelled": view.labelled,
        "kind": address.curve_name(),
        "choices": [[name, ROW_NAMES[name], list(address.parts_of(name))] for name in address.row_choices(view)],
        "measured": ",".join(parts),
        "within": {"token": token, "band": list(band) if band else None} if counted or band else None,
        "areas": _areas(run_id, explored.shown_score(run_id), parts, token, band),
        "rejection": _rejection(run_id, parts) if address.curve_name() == "rejection" else None,
    }


@st.cache_resource(show_spinner=False, max_entries=64)
def _areas(
    run_id: str, score: str, parts: tuple[str, ...], token: str, band: tuple[float, float] | None
) -> dict[str, float | None]:
    """AUROC and average precision of every selected row of some parts."""
    del score, token, band
    groups = selected.within(run_id)
    normal, anomalous = groups.scores(parts, ("normal",)), groups.scores(parts, ("anomaly",))
    return {"roc": auroc_sorted(normal, anomalous), "precision": average_precision_sorted(normal, anomalous)}


def _rejection(run_id: str, parts: tuple[str, ...]) -> dict[str, Any] | None:
    groups = selected.within(run_id)
    at = rejection_at(
        groups.scores(parts, ("normal",)), groups.scores(parts, ("anomaly",)), address.signal_efficiency()
    )
    return {"signal": at.signal_efficiency, "value": at.value, "bound": at.bound} if at else None


def _changed() -> None:
    """Take a choice of the user's into the address."""
    said = dict(st.session_state[_CURVES].get("changed") or {})
    if said.get("curve") in address.CURVES:
        page_url.set_params(curve=None if said["curve"] == address.CURVES[0] else said["curve"])
    signal = said.get("signal")
    if isinstance(signal, int | float) and 0 < signal <= 1:
        page_url.set_params(signal=None if signal == 0.3 else f"{signal:g}")
    # What the server counts is wanted for one curve alone.
    st.rerun(_CURVES if address.curve_name() == "rejection" else "explore_quiet")
