"""A run's pictures as the pages of this server share them, and in which order a gallery shows them."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import AnomalensError
from core.modalities.pictures import Pictures
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun

ORDERS = {"high": "Highest score", "low": "Lowest score", "near": "Nearest the threshold", "file": "As uploaded"}
"""The orders of a gallery."""
SHOWN = {
    "all": "All",
    "flagged": "Flagged",
    "missed": "Missed anomalies",
    "false": "False alarms",
    "judged": "With a verdict",
}
"""What a gallery shows."""
VERDICTS = {"anomaly": 2, "normal": 1, "unsure": 3}


def pictures(run: SharedRun) -> Pictures | None:
    """The pictures of a run; None where its samples are none, or are gone."""
    return _pictures(run) if run.has_dataset else None


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _pictures(run: SharedRun) -> Pictures | None:
    if "height" not in run.modality.axes:
        return None
    try:
        return run.modality.pictures(run)
    except AnomalensError:
        # The dataset may be gone; what the run itself wrote is still worth showing.
        return None


def listed(
    run: SharedRun, threshold: float, parts: tuple[str, ...], order: str, shown: str, verdicts: dict[int, str]
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """The samples of a gallery in its order, and the verdict on each (0 is none)."""
    scored = run.scored
    score, label = scored.score, scored.label
    said = np.zeros(len(score), dtype=np.int8)
    for row, verdict in verdicts.items():
        if row < len(said):
            said[row] = VERDICTS.get(verdict, 0)
    flagged = score > threshold
    within = scored.among(parts)
    within &= {
        "all": np.ones(len(score), dtype=bool),
        "flagged": flagged,
        "missed": ~flagged & (label == 1),
        "false": flagged & (label == 0),
        "judged": said > 0,
    }[shown if shown in SHOWN else "all"]
    ids = np.flatnonzero(within)
    key = {"high": -score[ids], "low": score[ids], "near": np.abs(score[ids] - threshold)}.get(order)
    return (ids if key is None else ids[np.argsort(key, kind="stable")]), said
