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
from dashboard.explore import explaining, explore_address, explored
from dashboard.server import cache
from dashboard.state import page_url

if TYPE_CHECKING:
    from core.triage.changes import Changes
    from core.triage.learn import RankingData
    from core.triage.triage_rows import TriageRows

AUTHOR = "triage_author"
LOOKED_AT_SECONDS = 20.0
"""So long after a browser was last heard of, the row that it shows is not shown to others."""
_SEEN, _PLACE = "triage_seen", "triage_place"
_WHY, _CHOSEN = "triage_why_shown", "triage_chosen"
_MOST_SEEN = 500


def triage_rows(run_id: str) -> "TriageRows":
    """The run's rows, encoded."""
    return _deck(
        run_id,
        explored.shown_score(run_id),
        cache.version(cache.workspace().store.dataset(explored.finished(run_id).dataset_id)),
    )


@st.cache_resource(show_spinner="Reading the rows …", max_entries=4)
def _deck(run_id: str, score: str, version: str) -> "TriageRows":
    del score, version
    from core.triage.triage_rows import TriageRows

    run = explored.finished(run_id)
    rows, threshold = explored.rows(run_id), float(explored.result(run_id)["threshold"])
    return TriageRows.open(rows, cache.table(run.dataset_id), cache.schema(run.dataset_id), threshold)


def scene(run_id: str) -> "RankingData":
    """The same rows as a ranking is learnt of them, at the threshold of the address."""
    return _scene(run_id, explored.shown_score(run_id), explore_address.cut(run_id).threshold)


@st.cache_resource(show_spinner=False, max_entries=16)
def _scene(run_id: str, score: str, threshold: float) -> "RankingData":
    del score
    return triage_rows(run_id).scene(threshold)


def standing(run_id: str) -> CurrentVerdicts:
    """The verdicts on the run's dataset as they are now; one look into the store."""
    dataset_id = explored.finished(run_id).dataset_id
    store = cache.workspace().store
    return _standing(dataset_id, store.verdicts_version(dataset_id), cache.version(store.dataset(dataset_id)))


@st.cache_resource(show_spinner=False, max_entries=32)
def _standing(dataset_id: str, entries: tuple[int, int], version: str) -> CurrentVerdicts:
    del entries, version
    return CurrentVerdicts.on(cache.workspace().store.verdict_log(dataset_id), cache.table(dataset_id))


def flagged(run_id: str) -> int:
    """How many of the rows that are looked at are flagged."""
    view, threshold = explored.view(run_id), explore_address.cut(run_id).threshold
    above = view.groups.above(threshold)[:, :, 0]
    return int(sum(above[PARTS.index(part)].sum() for part in explore_address.shown_parts(view)))


def summary(run_id: str) -> Summary:
    """How far people are and what it comes to."""
    from core.triage.summary import summarise

    cut, parts = explore_address.cut(run_id), explore_address.shown_parts(explored.view(run_id))
    return summarise(standing(run_id), triage_rows(run_id), scene(run_id), cut.threshold, parts, flagged(run_id))


def changed(run_id: str) -> "Changes":
    """What the learnt ranking changed."""
    dataset_id = explored.finished(run_id).dataset_id
    entries = cache.workspace().store.verdicts_version(dataset_id)
    parts = explore_address.shown_parts(explored.view(run_id))
    score = explored.shown_score(run_id)
    return _changed(run_id, score, explore_address.cut(run_id).threshold, parts, entries)


@st.cache_resource(show_spinner=False, max_entries=16)
def _changed(run_id: str, score: str, threshold: float, parts: tuple[str, ...], entries: tuple[int, int]) -> "Changes":
    from core.triage.changes import changes

    del entries
    return changes(triage_rows(run_id), _scene(run_id, score, threshold), standing(run_id), threshold, parts)


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


def current(run_id: str) -> int | None:
    """The row that is shown: the address's, else the next one; None where all have been judged."""
    row = explore_address.selected_row(run_id)
    if row is None:
        row = following(run_id)
        if row is not None:
            page_url.set_params(row=row)
    if row is not None:
        look(run_id, row)
        _remember(run_id, row)
    return row


def following(run_id: str) -> int | None:
    """The row that comes next: not judged, and if possible not seen in this session and before nobody else's eyes."""
    cut, view = explore_address.cut(run_id), explored.view(run_id)
    seed = int.from_bytes(explored.finished(run_id).dataset_id.encode()[:6], "big")
    parts = explore_address.shown_parts(view)
    queue = triage_rows(run_id).queue(shown_by(), standing(run_id), scene(run_id), cut.threshold, parts, seed)
    seen = set(_seen(run_id))
    eyes, lock = _eyes()
    with lock:  # two who ask at the same moment get two rows
        taken = _looked_at(run_id)
        for avoided in (seen | taken, taken, set()):
            left = queue[~np.isin(queue, list(avoided))] if avoided else queue
            if len(left):
                own = _own(run_id)
                for key in [key for key in eyes if key[:2] == own]:
                    del eyes[key]
                eyes[*own, int(left[0])] = time.monotonic()
                break
        else:
            return None
    st.session_state.setdefault(_WHY, {})[int(left[0])] = shown_by()
    _ask_ahead(run_id, [int(row) for row in left[1:3]])
    return int(left[0])


