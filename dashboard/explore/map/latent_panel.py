"""The map of the latent space with its colouring; a click opens a row, a lasso or box selects rows everywhere.

The flat map is drawn in the browser, where it follows the threshold while it is moved; the solid one is Plotly's.
"""

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from core.modalities.nouns import Nouns
from core.projections import PROJECTIONS
from core.projections.request import DEFAULT, MapRequest
from core.results.colouring import Levels, Scale
from core.results.scored_map import ScoredMap
from dashboard import theme
from dashboard.charts.latent import MOST, Solid, far_out, flagged, latent_map
from dashboard.components.figure_cache import cached_figure
from dashboard.components.show import show
from dashboard.explore import explore_address as address
from dashboard.explore import selection
from dashboard.explore.map import map_colours, map_settings, maps
from dashboard.explore.map.map_colours import Colour
from dashboard.explore.map.maps import ShownMap
from dashboard.explore.panels import samples
from dashboard.explore.panels.explorer_part import colours, part
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for

_MAP = "explore_latent_map"
_SCRIPTS = ("grid", "pen", "numbers", "points", "map_points", "map_legend", "map_view", "map")
_ORDINALS = ("First", "Second", "Third")


def latent_panel(run: SharedRun) -> None:
    """Draw the map and its controls."""
    with st.container(border=True, key="explore_latent_card", gap=None):
        _panel(run)


@st.fragment(key="explore_latent")
def _panel(run: SharedRun) -> None:
    says = nouns_for(run)
    with st.container(gap="small"):
        shown_map = maps.shown_map(run)
        if maps.points(ShownMap(run, MapRequest.of(DEFAULT, {}))) is None:
            st.info("This model has no latent space to show.", icon=":material/scatter_plot:")
            return
        st.subheader(
            "Latent space",
            help=links.more(
                says("Where the network puts each row: rows with similar codes lie together."), "pages", "the-map"
            ),
        )
        _controls(run, shown_map)
        if not maps.ready(run, shown_map.request):
            map_settings.compute_form(run, shown_map.request)
            return
        scored_map = maps.points(shown_map)
        assert scored_map is not None

        def changed() -> None:
            _changed(run)

        if address.three_dimensions():
            _solid(run, shown_map, scored_map)
        else:
            part("map", _SCRIPTS, "map", ("explorer", "map"))(key=_MAP, data=words(run), on_changed_change=changed)
        if shown_map.request.name == DEFAULT and len(scored_map) < scored_map.points.of:
            map_settings.offer_every_row(run, scored_map.points.of)


def words(run: SharedRun) -> dict[str, Any]:
    """All that the map is told beside its points, as JSON can hold it."""
    shown_map, chosen = maps.shown_map(run, 2), selection.current(run)
    scored_map = maps.points(shown_map)
    assert scored_map is not None
    colour = map_colours.current(run)
    bits = maps.outside(run, chosen, selection.rows_of)
    palette = theme.palette()
    return {
        "key": run.grid_key,
        "name": run.name,
        "title": title(shown_map.request),
        "urls": _urls(shown_map, colour),
        "colours": {
            **colours(),
            "sequential": list(map_colours.scale_colours(palette)),
            "categories": list(palette.categories),
            "roles": map_colours.role_colours(palette),
        },
        "nouns": [nouns_for(run).sample, nouns_for(run).samples],
        "labelled": run.labelled,
        "marked": scored_map.at(address.selected_row(run)),
        "area": [list(corner) for corner in chosen.area],
        "band": [scored_map.below(end) for end in chosen.band] if chosen.band else None,
        "cell": chosen.cell,
        "chosen": base64.b64encode(bits).decode() if bits else None,
        "axes": list(axis_names(shown_map.request)[:2]),
        "subtitle": subtitle(shown_map.request, scored_map, nouns_for(run)),
    }


def _urls(shown_map: ShownMap, colour: Colour) -> dict[str, str | None]:
    """Where the browser gets what it draws. Colours of what is flagged it knows by itself."""
    more = {"colour": colour.name, "version": colour.version}
    if colour.parts:
        more |= {"threshold": repr(colour.threshold), "parts": ",".join(colour.parts)}
    return {
        "points": shown_map.url("points", size=maps.area_key(shown_map.run)),
        "colours": None
        if colour.name == "flagged"
        else shown_map.url("colours", size=maps.area_key(shown_map.run), **more),
        "classes": shown_map.url("colours", size=maps.area_key(shown_map.run), colour="class"),
        "point": shown_map.url("point", size=maps.area_key(shown_map.run)),
        "below": shown_map.url("below", size=maps.area_key(shown_map.run)),
    }


def title(request: MapRequest) -> str:
    """What the map is called."""
    return PROJECTIONS[request.name].title


def axis_names(request: MapRequest) -> tuple[str, ...]:
    """What the axes are called."""
    if request.name == DEFAULT:
        return ("First principal component of the code", "Second", "Third")
    return tuple(f"{title(request)} {k}" for k in (1, 2, 3))


def subtitle(request: MapRequest, scored_map: ScoredMap, says: Nouns) -> str:
    """How many rows are on the map, and from how many it was learnt."""
    said = says(
        "all rows"
        if len(scored_map) == scored_map.points.of
        else f"{count(len(scored_map))} of {count(scored_map.points.of)} rows"
    )
    learnt = int(scored_map.points.about.get("learnt", 0))
    return f"{said}, learnt from {count(learnt)}" if request.name != DEFAULT and learnt < len(scored_map) else said


