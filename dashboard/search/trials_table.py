"""The trials of a search as a table, of which one is ticked to be kept as a run."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.modalities.nouns import Nouns
from core.search.leaderboard import Leaderboard, Trial
from dashboard.help import links

if TYPE_CHECKING:
    import pandas as pd

_TRIAL_STATES = {"complete": "Ended", "pruned": "Ended early", "running": "Training"}


def trials_table(now: Leaderboard, says: Nouns, *, labelled: bool) -> Trial | None:
    """Draw the trials; the one that is ticked."""
    column = st.column_config
    measure = {"format": "%.4f", "width": 84}
    event = st.dataframe(
        frame(now, labelled=labelled),
        hide_index=True,
        key="search.table",
        height=38 + 35 * min(max(len(now.trials), 1), 10),
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
        column_config={
            "Trial": column.NumberColumn(width=58),
            "State": column.TextColumn(width=96),
            "From": column.TextColumn(
                width=150, help=links.more("The preset, or what the trials before it suggested.", "pages", "trials")
            ),
            "Model": column.TextColumn(width=110),
            "AP": column.NumberColumn(
                **measure,
                help=links.more(
                    "Average precision; the last one of trials that ended early.", "metrics", "average-precision"
                ),
            ),
            "Mean rank": column.NumberColumn(
                format="%.1f",
                width=84,
                help=links.more("Over all measures beside it; 1 is best.", "pages", "what-chooses"),
            ),
            **{name: column.NumberColumn(**measure) for name in ("Local", "Global", "Dependency", "Cluster")},
            "Agreement": column.NumberColumn(
                **measure,
                help=links.more(says("With how all other trials order some rows."), "pages", "what-chooses"),
            ),
            "Took": column.NumberColumn(format="%.1f s", width=76),
            "Why": column.TextColumn(width=320),
        },
        alt="Table of all trials. Tick one to keep it as a run.",
    )
    rows = event["selection"]["rows"]
    ordered = _ordered(now, labelled=labelled)
    return ordered[rows[0]] if rows and rows[0] < len(ordered) and ordered[rows[0]].params else None


def frame(now: Leaderboard, *, labelled: bool) -> "pd.DataFrame":
    """The trials as a table, the best first, then those that are at work."""
    import pandas as pd

    trials = _ordered(now, labelled=labelled)
    columns: dict[str, list[Any]] = {
        "Trial": [trial.number for trial in trials],
        "State": [_TRIAL_STATES.get(trial.state, trial.state.capitalize()) for trial in trials],
        "From": [_origin(trial) for trial in trials],
        "Model": [trial.model or "–" for trial in trials],
        "AP": [_shown(trial) for trial in trials],
    }
    if not labelled:
        columns["Mean rank"] = [trial.rank for trial in trials]
        for name in dict.fromkeys(key for trial in trials for key in trial.measures):
            columns[name.capitalize()] = [trial.measures.get(name) for trial in trials]
    columns["Took"] = [trial.seconds or None for trial in trials]
    columns["Why"] = [trial.reason for trial in trials]
    return pd.DataFrame(columns)


def _origin(trial: Trial) -> str:
    return "–" if not trial.model else trial.name if trial.name != trial.model else "Optimiser"


def _ordered(now: Leaderboard, *, labelled: bool) -> list[Trial]:
    def place(trial: Trial) -> tuple[int, float, int]:
        if trial.value is not None:
            return 0, -trial.value if labelled else float(trial.rank or 0), trial.number
        return {"running": 1, "paused": 1, "queued": 2}.get(trial.state, 3), 0.0, trial.number

    return sorted(now.trials, key=place)


def _shown(trial: Trial) -> float | None:
    if trial.value is not None:
        return trial.value
    return trial.signals[-1][1] if trial.signals else None
