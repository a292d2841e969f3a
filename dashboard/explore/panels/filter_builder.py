"""A filter of columns, put together: a column, what is asked of it, its values; it becomes part of the selection."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.index.filters import MOST, OPERATORS, condition, is_date, operators
from dashboard.explore import selection, shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count, plain
from dashboard.help import links
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.index.schema import Column

_NAME, _TURN, _PROBLEM = "explore_filter", "explore_filter_turn", "explore_filter_problem"
_HELP = {
    "is": "Rows with one of these values.",
    "not": "Rows with none of these values; rows without a value stay.",
    "between": "Rows within both ends, the ends included. One end may be left empty.",
    "contains": "Rows whose text holds this, capital or small.",
    "missing": "Rows without a value here.",
    "present": "Rows with a value here.",
}


def filter_builder(run: SharedRun) -> None:
    """Draw the button that opens it; nothing where the dataset is gone."""
    says = nouns_for(run)
    if not run.has_dataset:
        return
    schema = run.schema
    turn = int(st.session_state.get(_TURN, 0))
    full = len(selection.current(run).where) >= MOST
    box = st.popover(
        "Filter",
        icon=":material/filter_alt:",
        width="content",
        disabled=full,
        # A box of its own for each filter: once it is added the box closes.
        key=f"{_NAME}_{turn}",
        help=links.more(
            f"{MOST} filters hold together, no more." if full else says("Select rows by what their columns hold."),
            "pages",
            "selection",
        ),
        # Its form is drawn when it is opened: most who open the page never do.
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        # Labels are the answer, and good to filter by: they come last.
        columns = sorted(schema.columns, key=lambda column: column.role == "label")
        column = st.selectbox(
            "Column",
            columns,
            format_func=lambda one: one.name,
            key=f"{_NAME}_{turn}_column",
        )
        if column is not None:
            _asked(run, column, f"{_NAME}_{turn}_{column.name}")


def _asked(run: SharedRun, column: "Column", key: str) -> None:
    offered = operators(column)
    operator = offered[0]
    if len(offered) > 1:
        operator = st.segmented_control(
            "What is asked",
            offered,
            default=offered[0],
            required=True,
            format_func=OPERATORS.__getitem__,
            key=f"{key}_operator",
            label_visibility="collapsed",
        )
    st.caption(nouns_for(run)(_HELP[operator]))
    if operator == "between":
        _range(run, column, key)
    elif operator in ("is", "not") and column.values:
        counts = dict(column.values)
        st.multiselect(
            "Values",
            list(counts),
            format_func=lambda value: f"{value} ({count(counts[value])})",
            key=f"{key}_values",
            placeholder="Choose values",
        )
    elif operator in ("is", "not", "contains"):
        st.text_input(
            "Text" if operator == "contains" else "Value", key=f"{key}_text", placeholder=column.example, max_chars=400
        )
    if st.session_state.get(_PROBLEM):
        st.error(plain(st.session_state.pop(_PROBLEM)), icon=":material/error:")
    # Not of the primary kind: in a popover the dark theme has white on its light accent.
    st.button(
        "Add filter", key=f"{key}_add", icon=":material/add:", on_click=_add, args=(run, column.name, operator, key),
        width="stretch",
    )  # fmt: skip


def _range(run: SharedRun, column: "Column", key: str) -> None:
    low, high = _extremes(run, column.name)
    what = "moment" if is_date(column) else "number"
    left, right = st.columns(2)
    left.text_input(
        "From",
        key=f"{key}_low",
        placeholder=low,
        max_chars=40,
        help=links.more(f"A {what}; empty for no lower end.", "pages", "selection"),
    )
    right.text_input(
        "To",
        key=f"{key}_high",
        placeholder=high,
        max_chars=40,
        help=links.more(f"A {what}; empty for no upper end.", "pages", "selection"),
    )


@st.cache_resource(show_spinner=False, max_entries=128, hash_funcs=shared_run.BY_KEY)
def _extremes(run: SharedRun, column: str) -> tuple[str, str]:
    """The smallest and the largest value as they may be typed."""
    from core.index.table import quoted

    try:
        low, high = run.table.fetch(f"SELECT min({quoted(column)}), max({quoted(column)}) FROM data")[0]
    except AnomalensError:
        return "", ""
    return _typed(low), _typed(high)


def _typed(value: Any) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, int | float) else str(value)[:40]


def _add(run: SharedRun, column: str, operator: str, key: str) -> None:
    said: list[Any] = []
    if operator == "between":
        said = [_number_text(st.session_state.get(f"{key}_{end}", "")) for end in ("low", "high")]
    elif f"{key}_values" in st.session_state and operator in ("is", "not"):
        said = list(st.session_state[f"{key}_values"])
    elif operator in ("is", "not", "contains"):
        said = [st.session_state.get(f"{key}_text", "")]
    known = selection.current(run).where
    try:
        schema = run.schema
        new = condition([column, operator, *said], schema)
    except AnomalensError as problem:
        st.session_state[_PROBLEM] = str(problem)
        st.rerun("explore_selection")
    selection.set_conditions((*(one for one in known if one != new), new))
    st.session_state[_TURN] = int(st.session_state.get(_TURN, 0)) + 1
    st.rerun(list(selection.FRAGMENTS))


def _number_text(said: str) -> str:
    """What was typed, with thousands as a person writes them taken for what they mean."""
    text = said.strip()
    return text.replace(",", "") if text.replace(",", "").replace(".", "").lstrip("-+").isdigit() else text