def _solid(run: SharedRun, shown_map: ShownMap, scored_map: ScoredMap) -> None:
    says = nouns_for(run)
    cut, marked, colour = address.cut(run), address.selected_row(run), map_colours.current(run)
    points, some = _some(shown_map, scored_map)
    shown = subtitle(shown_map.request, scored_map, says)
    if len(some) < len(scored_map):
        shown = says(f"{count(len(some))} of {count(scored_map.points.of)} rows")
    outside = far_out(points.places)
    if outside:
        shown += f", {count(outside)} far out"
    threshold = cut.threshold if colour.name == "flagged" else None

    def draw() -> Any:
        if colour.name == "flagged":
            tinted: Any = flagged(points, cut.threshold)
        else:
            tinted = map_colours.colouring(shown_map, colour)
            tinted = replace(tinted, step=tinted.step[some]) if isinstance(tinted, Scale | Levels) else tinted
        named = f"Latent space, {title(shown_map.request)}"
        return latent_map(
            points,
            tinted,
            axes=_three(shown_map.request),
            title=named,
            marked=marked,
            says=says,
            subtitle=shown,
            height=470,
        )

    figure = cached_figure(("latent", shown_map.key, maps.area_key(run), colour, threshold, marked), draw)
    show(figure, "explore_latent_3d", run.name)


def _three(request: MapRequest) -> tuple[str, str, str]:
    first, second, third = axis_names(request)
    return first, second, third


def _some(shown_map: ShownMap, scored_map: ScoredMap) -> tuple[Solid, Any]:
    """At most as many points as can be drawn, spread evenly over the scores, and which they are."""
    some = np.unique(np.linspace(0, len(scored_map) - 1, min(MOST, len(scored_map))).astype(np.int64))
    own = scored_map.order[some]
    places = np.stack([axis.table[codes[own]] for axis, codes in _axes(scored_map)], axis=1)
    return Solid(places, scored_map.points.row[own], scored_map.score[some]), some


def _axes(scored_map: ScoredMap) -> list[tuple[Any, Any]]:
    return list(zip(scored_map.points.axes, scored_map.points.codes, strict=True))


def _controls(run: SharedRun, shown_map: ShownMap) -> None:
    says = nouns_for(run)
    names = samples.projections(run, shown_map.request.name)
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_latent_controls"):
        name = shown_map.request.name
        st.segmented_control(
            "Map",
            names,
            required=True,
            format_func=lambda one: PROJECTIONS[one].title,
            default=name,
            key=widget_sync.key("explore_projection", name),
            on_change=_map_changed,
            help=links.more(
                nouns_for(run)(
                    "How the codes are laid out. "
                    + " ".join(f"**{PROJECTIONS[n].title}**: {PROJECTIONS[n].when}" for n in names)
                ),
                "maps",
            ),
        )
        shown = "3d" if address.three_dimensions() else "2d"
        st.segmented_control(
            "Dimensions",
            ["2d", "3d"],
            required=True,
            format_func=str.upper,
            default=shown,
            key=widget_sync.key("explore_map", shown),
            on_change=_dimensions_changed,
            help=links.more(
                says("Draw around points in 2D to select their rows; turn the map in 3D."), "maps", "selecting"
            ),
        )
        choices, colour = map_colours.choices(run), map_colours.current(run)
        st.selectbox(
            "Colour by",
            list(choices),
            list(choices).index(colour.name),
            format_func=choices.__getitem__,
            key=widget_sync.key("explore_colour", colour.name),
            on_change=_colour_changed,
            args=(next(iter(choices)),),
            width=190,
            help=links.more(
                says(
                    "What gives each point its colour: what the run says of the row, what people say, or a column of "
                    "yours. Numbers get a scale, anything else a colour for each of its most frequent values."
                ),
                "maps",
                "colours",
            ),
        )
        if name != DEFAULT and maps.ready(run, shown_map.request):
            map_settings.settings_form(run, shown_map.request)


def _map_changed() -> None:
    request = MapRequest.of(str(widget_sync.value("explore_projection")), {})
    # What was drawn around on one map is somewhere else on another.
    page_url.set_params(projection=request.text, area=None, page=None)
    st.rerun(list(selection.FRAGMENTS))


def _dimensions_changed() -> None:
    page_url.set_params(map="3d" if widget_sync.value("explore_map") == "3d" else None)
    st.rerun("explore_latent")


def _colour_changed(default: str) -> None:
    chosen = widget_sync.value("explore_colour")
    page_url.set_params(colour=None if chosen == default else chosen)
    st.rerun("explore_latent")


def _changed(run: SharedRun) -> None:
    """Take what was clicked or drawn around into the address."""
    said = dict(st.session_state[_MAP].get("changed") or {})
    point = said.get("point")
    if isinstance(point, int):
        shown_map = maps.shown_map(run, 2)
        scored_map = maps.points(shown_map)
        # A click on a map that was exchanged meanwhile means another row.
        if scored_map is not None and said.get("points") == shown_map.key and 0 <= point < len(scored_map):
            page_url.set_params(row=scored_map.row_at(point))
            st.rerun("explore_row")
    if isinstance(said.get("area"), list):
        address.set_area(said["area"])
        st.rerun([name for name in selection.FRAGMENTS if name != "explore_latent"])
    st.rerun("explore_quiet")
