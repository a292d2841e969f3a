"""The latent space with its colouring; a click opens a row, a lasso or box selects many for the table.

The flat map is drawn in the browser, where it follows the threshold while it is moved; the solid one is Plotly's.
"""

from typing import Any

import streamlit as st

from core.scoring.places import pack_places
from dashboard import explore_address as address
from dashboard import explored, figures, held, selection, state, theme
from dashboard.charts.latent import far_out, latent_map
from dashboard.components.explorer_part import colours, part
from dashboard.components.show import show
from dashboard.components.threshold_panel import grid_key, packed
from dashboard.format import count

_COLOUR_NAMES = {"class": "Class", "score": "Score", "flagged": "Flagged"}
_MAP = "explore_latent_map"
_AXES = ("First principal component of the code", "Second")


def latent_panel(run_id: str, run_name: str) -> None:
    """Draw the map and its controls."""
    with st.container(border=True, key="explore_latent_card", gap=None):
        _panel(run_id, run_name)
        places = explored.latent(run_id)
        if places is not None and len(places):
            # Outside of what is drawn again and again: it travels once.
            with st.container(key="explore_places_script"):
                part("places", ("grid", "places", "places_arrive"))(
                    key="explore_places", data=_packed(run_id, explored.shown_score(run_id)), height=1
                )


@st.fragment(key="explore_latent")
def _panel(run_id: str, run_name: str) -> None:
    with st.container(gap="small"):
        places, three = explored.latent(run_id), address.three_dimensions()
        if places is None or not len(places):
            st.info("This model has no latent space to show.", icon=":material/scatter_plot:")
            return
        if three:
            _controls(run_id)
            _solid(run_id, run_name)
            return
        part("map", ("grid", "pen", "numbers", "points", "map"), "map")(
            key=_MAP, data=words(run_id, run_name), on_changed_change=_changed
        )


def words(run_id: str, run_name: str) -> dict[str, Any]:
    """All that the map is told beside the places, as JSON can hold it."""
    view, places, chosen = explored.view(run_id), explored.latent(run_id), selection.current(run_id)
    assert places is not None
    total = int(view.grid.rows().sum())
    return {
        "key": grid_key(run_id),
        "placesKey": f"{grid_key(run_id)}:places",
        "name": run_name,
        # Without the one that is nearly the background: every point must be seen.
        "colours": {**colours(), "sequential": list(theme.palette().sequential[1:])},
        "labelled": view.labelled,
        "colouring": address.colouring(view),
        "marked": address.selected_row(run_id),
        "area": [list(corner) for corner in chosen.area],
        "band": list(chosen.band) if chosen.band else None,
        "cell": chosen.cell,
        "axes": list(_AXES),
        "subtitle": "all rows" if len(places) == total else f"{count(len(places))} of {count(total)} rows",
    }


@st.cache_resource(show_spinner=False, max_entries=8)
def _packed(run_id: str, score: str) -> bytes:
    places = explored.latent(run_id)
    assert places is not None
    return pack_places(places, packed(run_id, score)[1].steps, f"{run_id}:{score}:places")


def _solid(run_id: str, run_name: str) -> None:
    view, places, cut = explored.view(run_id), explored.latent(run_id), address.cut(run_id)
    assert places is not None
    total = int(view.grid.rows().sum())
    shown = "all rows" if len(places) == total else f"{count(len(places))} of {count(total)} rows"
    outside = far_out(places)
    if outside:
        shown += f", {count(outside)} far out: Autoscale shows them"
    colouring, marked = address.colouring(view), address.selected_row(run_id)
    threshold = cut.threshold if colouring == "flagged" else None
    figure = figures.kept(
        ("latent", run_id, explored.shown_score(run_id), colouring, threshold, marked),
        lambda: latent_map(
            places, colouring, cut.threshold, labelled=view.labelled, marked=marked, subtitle=shown, height=440
        ),
    )
    show(figure, "explore_latent_3d", run_name)


def _controls(run_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_latent_controls"):
        st.segmented_control(
            "Latent space",
            ["2d", "3d"],
            required=True,
            format_func=str.upper,
            default="3d",
            key=held.key("explore_map", "3d"),
            on_change=_map_changed,
            help="The first principal components of the network's code. Click a point to open its row; "
            "draw around points in 2D to list them below.",
        )
        view = explored.view(run_id)
        choices, colouring = [n for n in _COLOUR_NAMES if view.labelled or n != "class"], address.colouring(view)
        st.segmented_control(
            "Colour by",
            choices,
            required=True,
            format_func=_COLOUR_NAMES.__getitem__,
            default=colouring,
            key=held.key("explore_colour", colouring),
            on_change=_colour_changed,
            args=(choices[0],),
        )


def _map_changed() -> None:
    state.set_params(map="3d" if held.value("explore_map") == "3d" else None)
    st.rerun("explore_latent")


def _colour_changed(default: str) -> None:
    chosen = held.value("explore_colour")
    state.set_params(colour=None if chosen == default else chosen)
    st.rerun("explore_latent")


def _changed() -> None:
    """Take what was clicked, drawn around or chosen into the address."""
    said = dict(st.session_state[_MAP].get("changed") or {})
    if said.get("colour") in _COLOUR_NAMES:
        state.set_params(colour=said["colour"])
    if said.get("map") == "3d":
        state.set_params(map="3d")
        st.rerun("explore_latent")
    if isinstance(said.get("row"), int):
        state.set_params(row=said["row"])
        st.rerun("explore_row")
    if isinstance(said.get("area"), list):
        address.set_area(said["area"])
        st.rerun([name for name in selection.FRAGMENTS if name != "explore_latent"])
    st.rerun("explore_quiet")
