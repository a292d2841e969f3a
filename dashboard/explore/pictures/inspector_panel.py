"""One picture closely: as it is and as it was rebuilt, where it is odd, its mask, the nearest normal ones."""

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from core.explain.methods import FIRST_METHOD
from dashboard.explore import explaining
from dashboard.explore import explore_address as address
from dashboard.explore.panels.explorer_part import colours, part
from dashboard.explore.pictures import run_pictures
from dashboard.explore.pictures.pictures_routes import picture_url
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count, number, plain
from dashboard.help import links
from dashboard.state import page_url

if TYPE_CHECKING:
    from core.explain.explanation import Explanation
    from core.modalities.pictures import Pictures

PICTURE = "explore_picture"
_EXPLAINED = "explore_picture_explained"
SCRIPTS = ("pictures/colour_maps", "pictures/contours", "pictures/picture")


@st.fragment(key=PICTURE)
def inspector_panel(run: SharedRun) -> None:
    """Draw the picture that the address names, or that with the highest score; nothing where samples are none."""
    pictures = run_pictures.pictures(run)
    if pictures is None or not len(run.scored):
        return
    chosen = address.selected_row(run)
    row = int(np.argmax(run.scored.score)) if chosen is None else chosen
    if row >= len(run.scored):
        return

    def changed() -> None:
        said = dict(st.session_state[PICTURE].get("changed") or {})
        if isinstance(said.get("open"), int):
            page_url.set_params(row=said["open"])
            st.rerun(["explore_row", "explore_latent", PICTURE])

    with st.container(border=True, key="explore_picture_card", gap="small"):
        score = float(run.scored.score[row])
        above = "above" if score > address.cut(run).threshold else "not above"
        st.header(
            plain(pictures.names()[row]),
            help=links.more(
                "The image, what the network made of it, and where it is odd. The wheel zooms, dragging moves.",
                "pages",
                "image-inspector",
            ),
        )
        st.caption(
            f"Image {count(row)}, score {number(score, 4)}, {above} the threshold"
            + (". The highest score of all; click another in the gallery." if chosen is None else ".")
        )
        known = st.session_state.get(_EXPLAINED) == (run.key, row)
        found, problem = _explained(run, row) if known else (None, "")
        part("picture", SCRIPTS, "pictures/picture", ("pictures/picture",))(
            key=PICTURE, data=_said(run, pictures, row, found, problem), on_changed_change=changed
        )
        if not known and chosen is not None:
            # The picture is there at once; what the networks have to say of it may take a while.
            _explained(run, row)
            st.session_state[_EXPLAINED] = (run.key, row)
            st.rerun(PICTURE)


def _said(run: SharedRun, pictures: "Pictures", row: int, found: "Explanation | None", problem: str) -> dict[str, Any]:
    rebuilt = pictures.rebuilt(found) if found is not None else None
    width, height = pictures.size(row)
    flagged = np.flatnonzero(run.scored.score > address.cut(run).threshold)
    gathered = pictures.gathered(flagged) if len(flagged) > 1 else None
    return {
        "id": row,
        "size": [width, height],
        "image": picture_url(run, "image") + str(row),
        "heat": picture_url(run, "heat") + str(row) if pictures.has_heat else "",
        "mask": picture_url(run, "mask") + str(row) if pictures.has_masks else "",
        "rebuilt": _inline(rebuilt),
        "gathered": _inline(gathered),
        "gatheredWords": f"Where the {count(len(flagged))} flagged images are odd, together",
        "problem": problem,
        "nearest": [
            {"id": one.row, "thumbnail": picture_url(run, "thumbnail") + str(one.row)}
            for one in (found.nearest if found else ())
        ],
        "colours": colours(),
    }


def _explained(run: SharedRun, row: int) -> "tuple[Explanation | None, str]":
    try:
        return explaining.explanation(run, row, FIRST_METHOD), ""
    except AnomalensError as problem:
        return None, plain(problem)


def _inline(content: bytes | None) -> str:
    return "" if content is None else f"data:image/png;base64,{base64.b64encode(content).decode()}"
