"""ROC, precision-recall, DET, background rejection and the confusion matrix, following the line while it is moved.

The curves are drawn in the browser from the run's grid; what needs every row (the areas below them, the background
rejection at one signal efficiency) is counted here.
"""

from typing import Any

import streamlit as st

from core.metrics.evaluation import auroc_sorted, average_precision_sorted, rejection_at
from core.metrics.groups import parts_of
from dashboard.explore import explore_address as address
from dashboard.explore import selection, selection_counts, shared_run
from dashboard.explore.panels.explorer_part import colours, part
from dashboard.explore.panels.threshold_panel import ROW_NAMES
from dashboard.explore.shared_run import SharedRun
from dashboard.help import links
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

_CURVES = "explore_curves"


@st.fragment(key=_CURVES)
def curves_panel(run: SharedRun) -> None:
    """Draw the chosen curve; nothing without labels."""
    if not run.labelled:
        return
    with st.container(border=True, key="explore_curves_card"):
        part("curves", ("nouns", "grid", "pen", "numbers", "curves"), "curves")(
            key=_CURVES, data=words(run), on_changed_change=_changed
        )


def words(run: SharedRun) -> dict[str, Any]:
    """All that the curves are told beside the grid, as JSON can hold it."""
    says, parts = nouns_for(run), address.shown_parts(run)
    counted, band = selection_counts.current(run), selection.current(run).band
    token = counted.token if counted else ""
    return {
        "key": run.grid_key,
        "name": run.name,
        "colours": colours(),
        "nouns": [says.sample, says.samples],
        "help": links.address(),
        "labelled": run.labelled,
        "kind": address.curve_name(),
        "choices": [[name, says(ROW_NAMES[name]), list(parts_of(name))] for name in run.row_choices],
        "measured": ",".join(parts),
        "within": {"token": token, "band": list(band) if band else None} if counted or band else None,
        "areas": _areas(run, parts, token, band),
        "rejection": _rejection(run, parts) if address.curve_name() == "rejection" else None,
    }


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs=shared_run.BY_KEY)
def _areas(
    run: SharedRun, parts: tuple[str, ...], token: str, band: tuple[float, float] | None
) -> dict[str, float | None]:
    """AUROC and average precision of every selected row of some parts."""
    del token, band
    groups = selection_counts.within(run)
    normal, anomalous = groups.scores(parts, ("normal",)), groups.scores(parts, ("anomaly",))
    return {"roc": auroc_sorted(normal, anomalous), "precision": average_precision_sorted(normal, anomalous)}


def _rejection(run: SharedRun, parts: tuple[str, ...]) -> dict[str, Any] | None:
    groups = selection_counts.within(run)
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
