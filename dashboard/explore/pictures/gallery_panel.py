"""The gallery of a run on pictures: every sample as a thumbnail, with where it is odd over it on a switch."""

import base64
from typing import Any

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from dashboard.explore import explore_address as address
from dashboard.explore.lanes import run_lanes
from dashboard.explore.panels.explorer_part import colours, part
from dashboard.explore.pictures import run_pictures
from dashboard.explore.pictures.pictures_routes import picture_url
from dashboard.explore.shared_run import SharedRun
from dashboard.format import plain
from dashboard.help import links
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

GALLERY = "explore_gallery"
SCRIPTS = ("pictures/colour_maps", "pictures/gallery")


@st.fragment(key=GALLERY)
def gallery_panel(run: SharedRun) -> None:
    """Draw it; nothing where the run's samples are no pictures."""
    pictures = run_pictures.pictures(run)
    if pictures is None:
        return
    with st.container(border=True, key="explore_gallery_card", gap="small"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            st.header(
                "Gallery",
                width="content",
                help=links.more(
                    "Every image as a thumbnail; a flagged one has a coloured edge. Click one to look at it closely.",
                    "pages",
                    "gallery",
                ),
            )
            order = st.selectbox(
                "Order", list(run_pictures.ORDERS), format_func=run_pictures.ORDERS.__getitem__, key="gallery_order",
                width=190,
            )  # fmt: skip
            known = {k: v for k, v in run_pictures.SHOWN.items() if run.labelled or k not in ("missed", "false")}
            shown = st.selectbox("Show", list(known), format_func=known.__getitem__, key="gallery_shown", width=170)

        def changed() -> None:
            said = dict(st.session_state[GALLERY].get("changed") or {})
            if isinstance(said.get("open"), int):
                page_url.set_params(row=said["open"])
                st.rerun(["explore_row", "explore_latent", "explore_picture"])

        part("gallery", SCRIPTS, "pictures/gallery", ("pictures/gallery",))(
            key=GALLERY, data=_said(run, str(order), str(shown), heat=pictures.has_heat), on_changed_change=changed
        )


def _said(run: SharedRun, order: str, shown: str, *, heat: bool) -> dict[str, Any]:
    """All that the gallery is told, as JSON and bytes can hold it."""
    try:
        verdicts = run_lanes.verdicts(run)
    except AnomalensError as problem:
        st.caption(plain(problem))
        verdicts = {}
    threshold, parts = address.cut(run).threshold, address.shown_parts(run)
    ids, said = run_pictures.listed(run, threshold, parts, order, shown, verdicts)
    scored = run.scored
    packed = np.concatenate(
        [
            ids.astype("<i4").view(np.uint8),
            scored.score[ids].astype("<f4").view(np.uint8),
            scored.label[ids].astype(np.int8).view(np.uint8),
            said[ids].view(np.uint8),
        ]
    )
    return {
        "key": run.grid_key,
        "count": len(ids),
        # As text: beside other values a component is sent no bytes.
        "rows": base64.b64encode(packed.tobytes()).decode(),
        "threshold": threshold,
        "thumbnail": picture_url(run, "thumbnail"),
        "heat": picture_url(run, "heat") if heat else "",
        "open": address.selected_row(run),
        "colours": colours(),
        "noun": nouns_for(run).sample,
        "empty": f"No {nouns_for(run).sample} is shown with these settings.",
        "labelled": run.labelled,
    }
