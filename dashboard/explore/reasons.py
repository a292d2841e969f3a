"""The columns behind the scores of the rows on screen: asked of a worker a page at a time, and kept for all sessions.

What the run stored are shares of the error, of its highest rows alone; these are what the row inspector says of any
row. A worker takes some milliseconds a row, and seconds where it has to open the run first: meanwhile a page goes on.
"""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from core.jobs import row_questions
from dashboard.explore.shared_run import SharedRun
from dashboard.server import cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.jobs.engine import Engine

log = logging.getLogger(__name__)

START_SECONDS = 60.0
ANSWER_SECONDS = 180.0
MOST_ROWS = 50_000
"""Rows whose columns are remembered, over all runs."""

Reasons = list[tuple[str, float]]


@dataclass
class _Answers:
    """What workers have answered, and which rows they are being asked about."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    reasons: "OrderedDict[tuple[str, str, int], Reasons]" = field(default_factory=OrderedDict)
    waiting: set[tuple[str, str, int]] = field(default_factory=set)
    failed: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class KnownReasons:
    """What is known of some rows."""

    reasons: dict[int, Reasons]
    waiting: bool
    """Whether a worker is being asked for the others."""


def of(run: SharedRun, rows: "Sequence[int]") -> KnownReasons | None:
    """The columns behind some rows' scores, as far as they are known; the others are asked for.

    None where nobody can be asked: the run kept no networks, or its worker failed to answer.
    """
    known, name = _known(), (run.id, run.score)
    with known.lock:
        found = {row: known.reasons[*name, row] for row in rows if (*name, row) in known.reasons}
        missing = [row for row in rows if row not in found]
        if missing and name in known.failed:
            return None
        fresh = [row for row in missing if (*name, row) not in known.waiting]
    if not missing:
        return KnownReasons(found, waiting=False)
    if not run.has_networks:
        return None
    if fresh:
        with known.lock:
            known.waiting.update((*name, row) for row in fresh)
        # The server's own engine and workspace: the thread outlives the session that asked.
        arguments = (known, cache.engine(), run, fresh)
        threading.Thread(target=_ask, args=arguments, name="reasons", daemon=True).start()
    return KnownReasons(found, waiting=True)


def _ask(known: _Answers, engine: "Engine", run: SharedRun, rows: list[int]) -> None:
    name, found = (run.id, run.score), None
    try:
        if engine.wait(START_SECONDS):
            found = engine.call(
                row_questions.row_reasons, run.id, rows, run.space.settings, run.score, timeout=ANSWER_SECONDS
            )
    except Exception:
        # Whatever went wrong on the worker, the table shows what the run stored.
        log.warning("The rows of run %s were not explained.", run.id, exc_info=True)
    with known.lock:
        known.waiting.difference_update((*name, row) for row in rows)
        if found is None:
            known.failed.add(name)
            return
        known.reasons.update({(*name, row): reasons for row, reasons in found.items()})
        while len(known.reasons) > MOST_ROWS:
            known.reasons.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _known() -> _Answers:
    return _Answers()
