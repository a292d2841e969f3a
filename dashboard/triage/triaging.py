"""What the Triage page works with: a run's rows, the verdicts as they stand, which row comes next, and who looks where.

The address says which run, row, order and threshold; the session keeps the name of who judges and the rows that were
looked at, in their order.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from core.metrics.groups import PARTS
from core.store.records import Entry
from core.triage.current_verdicts import CurrentVerdicts
from core.triage.order import ORDERS
from core.triage.summary import Summary
from dashboard.explore import explaining, explore_address, shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.state import page_url

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.triage.changes import Changes
    from core.triage.learn import RankingData
    from core.triage.triage_rows import TriageRows

AUTHOR = "triage_author"
LOOKED_AT_SECONDS = 20.0
"""So long after a browser was last heard of, the row that it shows is not shown to others."""
_SEEN, _PLACE = "triage_seen", "triage_place"
_WHY, _CHOSEN = "triage_why_shown", "triage_chosen"
_MOST_SEEN = 500
AHEAD = 40
"""Rows that a browser knows ahead; who is faster still has the rest wait."""


@st.cache_resource(show_spinner="Reading the rows …", max_entries=4, hash_funcs=shared_run.BY_KEY)
def triage_rows(run: SharedRun) -> "TriageRows":
    """The run's rows, encoded."""
    from core.triage.triage_rows import TriageRows

    return TriageRows.of(run, run.threshold)


def ranking(run: SharedRun) -> "RankingData":
    """The same rows as a ranking is learnt of them, at the threshold of the address."""
    return _ranking(run, explore_address.cut(run).threshold)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _ranking(run: SharedRun, threshold: float) -> "RankingData":
    return triage_rows(run).ranking(threshold)


def current_verdicts(run: SharedRun) -> CurrentVerdicts:
    """The verdicts on the run's dataset as they are now; one look into the store."""
    return _current_verdicts(run, run.space.store.verdicts_version(run.record.dataset_id))


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs=shared_run.BY_KEY)
def _current_verdicts(run: SharedRun, entries: tuple[int, int]) -> CurrentVerdicts:
    del entries
    return CurrentVerdicts.of_run(run)


def flagged(run: SharedRun) -> int:
    """How many of the rows that are looked at are flagged."""
    threshold = explore_address.cut(run).threshold
    above = run.groups.above(threshold)[:, :, 0]
    return int(sum(above[PARTS.index(part)].sum() for part in explore_address.shown_parts(run)))


def summary(run: SharedRun) -> Summary:
    """How far people are and what it comes to."""
    from core.triage.summary import summarise

    cut, parts = explore_address.cut(run), explore_address.shown_parts(run)
    return summarise(current_verdicts(run), triage_rows(run), ranking(run), cut.threshold, parts, flagged(run))


def below(run: SharedRun) -> tuple[int, int]:
    """How many rows below the threshold the order shows beside the flagged ones, and how many of them are judged."""
    rows, threshold = triage_rows(run), explore_address.cut(run).threshold
    asked = rows.asked(shown_by(), threshold, explore_address.shown_parts(run))
    others = rows.rows[asked[rows.score[asked] <= threshold]]
    judged = np.fromiter(current_verdicts(run).rows, dtype=np.int64)
    return len(others), int(np.isin(others, judged).sum())


def changed(run: SharedRun) -> "Changes":
    """What the learnt ranking changed."""
    entries = run.space.store.verdicts_version(run.record.dataset_id)
    return _changed(run, explore_address.cut(run).threshold, explore_address.shown_parts(run), entries)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _changed(run: SharedRun, threshold: float, parts: tuple[str, ...], entries: tuple[int, int]) -> "Changes":
    from core.triage.changes import changes

    del entries
    return changes(triage_rows(run), _ranking(run, threshold), current_verdicts(run), threshold, parts)


def order() -> str:
    """The order in which rows are shown."""
    said = page_url.param("order")
    return said if said in ORDERS else next(iter(ORDERS))


