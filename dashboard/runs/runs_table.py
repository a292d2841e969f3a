"""Every run in one table: search, filter, sort, and the choice of one run to look at or two to compare.

The choice is the address (``run``, ``compare``); so are the search and the filters.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.modalities.nouns import Nouns, nouns_of_all
from core.store.records import STATES
from dashboard.components import run_words
from dashboard.format import percent
from dashboard.help import links
from dashboard.state import page_url

if TYPE_CHECKING:
    import pandas as pd

    from core.store.records import Run

_ROW = 35
_MOST_ROWS = 10
_SECONDS = 2.0
"""Between two looks while a run of the table is active."""
_GENERATION = "runs.generation"


def filters(runs: "Sequence[Run]") -> "Callable[[Sequence[Run]], list[Run]]":
    """Draw search and filters over all runs; the function that says which runs pass."""
    datasets = {run.dataset_id: run.dataset_name for run in runs}
    present = [name for name in STATES if any(run.state == name for run in runs)]
    with st.container(key="runs_filters"):
        search, on, states = st.columns([2, 1.6, 3], vertical_alignment="bottom")
    with search:
        words = st.text_input(
            "Search",
            key="find",
            type="search",
            placeholder="Name, tag, note, preset …",
            bind="query-params",
            label_visibility="collapsed",
        )
    with on:
        dataset = st.selectbox(
            "Dataset",
            ["", *datasets],
            key="on",
            bind="query-params",
            format_func=lambda i: datasets.get(i, i) if i else "All datasets",
            label_visibility="collapsed",
        )
    with states:
        wanted = st.pills(
            "State",
            present,
            selection_mode="multi",
            key="states",
            bind="query-params",
            format_func=run_words.state_label,
            label_visibility="collapsed",
        )

    def passing(runs: "Sequence[Run]") -> "list[Run]":
        chosen = [run for run in runs if dataset in ("", None, run.dataset_id) and (not wanted or run.state in wanted)]
        return [run for run in chosen if matches(run, words or "")]

    return passing


def matches(run: "Run", words: str) -> bool:
    """Whether every word stands somewhere in what is written of a run."""
    searched = " ".join(
        [run.name, run.notes, run.dataset_name, run_words.recipe_words(run), run.state, *run.tags]
    ).lower()
    return all(word in searched for word in words.lower().split())


def frame(runs: "Sequence[Run]") -> "pd.DataFrame":
    """The runs as a table of plain values; numbers stay numbers, so that they sort as such."""
    import pandas as pd

    columns: dict[str, list[Any]] = {
        "State": [_state(run) for run in runs],
        "Name": [run.name for run in runs],
        "Dataset": [run.dataset_name for run in runs],
        "Recipe": [run_words.recipe_words(run) for run in runs],
        "AUROC": _numbers(runs, "auroc"),
        "AP": _numbers(runs, "average_precision"),
        "Threshold": _numbers(runs, "threshold"),
        "Flagged": _numbers(runs, "flagged"),
        "Epochs": [_epochs(run) for run in runs],
        "Took": [run_words.took(run) for run in runs],
        "Created": [run.created_at for run in runs],
        "Tags": [list(run.tags) for run in runs],
        "Notes": [" ".join(run.notes.split()) for run in runs],
    }
    return pd.DataFrame(columns).astype({name: "Float64" for name in ("Flagged", "Epochs", "Took")})


def choose(runs: "Sequence[Run]", reload: "Callable[[], Sequence[Run]]") -> None:
    """Draw the table; ticking one or two rows puts them into the address. It follows what is training.

    Parameters
    ----------
    runs
        What it shows.
    reload
        The same as the store has it now.
    """
    active = any(run.active for run in runs)
    st.fragment(_table, run_every=_SECONDS if active else None)([runs], reload, [run.id for run in runs], active)


def _table(
    first: "list[Sequence[Run]]", reload: "Callable[[], Sequence[Run]]", ids: list[str], was_active: bool
) -> None:
    runs = first.pop() if first else reload()
    if [run.id for run in runs] != ids or (was_active and not any(run.active for run in runs)):
        st.rerun(scope="app")
    key = f"runs.table.{_digest(ids)}.{st.session_state.get(_GENERATION, 0)}"
    chosen = [i for i in (page_url.param("run"), page_url.param("compare")) if i in ids]
    event = st.dataframe(
        frame(runs),
        hide_index=True,
        key=key,
        height=38 + _ROW * min(max(len(runs), 1), _MOST_ROWS),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [ids.index(i) for i in chosen]}},
        column_config=_config(nouns_of_all(run.recipe.modality for run in runs)),
        placeholder="–",
        alt="Table of all runs. Tick one to see it, or two to compare them.",
    )
    picked = [ids[row] for row in event["selection"]["rows"] if row < len(ids)]
    _take(chosen, picked)


def clear() -> None:
    """Take the choice back."""
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    page_url.set_params(run=None, compare=None)


def _take(chosen: Sequence[str], picked: Sequence[str]) -> None:
    """Put the ticked rows into the address; of more than two the newest tick replaces the second."""
    if set(picked) == set(chosen):
        return
    kept = [i for i in chosen if i in picked] + [i for i in picked if i not in chosen]
    if len(kept) > 2:
        kept = [kept[0], kept[-1]]
        st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    run, compare = ([*kept, None, None])[:2]
    page_url.set_params(run=run, compare=compare)
    st.rerun(scope="app")


def _state(run: "Run") -> str:
    label = run_words.state_label(run.state)
    return f"{label} {percent(run_words.share(run))}" if run.state in {"running", "paused"} else label


def _numbers(runs: "Sequence[Run]", name: str) -> list[float | None]:
    return [None if (value := (run.result or {}).get(name)) is None else float(value) for run in runs]


def _epochs(run: "Run") -> int | None:
    done = (run.result or {}).get("epochs", run.progress.get("epoch"))
    return None if done is None else int(done)


def _config(says: Nouns) -> Mapping[str, Any]:
    column = st.column_config
    return {
        "State": column.TextColumn(width=76, pinned=True),
        "Name": column.TextColumn(width=140, pinned=True),
        "Dataset": column.TextColumn(width=120),
        "Recipe": column.TextColumn(width=165),
        "AUROC": column.NumberColumn(
            format="%.4f",
            width=66,
            help=links.more(says("Chance that an anomaly outscores a normal row."), "metrics", "auroc"),
        ),
        "AP": column.NumberColumn(
            format="%.4f",
            width=62,
            help=links.more("Average precision: mean precision over all recalls.", "metrics", "average-precision"),
        ),
        "Threshold": column.NumberColumn(
            format="%.4g", width=76, help=links.more(says("Rows that score above it are flagged."), "thresholds")
        ),
        "Flagged": column.NumberColumn(
            format="localized",
            width=66,
            help=links.more(says("Test rows above the threshold; of a run without labels all rows."), "thresholds"),
        ),
        "Epochs": column.NumberColumn(
            format="localized",
            width=60,
            help=links.more(says("Passes over the training rows."), "settings", "training.epochs"),
        ),
        "Took": column.NumberColumn(
            format="%.1f s", width=62, help=links.more("Seconds spent training.", "pages", "runs")
        ),
        "Created": column.DatetimeColumn(format="calendar", width=150),
        "Tags": column.ListColumn(width=110),
        "Notes": column.TextColumn(width=200),
    }


def _digest(ids: Sequence[str]) -> str:
    """Rows are chosen by their place: another list of runs is another table."""
    return hashlib.blake2b("|".join(ids).encode(), digest_size=6).hexdigest()
