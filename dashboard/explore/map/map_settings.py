"""The way to a map that is not there yet: its settings as a form, how far a worker is with it, and why it failed."""

import streamlit as st

from core.jobs.derived.map import DerivedMap
from core.params import describe
from core.projections import PROJECTIONS
from core.projections.request import DEFAULT, MapRequest
from dashboard import forms
from dashboard.explore.shared_run import SharedRun
from dashboard.format import Markdown, count, plain
from dashboard.help import links
from dashboard.server import derived
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

LOOK_SECONDS = 0.5
_FORM = "explore_map_form"


def compute_form(run: SharedRun, request: MapRequest) -> None:
    """Draw the form of a map that was not computed, or how far it is."""
    says = nouns_for(run)
    now = derived.status(run.id, DerivedMap(request))
    if now.running:
        st.fragment(_progress, run_every=LOOK_SECONDS)(run, request)
        return
    kind = PROJECTIONS[request.name]
    if now.problem:
        st.warning(f"The map could not be computed. {plain(now.problem)}", icon=":material/warning:")
    st.markdown(says(kind.when))
    _form(run, request, "Try again" if now.problem else f"Compute {plain(kind.title)}")
    rows = int(run.grid.rows().sum())
    st.caption(
        says(
            f"A worker lays out the codes of this run's {count(rows)} rows, in {request.dimensions}D. The first map "
            "takes up to a minute more, to get ready. It is kept with the run."
        )
    )


def settings_form(run: SharedRun, request: MapRequest) -> None:
    """Draw the settings of a map that is there, to compute another."""
    with st.popover("Settings", icon=":material/tune:"):
        _form(run, request, "Compute")
        st.caption("Maps with other settings are kept beside this one.")


def offer_every_row(run: SharedRun, rows: int) -> None:
    """Offer to place every row of a run that placed a sample alone."""
    says = nouns_for(run)
    request = MapRequest.of(DEFAULT, {})
    now = derived.status(run.id, DerivedMap(request))
    if now.running:
        st.fragment(_progress, run_every=LOOK_SECONDS)(run, request)
        return
    if now.problem:
        st.warning(says(f"The other rows could not be placed. {plain(now.problem)}"), icon=":material/warning:")
    st.button(
        says(f"Place all {count(rows)} rows"),
        key="explore_map_all",
        icon=":material/add:",
        type="tertiary",
        on_click=_begin,
        args=(run, request),
        help=links.more(
            says("This run was trained before every row had a place. A worker asks its networks for the others."),
            "pages",
            "the-map",
        ),
    )


def _form(run: SharedRun, request: MapRequest, label: Markdown) -> None:
    params, scope = describe(PROJECTIONS[request.name].Config), f"{_FORM}.{request.name}"
    filled = forms.draw(
        params, dict(request.settings), scope=scope, columns=2, link=links.map_settings(request.name, nouns_for(run))
    )
    for problem in filled.problems:
        st.caption(f":red[{plain(problem)}]")
    st.button(
        label,
        key=f"{_FORM}_ask_{request.name}",
        icon=":material/scatter_plot:",
        type="primary",
        disabled=bool(filled.problems),
        on_click=_compute,
        args=(run, request),
    )


def _compute(run: SharedRun, shown: MapRequest) -> None:
    """Put the form's settings into the address, and ask a worker for that map."""
    params = describe(PROJECTIONS[shown.name].Config)
    values = forms.entered(params, dict(shown.settings), f"{_FORM}.{shown.name}")
    request = MapRequest.of(shown.name, values, shown.dimensions)
    # What was drawn around on one map is somewhere else on another.
    page_url.set_params(projection=request.text, area=None if request != shown else page_url.param("area"))
    derived.begin(run.id, DerivedMap(request))
    st.rerun("explore_latent")


def _begin(run: SharedRun, request: MapRequest) -> None:
    derived.begin(run.id, DerivedMap(request))
    st.rerun("explore_latent")


def _progress(run: SharedRun, request: MapRequest) -> None:
    says = nouns_for(run)
    now = derived.status(run.id, DerivedMap(request))
    if not now.running:
        st.rerun(scope="app")
    kind = PROJECTIONS[request.name].title
    if request.name == DEFAULT:
        said = says(f"Placing the rows, {now.share:.0%} done.")
    elif now.share < 0.5:
        said = f"{kind} is being learnt. The page can be closed meanwhile."
    else:
        said = says(f"{kind} places the rows that it did not learn from, {now.share:.0%} done.")
    st.progress(now.share, text=said)
    st.button(
        "Cancel",
        key="explore_map_cancel",
        icon=":material/close:",
        on_click=_cancel,
        args=(run, request),
        help=links.more("Ends the computation and keeps nothing of it. It can be started again.", "pages", "the-map"),
    )


def _cancel(run: SharedRun, request: MapRequest) -> None:
    derived.cancel(run.id, DerivedMap(request))
    # Back to the form: also where the map was opened by its link.
    st.rerun("explore_latent")
