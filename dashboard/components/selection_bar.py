"""What is selected, as chips that are taken away by a click, with its size; kept under a name, and opened again."""

import streamlit as st

from dashboard import selection, state
from dashboard.format import count
from dashboard.selection import Selection

FRAGMENTS = ("explore_table", "explore_latent", "explore_explorer")
"""What follows a selection."""


def selection_bar(run_id: str, chosen: Selection, size: int, of: int) -> None:
    """Draw the chips, and the slices that were kept; nothing where there is neither."""
    kept = selection.slices(run_id)
    if not chosen and not kept:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="explore_chips"):
        for param, words in chosen.chips().items():
            st.button(
                words,
                key=f"explore_chip_{param}",
                icon=":material/close:",
                on_click=_take_away,
                args=(param,),
                help="Take this part of the selection away.",
            )
        if chosen:
            st.caption(f"{count(size)} of {count(of)} rows", width="content")
            _keeper(run_id)
            if len(chosen.chips()) > 1:
                st.button("Clear all", key="explore_clear", type="tertiary", on_click=_take_away, args=("all",))
        if kept:
            _slices(run_id, list(kept))


def _keeper(run_id: str) -> None:
    with st.popover("Keep as a slice", icon=":material/bookmark_add:", width="content"):
        st.text_input("Name", key="explore_slice_name", max_chars=80, placeholder="Night-time floods")
        st.caption("The selection, the rows shown and the threshold, under a name that everyone finds beside this run.")
        st.button("Keep", key="explore_slice_keep", type="primary", on_click=_keep, args=(run_id,))


def _slices(run_id: str, names: list[str]) -> None:
    with st.popover(f"Slices ({len(names)})", icon=":material/bookmarks:", width="content"):
        for i, name in enumerate(names):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    name,
                    key=f"explore_slice_{i}",
                    on_click=_open,
                    args=(run_id, name),
                    type="tertiary",
                    width="stretch",
                )
                st.button(
                    "",
                    key=f"explore_slice_forget_{i}",
                    icon=":material/delete:",
                    type="tertiary",
                    on_click=_forget,
                    args=(run_id, name),
                    help="Forget this name; the rows stay.",
                )


def _take_away(param: str) -> None:
    state.set_params(**dict.fromkeys(selection.PARAMS if param == "all" else (param,)), page=None)
    st.rerun(list(FRAGMENTS))


def _keep(run_id: str) -> None:
    name = str(st.session_state.get("explore_slice_name", "")).strip()
    if name:
        selection.keep(run_id, name)
    st.rerun("explore_table")


def _open(run_id: str, name: str) -> None:
    selection.open_slice(run_id, name)
    st.rerun([*FRAGMENTS, "explore_curves"])


def _forget(run_id: str, name: str) -> None:
    selection.forget(run_id, name)
    st.rerun("explore_table")
