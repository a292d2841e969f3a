"""What is selected, as chips that are taken away by a click, each with its size; kept as a slice, and opened again."""

import streamlit as st

from core.results.row_filter import RowFilter
from dashboard.explore import explore_address as address
from dashboard.explore import selection, shared_run
from dashboard.explore.panels.filter_builder import filter_builder
from dashboard.explore.panels.flagged_table import by_family
from dashboard.explore.selection import FRAGMENTS, Selection
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count, plain
from dashboard.help import links
from dashboard.state.kind import nouns_for


def selection_bar(run: SharedRun) -> None:
    """Draw the bar; it stays in sight while something is selected."""
    with st.container(key="explore_selection_bar"):
        _bar(run)


@st.fragment(key="explore_selection")
def _bar(run: SharedRun) -> None:
    """Draw the way to a filter, the chips, and the slices that were kept."""
    says = nouns_for(run)
    chosen, kept = selection.current(run), selection.slices(run)
    of = int(address.cut(run).grid.rows(address.shown_parts(run)).sum())
    for problem in chosen.problems:
        st.warning(plain(problem), icon=":material/filter_alt_off:")
    # The style keeps the bar in sight by this name.
    key = "explore_chips_held" if chosen else "explore_chips"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        filter_builder(run)
        by_family(run, chosen)
        chips = selection.chips(run, chosen)
        for chip, words in chips.items():
            rows, flagged = size(run, chosen.only(chip))
            st.button(
                says(f"{plain(words)} :small[:gray[· {count(rows)} rows · {count(flagged)} flagged]]"),
                key=f"explore_chip_{chip}",
                icon=":material/close:",
                on_click=_take_away,
                args=(run, chip),
                help=links.more(
                    says("What it selects by itself among the rows shown. A click takes it away."), "pages", "selection"
                ),
            )
        if chosen:
            _sum(run, chosen, of)
            _keep_form(run)
            if len(chips) > 1:
                st.button("Clear all", key="explore_clear", type="tertiary", on_click=_take_away, args=(run, "all"))
        if kept:
            _slices(run, list(kept))


def size(run: SharedRun, chosen: Selection) -> tuple[int, int]:
    """How many of the rows shown a selection holds, and how many of these are flagged."""
    return _size(
        run,
        address.shown_parts(run),
        address.cut(run).threshold,
        selection.token(run, chosen),
        selection.row_filter(run, chosen),
    )


@st.cache_resource(show_spinner=False, max_entries=256, hash_funcs=shared_run.BY_KEY)
def _size(run: SharedRun, parts: tuple[str, ...], threshold: float, what: str, _choice: RowFilter) -> tuple[int, int]:
    del what
    return run.scored.size(parts, _choice, threshold)


def _sum(run: SharedRun, chosen: Selection, of: int) -> None:
    says = nouns_for(run)
    rows, flagged = size(run, chosen)
    # The explorer writes into it while the line is moved.
    st.html(
        says(
            f"<span class='selection-size'><b>{count(rows)}</b> of {count(of)} rows · "
            f"<b data-live='selected-flagged'>{count(flagged)}</b> flagged</span>"
        ),
        width="content",
    )


def _keep_form(run: SharedRun) -> None:
    says = nouns_for(run)
    with st.popover("Keep as a slice", icon=":material/bookmark_add:", width="content"):
        st.text_input("Name", key="explore_slice_name", max_chars=80, placeholder="Night-time floods")
        st.caption(
            says("The selection, the rows shown and the threshold, under a name that everyone finds beside this run.")
        )
        st.button("Keep", key="explore_slice_keep", on_click=_keep, args=(run,))


def _slices(run: SharedRun, names: list[str]) -> None:
    says = nouns_for(run)
    with st.popover(f"Slices ({len(names)})", icon=":material/bookmarks:", width="content"):
        for i, name in enumerate(names):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    plain(name),
                    key=f"explore_slice_{i}",
                    on_click=_open,
                    args=(run, name),
                    type="tertiary",
                    width="stretch",
                )
                st.button(
                    "",
                    key=f"explore_slice_forget_{i}",
                    icon=":material/delete:",
                    type="tertiary",
                    on_click=_forget,
                    args=(run, name),
                    help=links.more(says("Forget this name; the rows stay."), "pages", "selection"),
                )


def _take_away(run: SharedRun, chip: str) -> None:
    selection.take_away(run, chip)
    st.rerun(list(FRAGMENTS))


def _keep(run: SharedRun) -> None:
    name = str(st.session_state.get("explore_slice_name", "")).strip()
    if name:
        selection.keep(run, name)
    st.rerun("explore_selection")


def _open(run: SharedRun, name: str) -> None:
    before = shared_run.wanted_score()
    selection.open_slice(run, name)
    # Another score is another page; all else is redrawn part by part.
    if shared_run.wanted_score() == before:
        st.rerun(list(FRAGMENTS))


def _forget(run: SharedRun, name: str) -> None:
    selection.forget(run, name)
    st.rerun("explore_selection")