def move(run_id: str, step: int) -> None:
    """Go to the next row, or back to the one before."""
    seen = _seen(run_id)
    place = int(st.session_state.get(_PLACE, len(seen) - 1)) + step
    if place >= len(seen):
        row = following(run_id)
        page_url.set_params(row=row)
        if row is not None:
            _remember(run_id, row)
    elif place >= 0:
        st.session_state[_PLACE] = place
        page_url.set_params(row=seen[place])


def open_row(run_id: str, row: int) -> None:
    """Look at a row that was chosen."""
    _seen(run_id)
    page_url.set_params(row=row)
    _remember(run_id, row)
    st.session_state[_CHOSEN] = row


def why_shown(row: int) -> str:
    """Why a row is before this session's eyes, as its verdict remembers it."""
    return "link" if st.session_state.get(_CHOSEN) == row else str(st.session_state.get(_WHY, {}).get(row, "link"))


def can_go_back(run_id: str) -> bool:
    """Whether a row was looked at before this one."""
    return len(_seen(run_id)) > 0 and int(st.session_state.get(_PLACE, 0)) > 0


def elsewhere(run_id: str) -> "list[Entry]":
    """Verdicts on the same rows in another dataset; looked for once per state of the log."""
    dataset_id = explored.finished(run_id).dataset_id
    return _elsewhere(dataset_id, cache.workspace().store.verdicts_version(dataset_id))


@st.cache_resource(show_spinner=False, max_entries=32, ttl=60)
def _elsewhere(dataset_id: str, entries: tuple[int, int]) -> "list[Entry]":
    from core.triage.adoption import verdicts_on_same_rows

    del entries
    return verdicts_on_same_rows(cache.workspace().store, dataset_id, cache.table(dataset_id))


def adopt(run_id: str) -> None:
    """Take verdicts on the same rows over.

    Raises
    ------
    DataError
        When somebody else did so at this moment.
    """
    from core.triage.adoption import adopt as take_over

    take_over(cache.workspace().store, explored.finished(run_id).dataset_id, elsewhere(run_id))


def last_own(run_id: str) -> Entry | None:
    """What undo would take back."""
    return standing(run_id).last_of(author()) if author() else None


def _seen(run_id: str) -> list[int]:
    kept = st.session_state.get(_SEEN)
    if not kept or kept[0] != run_id:
        kept = (run_id, [])
        st.session_state[_SEEN] = kept
        st.session_state[_PLACE] = -1
    rows: list[int] = kept[1]
    return rows


def _remember(run_id: str, row: int) -> None:
    """Put a row behind those that were looked at, unless one of them is it and is being looked at again."""
    seen = _seen(run_id)
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


def _own(run_id: str) -> tuple[str, str]:
    """The dataset and this session, as rows that are looked at are kept."""
    return explored.finished(run_id).dataset_id, _session()


def _session() -> str:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    return context.session_id if context else ""


def look(run_id: str, row: int) -> None:
    """Remember that this session looks at a row now."""
    eyes, lock = _eyes()
    now = time.monotonic()
    with lock:
        for key in [key for key, since in eyes.items() if now - since > LOOKED_AT_SECONDS]:
            del eyes[key]
        eyes[*_own(run_id), row] = now


def _looked_at(run_id: str) -> set[int]:
    """Rows that other sessions look at now; asked with the lock held."""
    eyes, _ = _eyes()
    (dataset_id, own), now = _own(run_id), time.monotonic()
    return {
        row
        for (dataset, session, row), since in eyes.items()
        if dataset == dataset_id and session != own and now - since <= LOOKED_AT_SECONDS
    }


@st.cache_resource(show_spinner=False)
def _ahead() -> tuple[ThreadPoolExecutor, set[tuple[str, str, int]]]:
    return ThreadPoolExecutor(1, thread_name_prefix="triage-ahead"), set()


def _ask_ahead(run_id: str, rows: list[int]) -> None:
    """Have the reasons of the rows that probably come next ready; who waits for a row has nothing else to read."""
    pool, asked = _ahead()
    score = explored.shown_score(run_id)
    for row in rows:
        key = (run_id, score, row)
        if key not in asked and len(asked) < 4:
            asked.add(key)
            pool.submit(_tell, *key).add_done_callback(lambda _, key=key: asked.discard(key))


def _tell(run_id: str, score: str, row: int) -> Any:
    try:
        return explaining.story(run_id, score, row)
    except AnomalensError:
        return None  # said when the row is shown
