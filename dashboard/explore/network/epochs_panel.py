"""The replay of a run's training on Explore, and the way to keep the weights of one of its epochs as a model."""

import streamlit as st

from core.detector import replay
from core.detector.replay import Replay
from core.errors import AnomalensError
from dashboard.charts.replay import CURVES, area_words, is_labelled, replay_figure
from dashboard.components.figure_cache import cached_figure
from dashboard.components.show import show
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.format import plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for

_HELP = (
    "Snapshots of the training: how the errors of the same rows and their places in the latent space came apart, and "
    "with labels the ROC or the precision-recall curve. Play it, drag the handle, or move it with the arrow keys."
)


@st.fragment(key="explore_epochs")
def epochs_panel(run: SharedRun) -> None:
    """Draw the replay, or say why there is none."""
    says = nouns_for(run)
    with st.container(border=True, key="explore_epochs_card"):
        found = _replay(run)
        if found is None or len(found.epochs) < 2:
            st.subheader("How it learned", help=links.more(says(_HELP), "pages", "how-it-learned"))
            st.caption(
                "This run was trained before epochs were kept. Train again to replay it."
                if found is None
                else "A single epoch of this run was kept, so there is nothing to replay. A training with more epochs "
                "leaves more."
            )
            return
        curve = _curve(found)
        figure = cached_figure(("replay", run.key, curve), lambda: replay_figure(found, curve, says=says))
        show(figure, "explore_epochs", run.name)
        _keep_form(run, found, curve)


def _curve(replay: Replay) -> str:
    """The choice of the curve; none to make without labels."""
    shown = page_url.param("replay") if page_url.param("replay") in CURVES else "roc"
    if is_labelled(replay):
        st.segmented_control(
            "Curve of each epoch",
            list(CURVES),
            format_func=lambda name: CURVES[name].title,
            default=shown,
            key=widget_sync.key("explore_epochs_curve", shown),
            required=True,
            on_change=_curve_changed,
        )
    return shown


def _curve_changed() -> None:
    chosen = widget_sync.value("explore_epochs_curve")
    page_url.set_params(replay=None if chosen == "roc" else chosen)


def _keep_form(run: SharedRun, replay: Replay, curve: str) -> None:
    """The choice of an epoch whose weights become a run."""
    says = nouns_for(run)
    places = [k for k, kept in enumerate(replay.kept) if kept]
    if not places:
        st.caption("The networks of this run are too large to keep their weights at every epoch.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_epochs_keep"):
        place = st.selectbox(
            "Weights of epoch",
            places,
            index=len(places) - 1,
            format_func=lambda k: _called(replay, k, curve),
            key="explore_epochs_place",
            width=260,
            help=links.more(
                says("A run of its own is made with them: nothing is trained, every row is scored anew."),
                "pages",
                "how-it-learned",
            ),
        )
        clicked = st.button(
            "Make it a run",
            icon=":material/bookmark_add:",
            key="explore_epochs_make",
            help=links.more(
                "It appears under Runs in a moment, and can be explored, compared and shared like any other.",
                "pages",
                "how-it-learned",
            ),
        )
        if clicked:
            _make(run, replay.epochs[place])


def _make(run: SharedRun, epoch: int) -> None:
    try:
        new_run = cache.engine().keep_epoch(run.id, epoch)
    except AnomalensError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    page_url.page_link(
        "train", f"{plain(new_run.name)} is being scored", icon=":material/arrow_forward:", run=new_run.id
    )


def _called(replay: Replay, index: int, curve: str) -> str:
    words = area_words(replay, index, CURVES[curve])
    return f"{replay.epochs[index]} ({words})" if words else str(replay.epochs[index])


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=shared_run.BY_KEY)
def _replay(run: SharedRun) -> Replay | None:
    """A finished run's replay; it never changes."""
    return replay.read(run.space.artifacts, run.folder)
