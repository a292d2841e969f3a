"""Asks a worker why a row is odd, and what people call families; torch stays on the worker's side."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError, DataError, first_line
from core.explain.methods import FIRST_METHOD, fallback_note
from core.jobs import row_questions
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.server import cache
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.explain.explanation import Explanation
    from core.explain.families.stored import Families

log = logging.getLogger(__name__)

ANSWER_SECONDS = 180.0
"""Shapley values of hundreds of columns take a while; the first question to a run loads it."""


def explanation(run: SharedRun, row: int, method: str = FIRST_METHOD) -> "Explanation":
    """Why one row has its score; where the way that was asked for fails, by the first one, with a note that says so.

    Raises
    ------
    DataError
        When the run kept no networks, or the worker could not explain the row.
    """
    if not run.has_networks:
        raise DataError("This run kept no networks, so only what it stored can be shown. Train again to ask it more.")
    if method == FIRST_METHOD:
        return _explanation(run, row, method)
    try:
        return _explanation(run, row, method)
    except AnomalensError as problem:
        return replace(
            _explanation(run, row, FIRST_METHOD), note=fallback_note(method, str(problem.__cause__ or problem))
        )


@st.cache_resource(show_spinner=False, max_entries=256, hash_funcs=shared_run.BY_KEY)
def _explanation(run: SharedRun, row: int, method: str) -> "Explanation":
    try:
        return cache.engine().call(
            row_questions.explain_row, run.id, row, run.space.settings, run.score, method, timeout=ANSWER_SECONDS
        )
    except AnomalensError:
        raise
    except Exception as problem:
        # Whatever went wrong on the worker, the page goes on and says it.
        log.warning("Row %d of run %s was not explained.", row, run.id, exc_info=True)
        raise DataError(f"This {nouns_for(run).sample} could not be explained: {first_line(problem)}") from problem


def family_titles(run: SharedRun, families: "Families") -> dict[int, str]:
    """What families are called on screen, by number: by people, else by their reason."""
    from core.explain.families.names import titles_of

    return titles_of(families, family_names(run, families))


def family_names(run: SharedRun, families: "Families") -> dict[int, str]:
    """What people call families, by number; as it is now, whoever named them."""
    from core.explain.families.names import names_of, read_names

    return names_of(families, read_names(run))
