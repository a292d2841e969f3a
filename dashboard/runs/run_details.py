"""One run in full: its result, its loss, its settings, and what people write about it."""

from typing import TYPE_CHECKING

import streamlit as st

from core import catalogue
from core.errors import AnomalensError
from core.results.finished_run import FinishedRun, has_scores
from dashboard import format
from dashboard.components import judge_file, run_words
from dashboard.components.headline import headline
from dashboard.components.notes_list import notes_list
from dashboard.components.show import file_name, show
from dashboard.format import plain
from dashboard.help import links
from dashboard.runs import runs_table, settings_table
from dashboard.server import cache
from dashboard.state import page_url

if TYPE_CHECKING:
    from core.store.records import Run

_MOST_TAGS = 12


def run_details(run: "Run") -> None:
    """Draw a run."""
    _head(run)
    if run.state == "failed" and run.reason:
        st.error(plain(run.reason), icon=":material/error:")
    if run.result:
        headline(run, "details_headline")
    notes_list(cache.run_notes(run), "details_notes")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _loss(run)
        st.markdown("##### Settings")
        settings_table.one_table(settings_table.settings_rows(run, catalogue.models()), "details_settings")
    with right:
        _words(run)
        _history(run)


def _head(run: "Run") -> None:
    name, actions = st.columns([2, 3], vertical_alignment="center")
    with name, st.container(horizontal=True, vertical_alignment="center", key="details_header"):
        st.markdown(f"### {plain(run.name)}", width="content", anchors=False)
        st.badge(
            run_words.state_words(run),
            color=run_words.colour(run.state),
            icon=run_words.symbol(run.state),  # type: ignore[arg-type]
        )
    with actions, st.container(horizontal=True, horizontal_alignment="right", key="details_actions"):
        scored = has_scores(cache.workspace(), run)
        if scored:
            if st.button("Explore", type="primary", icon=":material/insights:", key="details.explore"):
                page_url.go("explore", run=run.id)
            judge_file.judge_button(FinishedRun(cache.workspace(), run))
        elif st.button(
            "Open",
            type="primary",
            icon=":material/monitoring:",
            key="details.open",
            help=links.more("See it live.", "pages", "one-run"),
        ):
            page_url.go("train", dataset=run.dataset_id, run=run.id)
        if st.button(
            "Clone",
            icon=":material/content_copy:",
            key="details.clone",
            help=links.more("Its recipe in the form.", "pages", "one-run"),
        ):
            page_url.go("train", dataset=run.dataset_id, clone=run.id)
        if run.result:
            st.download_button(
                "Notebook",
                lambda: _notebook(run),
                file_name=file_name("notebook", run.name) + ".ipynb",
                mime="application/x-ipynb+json",
                on_click="ignore",
                icon=":material/code:",
                key="details.notebook",
                help=links.more("The same steps, settings and seed as a Jupyter notebook.", "pages", "one-run"),
            )
        _delete(run)
        st.button("", icon=":material/close:", key="details.close", help="Close", on_click=runs_table.clear)


def _notebook(run: "Run") -> str:
    from core.export.notebook import run_notebook

    return run_notebook(cache.workspace(), run)


def _delete(run: "Run") -> None:
    with st.popover("Delete", icon=":material/delete:", key="details.delete"):
        going_on = " It is still going on and will be ended." if run.active else ""
        st.markdown(f"Delete **{plain(run.name)}** with its model and scores?{going_on} This cannot be undone.")
        if st.button("Delete for good", type="primary", key="details.delete_sure"):
            cache.workspace().delete_run(run.id)
            runs_table.clear()
            page_url.show_on_next_page(f"The run “{plain(run.name)}” was deleted.")
            st.rerun()


def _loss(run: "Run") -> None:
    from dashboard.charts.loss import loss_figure

    records = cache.workspace().store.epochs(run.id)
    if not records:
        st.caption("No epoch has ended yet." if run.active else "There is no loss to show: no epoch was recorded.")
        return
    kept = (run.result or {}).get("best_epoch")
    figure = loss_figure(records, best_epoch=None if kept is None else int(kept))
    show(figure, "details_loss", run.name, alt=f"Loss per epoch, {len(records)} epochs")


def _words(run: "Run") -> None:
    """Name, tags and notes; each is saved as soon as it is entered."""
    keys = {part: f"details.{part}.{run.id}" for part in ("name", "tags", "notes")}
    st.text_input("Name", run.name, key=keys["name"], max_chars=80, on_change=_save, args=(run.id, keys))
    st.multiselect(
        "Tags",
        list(dict.fromkeys([*run.tags, *_known_tags()])),
        default=list(run.tags),
        key=keys["tags"],
        accept_new_options=True,
        max_selections=_MOST_TAGS,
        placeholder="Type a word and press Enter",
        on_change=_save,
        args=(run.id, keys),
    )
    st.text_area(
        "Notes",
        run.notes,
        key=keys["notes"],
        height=120,
        max_chars=5000,
        placeholder="What was tried, and what was learnt",
        on_change=_save,
        args=(run.id, keys),
    )


def _save(run_id: str, keys: dict[str, str]) -> None:
    written = {part: st.session_state[key] for part, key in keys.items()}
    name = str(written["name"] or "").strip()
    tags = tuple(dict.fromkeys(str(tag).strip()[:40] for tag in written["tags"] if str(tag).strip()))
    try:
        cache.workspace().store.update_run(run_id, name=name or None, tags=tags, notes=str(written["notes"] or ""))
    except AnomalensError as error:
        st.toast(plain(error), icon=":material/error:")


def _known_tags() -> list[str]:
    return sorted({tag for run in cache.workspace().store.runs(limit=500) for tag in run.tags})


def _history(run: "Run") -> None:
    """When it came into each state, and why."""
    st.markdown("##### History")
    for step in cache.workspace().store.transitions(run.id):
        reason = f" · {plain(step.reason)}" if step.reason else ""
        line = f"{run_words.icon(step.state)} {run_words.state_label(step.state)} :gray[{format.ago(step.at)}{reason}]"
        st.markdown(line)