def reranked() -> bool:
    """Whether the highest score means the ranking learnt from verdicts."""
    return page_url.param("ranking") == "learnt"


def shown_by() -> str:
    """Why the row that is shown next is shown."""
    return "learnt" if order() == "score" and reranked() else order()


def author() -> str:
    """Who judges in this browser; empty until it has told."""
    return str(st.session_state.get(AUTHOR, ""))


def current(run: SharedRun) -> int | None:
    """The row that is shown: the address's, else the next one; None where all have been judged."""
    row = explore_address.selected_row(run)
    if row is None:
        row = following(run)
        if row is not None:
            page_url.set_params(row=row)
    if row is not None:
        look(run, row)
        remember(run, row)
    return row


def following(run: SharedRun) -> int | None:
    """The row that comes next: not judged, and if possible not seen in this session and before nobody else's eyes."""
    queue = _queue_now(run)
    seen = set(_seen(run))
    eyes, lock = _eyes()
    with lock:  # two who ask at the same moment get two rows
        taken = _looked_at(run)
        for avoided in (seen | taken, taken, set()):
            left = queue[~np.isin(queue, list(avoided))] if avoided else queue
            if len(left):
                own = _own(run)
                for key in [key for key in eyes if key[:2] == own]:
                    del eyes[key]
                eyes[*own, int(left[0])] = time.monotonic()
                break
        else:
            return None
    st.session_state.setdefault(_WHY, {})[int(left[0])] = shown_by()
    _ask_ahead(run, [int(row) for row in left[1:3]])
    return int(left[0])


def ahead(run: SharedRun, row: int | None) -> list[int]:
    """The rows that follow one, for who does not wait for the page: as :func:`following` would give them."""
    if row is None:
        return []
    seen, place = _seen(run), int(st.session_state.get(_PLACE, -1))
    later = seen[place + 1 :] if 0 <= place < len(seen) and seen[place] == row else []
    queue, (_, lock) = _queue_now(run), _eyes()
    with lock:
        avoided = {*seen, *_looked_at(run)}
    fresh = [int(one) for one in queue[~np.isin(queue, list(avoided))][:AHEAD]]
    why = st.session_state.setdefault(_WHY, {})
    why.update({one: shown_by() for one in fresh})
    return [*later, *fresh][:AHEAD]


def _queue_now(run: SharedRun) -> "NDArray[np.int64]":
    """The rows that were not judged, in the order that the address asks for."""
    entries = run.space.store.verdicts_version(run.record.dataset_id)
    threshold, parts = explore_address.cut(run).threshold, explore_address.shown_parts(run)
    return _queue(run, shown_by(), threshold, parts, entries)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _queue(
    run: SharedRun, order: str, threshold: float, parts: tuple[str, ...], entries: tuple[int, int]
) -> "NDArray[np.int64]":
    """One that the next row and those after it are taken from."""
    del entries
    seed = int.from_bytes(run.record.dataset_id.encode()[:6], "big")
    return triage_rows(run).queue(order, current_verdicts(run), _ranking(run, threshold), threshold, parts, seed)


def move(run: SharedRun, step: int) -> None:
    """Go to the next row, or back to the one before."""
    seen = _seen(run)
    place = int(st.session_state.get(_PLACE, len(seen) - 1)) + step
    if place >= len(seen):
        row = following(run)
        page_url.set_params(row=row)
        if row is not None:
            remember(run, row)
    elif place >= 0:
        st.session_state[_PLACE] = place
        page_url.set_params(row=seen[place])


def open_row(run: SharedRun, row: int) -> None:
    """Look at a row that was chosen."""
    _seen(run)
    page_url.set_params(row=row)
    remember(run, row)
    st.session_state[_CHOSEN] = row


def why_shown(row: int) -> str:
    """Why a row is before this session's eyes, as its verdict remembers it."""
    return "link" if st.session_state.get(_CHOSEN) == row else str(st.session_state.get(_WHY, {}).get(row, "link"))


def can_go_back(run: SharedRun) -> bool:
    """Whether a row was looked at before this one."""
    return len(_seen(run)) > 0 and int(st.session_state.get(_PLACE, 0)) > 0


