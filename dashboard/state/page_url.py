"""Where the user is: the address's query parameters, and what a link to another page carries along.

A view is its address. ``dataset`` and ``run`` are shared by all pages; whatever else a page puts into its address
(threshold, tab, selection) is remembered for that page, so that going away and coming back shows the same view.
Session state keeps plain strings only.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.format import Markdown
from dashboard.state import page_list

SHARED = ("dataset", "run")
_PAGES: dict[str, Any] = {}


def register(pages: Mapping[str, Any]) -> None:
    """Take the pages of the navigation; the entry script calls it first."""
    # Not cleared before: other sessions draw their links at this moment.
    _PAGES.update(pages)


def pages() -> dict[str, Any]:
    """Every page under the name that links use."""
    return dict(_PAGES)


def param(name: str, default: str = "") -> str:
    """A query parameter of the address, or ``default``."""
    value = st.query_params.get(name)
    return default if value is None else value


def set_params(**values: Any) -> None:
    """Put values into the address; None and "" take the parameter out. Untouched where nothing changes."""
    for name, value in values.items():
        text = "" if value is None else str(value)
        if text:
            if st.query_params.get(name) != text:
                st.query_params[name] = text
        elif name in st.query_params:
            del st.query_params[name]
        if name in SHARED:
            _take(name, text)
    if shows_score():
        _take("score", param("score"))
    _remember()


def dataset_id() -> str:
    """The dataset that the user works with: the address's, else the last one of this session, else empty."""
    return param("dataset") or str(st.session_state.get("current:dataset", ""))


def run_id() -> str:
    """The run that the user looks at: the address's, else the last one of this session, else empty."""
    return param("run") or str(st.session_state.get("current:run", ""))


def page_name() -> str:
    """The name of the page that is shown."""
    return str(st.session_state.get("current:page", "data"))


def shows_score() -> bool:
    """Whether the page shows the score of the run that was chosen last on one of those that do."""
    return "score" in _carried(page_name())


def link_params(page: str) -> dict[str, str]:
    """The query parameters with which a link to ``page`` opens what was last looked at there."""
    remembered = st.session_state.get(f"params:{page}", {})
    shared = {name: str(st.session_state.get(f"current:{name}", "")) for name in _carried(page)}
    if all(remembered.get(name, "") == value for name, value in shared.items()):
        return dict(remembered)
    # Another dataset or run is current since: the rest of the old view does not belong to it.
    return {name: value for name, value in shared.items() if value}


def go(page: str, **params: Any) -> None:
    """Open another page at a view; does not return."""
    st.switch_page(_PAGES[page], query_params={name: str(value) for name, value in params.items() if value})


def page_link(page: str, label: Markdown, *, icon: str | None = None, **params: Any) -> None:
    """A link to a page at a view; it can be opened in a new tab like any other."""
    query = {name: str(value) for name, value in params.items() if value}
    if page in _PAGES:
        st.page_link(_PAGES[page], label=label, icon=icon, query_params=query or None)


def show_on_next_page(sentence: Markdown) -> None:
    """Show a sentence at the top of the next page that is drawn, once."""
    st.session_state["message"] = sentence


def show_message() -> None:
    """Show what :func:`show_on_next_page` was given."""
    sentence: Markdown = st.session_state.pop("message", "")
    if sentence:
        st.info(sentence, icon=":material/info:")


def is_known(page: Any) -> bool:
    """Whether a page of the navigation is one that links lead to."""
    return any(known.url_path == page.url_path for known in _PAGES.values())


def enter(page: Any) -> None:
    """Begin a page: take the address's dataset and run as the current ones, or complete a bare address."""
    name = next((known for known, candidate in _PAGES.items() if candidate.url_path == page.url_path), "")
    if not name:
        return
    st.session_state["current:page"] = name
    if not st.query_params:
        for key, value in link_params(name).items():
            st.query_params[key] = value
    for key in SHARED:
        if key in st.query_params:
            _take(key, st.query_params[key])
    if shows_score():
        _take("score", param("score"))


def _carried(page: str) -> tuple[str, ...]:
    """What a link to a page takes along."""
    known = page_list.pages().get(page)
    return known.carries if known else ()


def _take(name: str, text: str) -> None:
    """Make a value the current one; another run has its own score."""
    if name == "run" and st.session_state.get("current:run", "") != text:
        st.session_state["current:score"] = ""
    st.session_state[f"current:{name}"] = text


def score_name() -> str:
    """The score that was chosen for the current run; empty for its own."""
    return str(st.session_state.get("current:score", ""))


def leave() -> None:
    """End a page: remember its address for the way back."""
    _remember()


def _remember() -> None:
    st.session_state[f"params:{page_name()}"] = {name: st.query_params[name] for name in st.query_params}
