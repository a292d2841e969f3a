"""The code of a run on Explore: what its units stand for, and what lies between two rows; asked of a worker."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from core.errors import AnomalensError, DataError
from core.explain.code_units import STEPS, CodeUnits, Walk
from core.jobs import row_questions
from dashboard.charts.code_units import code_units_figure
from dashboard.components.rows_grid import rows_grid
from dashboard.components.show import show
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.format import Markdown, count, plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state.kind import nouns_for

log = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS = 120.0
"""The first question to a run loads it."""
_HELP = (
    "The code is what the network keeps of a row: a few numbers, one for each unit. See which rows excite a unit, and "
    "what changes on the way from one row to another through the latent space."
)


@st.fragment(key="explore_code")
def code_panel(run: SharedRun) -> None:
    """Draw the units and the walk once they are asked for: a worker has to load the networks."""
    says = nouns_for(run)
    with st.container(border=True, key="explore_code_card"):
        st.subheader("The code", help=links.more(says(_HELP), "explanations", "the-code"))
        if not st.toggle("Show what the code units stand for", key="explore_code_on"):
            return
        try:
            with st.spinner("A worker looks at the code …"):
                found = _units(run)
            show(code_units_figure(found, says=says), "explore_code_units", run.name)
            _exciting(run, found)
        except AnomalensError as problem:
            st.warning(plain(str(problem)), icon=":material/warning:")
            return
        _walk(run)


def _exciting(run: SharedRun, code_units: CodeUnits) -> None:
    """The rows that excite a unit most."""
    says = nouns_for(run)
    place = st.selectbox(
        says("Rows that excite"),
        range(len(code_units.units)),
        format_func=lambda k: f"Unit {code_units.units[k]}",
        key="explore_code_unit",
        width=220,
        help=links.more(
            says(f"Those furthest from the usual, either way, among {count(code_units.looked_at)} rows."),
            "explanations",
            "the-code",
        ),
    )
    rows = pd.DataFrame(
        {
            "row": code_units.exciting[place],
            "label": code_units.exciting_labels[place],
            "score": code_units.exciting_scores[place],
            "activation": code_units.strengths[place].astype(float),
        }
    )
    rows_grid(
        shared_run.with_details(run, rows),
        says=says,
        key=f"explore_code_rows_{code_units.units[place]}",
        alt=says(f"Rows that excite unit {code_units.units[place]}"),
        redraw=["explore_row"],
        labelled=bool((code_units.labels >= 0).any()),
        more={
            "activation": st.column_config.NumberColumn(
                "Activation",
                format="%.2f",
                width="small",
                help=links.more(says("Standard deviations from the usual rows' mean."), "explanations", "the-code"),
            )
        },
    )
    st.caption(says("Click a row to see it in the row inspector."))


def _walk(run: SharedRun) -> None:
    """Two rows, and the table of what is between them."""
    says = nouns_for(run)
    last = run.result
    most = max(0, int(last.get("rows", 1)) - 1)
    st.markdown("**A walk through the latent space**")
    with st.container(horizontal=True, key="explore_code_ends"):
        start = _row(says("From row"), "explore_code_start", says("a typical normal row"), most)
        end = _row(says("To row"), "explore_code_end", says("the oddest row"), most)
    try:
        found = _between(run, start, end)
    except AnomalensError as problem:
        st.warning(plain(str(problem)), icon=":material/warning:")
        return
    between = [f"{k}/{STEPS - 1}" for k in range(1, STEPS - 1)]
    # A walk from a row to itself has two ends of one name.
    steps = [f"From {count(found.start)}", *between, f"To {count(found.end)}"]
    lines = [[f"{score:.4g}" for score in found.scores], *(list(values) for values in found.values)]
    table = pd.DataFrame(lines, columns=steps)
    table.insert(0, says("Column", parts=True), [says("Anomaly score", parts=True), *found.columns])
    st.dataframe(table, hide_index=True, width="stretch", height="content", key="explore_code_walk")
    st.caption(
        says(
            "What the first network makes of the places on the straight line between the two rows' codes, in your "
            "units; the ends are the rows as it rebuilds them. Columns that change most come first.",
            parts=True,
        )
    )


def _row(label: Markdown, key: str, default: str, most: int) -> int | None:
    value = st.number_input(
        label, min_value=0, max_value=most, value=None, step=1, placeholder=default, key=key, width=220
    )
    return None if value is None else int(value)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=shared_run.BY_KEY)
def _units(run: SharedRun) -> CodeUnits:
    return _asked(run, row_questions.units_of_code)


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs=shared_run.BY_KEY)
def _between(run: SharedRun, start: int | None, end: int | None) -> Walk:
    return _asked(run, row_questions.latent_walk, start, end)


def _asked(run: SharedRun, question: Callable[..., T], *given: Any) -> T:
    """What a worker answers.

    Raises
    ------
    AnomalensError
        When the run kept no networks, or the worker could not say.
    """
    if not run.has_networks:
        raise DataError("This run kept no networks. Train again to look at its code.")
    try:
        return cache.engine().call(question, run.id, run.space.settings, run.score, *given, timeout=SECONDS)
    except AnomalensError:
        raise
    except Exception as problem:
        log.warning("The code of run %s could not be looked at.", run.id, exc_info=True)
        raise DataError(f"The code could not be looked at: {problem}") from problem
