"""The latent space with its colouring; a click opens a row, a lasso or box selects many for the table."""

from typing import Any

import streamlit as st

from dashboard import explore_address as address
from dashboard import explored, figures, held, state
from dashboard.charts.latent import far_out, latent_map
from dashboard.components.show import show
from dashboard.format import count

_COLOUR_NAMES = {"class": "Class", "score": "Score", "flagged": "Flagged"}
_CHART = "explore_latent_2d"


@st.fragment(key="explore_latent")
def latent_panel(run_id: str, run_name: str) -> None:
    """Draw the map and its controls."""
    with st.container(border=True, key="explore_latent_card"):
        view, places = explored.view(run_id), explored.latent(run_id)
        _controls(run_id, view.labelled)
        if places is None or not len(places):
            st.info("This model has no latent space to show.", icon=":material/scatter_plot:")
            return
        three, cut = address.three_dimensions(), address.cut(run_id)
        total = int(view.grid.rows().sum())
        shown = "all rows" if len(places) == total else f"{count(len(places))} of {count(total)} rows"
        outside = far_out(places, three=three)
        if outside:
            shown += f", {count(outside)} far out: Autoscale shows them"
        colouring, marked, outline = address.colouring(view), address.selected_row(run_id), address.area()
        threshold = cut.threshold if colouring == "flagged" else None
        figure = figures.kept(
            ("latent", run_id, explored.shown_score(run_id), colouring, threshold, three, marked, outline),
            lambda: latent_map(
                places,
                colouring,
                cut.threshold,
                three=three,
                labelled=view.labelled,
                marked=marked,
                outline=outline,
                subtitle=shown,
                height=440,
            ),
        )
        if three:
            show(figure, "explore_latent_3d", run_name)
            return
        show(
            figure,
            _CHART,
            run_name,
            on_select=_selected,
            selection_mode=("points", "box", "lasso"),
        )


def _controls(run_id: str, labelled: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_latent_controls"):
        dimensions = "3d" if address.three_dimensions() else "2d"
        st.segmented_control(
            "Latent space",
            ["2d", "3d"],
            required=True,
            format_func=str.upper,
            default=dimensions,
            key=held.key("explore_map", dimensions),
            on_change=_map_changed,
            help="The first principal components of the network's code. Click a point to open its row; "
            "draw around points in 2D to list them below.",
        )
        colours = [name for name in _COLOUR_NAMES if labelled or name != "class"]
        colouring = address.colouring(explored.view(run_id))
        st.segmented_control(
            "Colour by",
            colours,
            required=True,
            format_func=_COLOUR_NAMES.__getitem__,
            default=colouring,
            key=held.key("explore_colour", colouring),
            on_change=_colour_changed,
            args=(colours[0],),
        )


def _map_changed() -> None:
    state.set_params(map="3d" if held.value("explore_map") == "3d" else None)
    st.rerun("explore_latent")


def _colour_changed(default: str) -> None:
    chosen = held.value("explore_colour")
    state.set_params(colour=None if chosen == default else chosen)
    st.rerun("explore_latent")


def _selected() -> None:
    """Take what was clicked or drawn around into the address."""
    selection: dict[str, Any] = st.session_state[_CHART]["selection"]
    for box in selection.get("box", []):
        (left, right), (low, high) = box["x"], box["y"]
        address.set_area([left, right, right, left], [low, low, high, high])
    for lasso in selection.get("lasso", []):
        address.set_area(lasso["x"], lasso["y"])
    points = selection.get("points", [])
    drawn = selection.get("box") or selection.get("lasso")
    if not drawn and len(points) == 1 and points[0].get("customdata"):
        state.set_params(row=int(points[0]["customdata"][0]))
    st.rerun(["explore_latent", "explore_table", "explore_row"])
