"""Two runs side by side: their metrics and settings with what differs set off, their losses and ROC curves in one."""

from typing import TYPE_CHECKING

import streamlit as st

from core import catalogue
from core.errors import AnomalensError
from core.modalities.nouns import nouns_of_all
from core.results.finished_run import has_scores
from dashboard.compare import comparisons
from dashboard.components import run_words
from dashboard.components.show import show
from dashboard.explore import shared_run
from dashboard.format import plain
from dashboard.help import links
from dashboard.runs import runs_table, settings_table
from dashboard.server import cache
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.metrics.curves import Curve
    from core.store.records import Run

_JUDGED = "Each on the rows that it is judged on; Compare has intervals where these are the same."


def compare(a: "Run", b: "Run") -> None:
    """Draw the comparison of two runs."""
    title, actions = st.columns([4, 1], vertical_alignment="center")
    title.markdown(
        f"### {run_words.icon(a.state)} {plain(a.name)} :gray[and] {run_words.icon(b.state)} {plain(b.name)}",
        anchors=False,
    )
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        if b.id in {one.id for one in comparisons.twins(a)} and a.result:
            page_url.page_link(
                "compare", nouns_for(a)("On the same rows"), icon=":material/balance:", run=a.id, beside=b.id
            )
        st.button("Swap", icon=":material/swap_horiz:", key="compare.swap", on_click=_swap)
        st.button("", icon=":material/close:", key="compare.close", help="Close", on_click=runs_table.clear)
    if a.dataset_id != b.dataset_id:
        st.info(
            f"They were trained on different datasets ({plain(a.dataset_name)} and {plain(b.dataset_name)}), so their "
            "metrics cannot be compared directly.",
            icon=":material/info:",
        )
    left, right = st.columns(2, gap="medium")
    with left:
        _losses(a, b)
    with right:
        _curves(a, b)
    _tables(a, b)


def _losses(a: "Run", b: "Run") -> None:
    from dashboard.charts.compare_loss import compare_loss_figure

    store = cache.workspace().store
    records_by_run = [(run.name, store.epochs(run.id)) for run in (a, b)]
    if not any(records for _, records in records_by_run):
        st.caption("Neither of them has ended an epoch.")
        return
    show(compare_loss_figure(records_by_run), "compare_loss", f"{a.name} and {b.name}")


def _curves(a: "Run", b: "Run") -> None:
    from dashboard.charts.compare_curves import compare_curves_figure

    curves = [
        {"title": run.name, "kind": "network", "x": curve.x, "y": curve.y, "area": curve.area}
        for run in (a, b)
        if (curve := _roc(run)) is not None
    ]
    says = nouns_of_all((a.recipe.modality, b.recipe.modality))
    if not curves:
        st.caption(says("ROC curves need a finished run with labelled rows of both kinds."))
        return
    show(compare_curves_figure("roc", curves, subtitle=says(_JUDGED)), "compare_roc", f"{a.name} and {b.name}")


def _roc(run: "Run") -> "Curve | None":
    if not has_scores(cache.workspace(), run):
        return None
    try:
        opened = shared_run.open_run(run, "")
        return shared_run.curve(opened, "roc", opened.judged)
    except (AnomalensError, OSError):
        return None


def _tables(a: "Run", b: "Run") -> None:
    models = catalogue.models()
    metrics = settings_table.side_by_side(settings_table.metric_rows(a), settings_table.metric_rows(b))
    settings = settings_table.side_by_side(*(settings_table.settings_rows(run, models) for run in (a, b)))
    differing = [row for row in settings if row[2] != row[3]]
    only = st.toggle(
        "Only what differs",
        value=True,
        key="compare.only",
        help=links.more("Hide the settings that are the same.", "pages", "two-runs"),
    )
    if only and not differing:
        st.caption("All settings are the same.")
    settings_table.two_tables([*metrics, *(differing if only else settings)], (a.name, b.name), "compare_table")


def _swap() -> None:
    page_url.set_params(run=page_url.param("compare"), compare=page_url.param("run"))
