"""What is for experts, folded away until it is asked for: another score, the training, the code, what it generates."""

import streamlit as st

from dashboard.explore.network.score_panel import score_panel
from dashboard.explore.shared_run import SharedRun
from dashboard.state import page_url

_OPEN = "experts"
"""In the address, so that a link shows what its sender saw."""


@st.fragment(key="explore_experts")
def expert_panels(run: SharedRun) -> None:
    """Draw the fold; its panels only while it is open, so that a page costs nothing that nobody looks at."""
    box = st.expander(
        "For experts: the score and its scale, the training epoch by epoch, the code, generated samples",
        expanded=_is_open(),
        icon=":material/science:",
        key=f"explore_{_OPEN}_box",
        on_change=_changed,
    )
    if not box.open:
        return
    with box:
        score_panel(run)
    # Imported here: Plotly, which only these panels need, takes longer to load than all that is in view first.
    from dashboard.explore.network.activity_panel import activity_panel
    from dashboard.explore.network.code_panel import code_panel
    from dashboard.explore.network.epochs_panel import epochs_panel
    from dashboard.explore.network.generated_panel import generated_panel

    with box:
        epochs_panel(run)
        code_panel(run)
        activity_panel(run)
        generated_panel(run)


def _is_open() -> bool:
    return page_url.param(_OPEN) == "open" or bool(page_url.param("replay"))


def _changed() -> None:
    page_url.set_params(**{_OPEN: "open" if st.session_state[f"explore_{_OPEN}_box"] else None})