def elsewhere(run: SharedRun) -> "list[Entry]":
    """Verdicts on the same rows in another dataset; looked for once per state of the log."""
    return _elsewhere(run, run.space.store.verdicts_version(run.record.dataset_id))


@st.cache_resource(show_spinner=False, max_entries=32, ttl=60, hash_funcs=shared_run.BY_KEY)
def _elsewhere(run: SharedRun, entries: tuple[int, int]) -> "list[Entry]":
    from core.triage.adoption import verdicts_on_same_rows

    del entries
    return verdicts_on_same_rows(run.space.store, run.record.dataset_id, run.table)


def adopt(run: SharedRun) -> None:
    """Take verdicts on the same rows over.

    Raises
    ------
    DataError
        When somebody else did so at this moment.
    """
    from core.triage.adoption import adopt as take_over

    take_over(run.space.store, run.record.dataset_id, elsewhere(run))


def last_own(run: SharedRun) -> Entry | None:
    """What undo would take back."""
    return current_verdicts(run).last_of(author()) if author() else None


def _seen(run: SharedRun) -> list[int]:
    kept = st.session_state.get(_SEEN)
    if not kept or kept[0] != run.id:
        kept = (run.id, [])
        st.session_state[_SEEN] = kept
        st.session_state[_PLACE] = -1
    rows: list[int] = kept[1]
    return rows


def remember(run: SharedRun, row: int) -> None:
    """Put a row behind those that were looked at, unless one of them is it and is being looked at again."""
    seen = _seen(run)
    place = int(st.session_state.get(_PLACE, -1))
    if 0 <= place < len(seen) and seen[place] == row:
        return
    if row in seen:
        seen.remove(row)
    seen.append(row)
    del seen[:-_MOST_SEEN]
    st.session_state[_PLACE] = len(seen) - 1


@st.cache_resource(show_spinner=False)
def _eyes() -> tuple[dict[tuple[str, str, int], float], threading.Lock]:
    """Which rows each session looks at, by dataset, session and row, and since when.

    A row of its own for each: the side's tick may come with the address of a moment ago, and must not give away the row
    that was chosen meanwhile.
    """
    return {}, threading.Lock()


def _own(run: SharedRun) -> tuple[str, str]:
    """The dataset and this session, as rows that are looked at are kept."""
    return run.record.dataset_id, _session()


def _session() -> str:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    return context.session_id if context else ""


def look(run: SharedRun, row: int) -> None:
    """Remember that this session looks at a row now."""
    eyes, lock = _eyes()
    now = time.monotonic()
    with lock:
        for key in [key for key, since in eyes.items() if now - since > LOOKED_AT_SECONDS]:
            del eyes[key]
        eyes[*_own(run), row] = now


def _looked_at(run: SharedRun) -> set[int]:
    """Rows that other sessions look at now; asked with the lock held."""
    eyes, _ = _eyes()
    (dataset_id, own), now = _own(run), time.monotonic()
    return {
        row
        for (dataset, session, row), since in eyes.items()
        if dataset == dataset_id and session != own and now - since <= LOOKED_AT_SECONDS
    }


@st.cache_resource(show_spinner=False)
def _ahead() -> tuple[ThreadPoolExecutor, set[tuple[str, str, int]]]:
    return ThreadPoolExecutor(1, thread_name_prefix="triage-ahead"), set()


def _ask_ahead(run: SharedRun, rows: list[int]) -> None:
    """Have the reasons of the rows that probably come next ready; who waits for a row has nothing else to read."""
    pool, pending = _ahead()
    for row in rows:
        key = (run.id, run.score, row)
        if key not in pending and len(pending) < 4:
            pending.add(key)
            pool.submit(_tell, run, row).add_done_callback(lambda _, key=key: pending.discard(key))


def _tell(run: SharedRun, row: int) -> Any:
    try:
        return explaining.explanation(run, row)
    except AnomalensError:
        return None  # said when the row is shown
