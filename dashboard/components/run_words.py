"""A run in words: its state, its progress and the time left. Pure functions of a run's record."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dashboard import format
from dashboard.format import Markdown
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.store.records import Run

_STATES = {
    "queued": ("gray", ":material/schedule:", "Queued"),
    "running": ("primary", ":material/play_circle:", "Training"),
    "paused": ("orange", ":material/pause_circle:", "Paused"),
    "stopped": ("blue", ":material/stop_circle:", "Stopped, best kept"),
    "cancelled": ("gray", ":material/cancel:", "Cancelled"),
    "failed": ("red", ":material/error:", "Failed"),
    "done": ("green", ":material/check_circle:", "Done"),
}
_PHASES = {"preparing": "Preparing the data", "scoring": "Scoring every row", "saving": "Saving"}


def colour(state: str) -> str:
    """The name of the colour in which Streamlit's Markdown writes a state."""
    return _STATES[state][0]


def icon(state: str) -> Markdown:
    """The state's symbol in its colour; the shapes differ, so that colour is not needed to tell them apart."""
    name, symbol, _ = _STATES[state]
    return f":{name}[{symbol}]"


def symbol(state: str) -> Markdown:
    """The state's symbol without its colour."""
    return _STATES[state][1]


def state_words(run: "Run") -> Markdown:
    """The state as a word or two; while running, what it is doing."""
    if run.state == "running":
        return nouns_for(run)(_PHASES.get(str(run.progress.get("phase", "")), _STATES["running"][2]))
    return _STATES[run.state][2]


def state_label(state: str) -> Markdown:
    """The state as a table shows it."""
    return {"stopped": "Stopped"}.get(state, _STATES[state][2])


def share(run: "Run") -> float:
    """How much of the training is done, 0 to 1; early stopping may end it sooner."""
    if run.state == "done":
        return 1.0
    epochs = float(run.progress.get("epochs") or 0)
    if not epochs:
        return 0.0
    if run.progress.get("phase") in {"scoring", "saving", "done"}:
        return 1.0
    batches = float(run.progress.get("batches") or 0)
    within = min(1.0, float(run.progress.get("batch") or 0) / batches) if batches else 0.0
    return min(1.0, max(0.0, (epochs_done(run) + within) / epochs))


def epochs_done(run: "Run") -> int:
    """Whole epochs behind the run."""
    return max(0, int(run.progress.get("epoch") or 0))


def seconds_left(run: "Run", records: Sequence[Mapping[str, Any]]) -> float | None:
    """Until the last epoch, at the pace of the newest ones; None while there is no pace to go by."""
    paces = [float(r["seconds"]) for r in records[-10:] if r.get("seconds")]
    epochs = int(run.progress.get("epochs") or 0)
    if not paces or not epochs or run.state != "running":
        return None
    return (1 - share(run)) * epochs * sum(paces) / len(paces)


def position(run: "Run", queue: Sequence["Run"]) -> int:
    """The run's place among those that wait, 1 for the next."""
    waiting = sorted((r for r in queue if r.state == "queued"), key=lambda r: (r.created_at, r.id))
    return next((place for place, r in enumerate(waiting, 1) if r.id == run.id), 1)


def recipe_words(run: "Run") -> str:
    """Preset and variant: "Recommended · dense"."""
    return " · ".join(part for part in (run.recipe.preset, run.recipe.model) if part)


def took(run: "Run") -> float | None:
    """Seconds from its start to its end; the result knows better than the clock of the wall."""
    if run.result and run.result.get("seconds") is not None:
        return float(run.result["seconds"])
    if run.started_at is None or run.finished_at is None:
        return None
    return (run.finished_at - run.started_at).total_seconds()


def one_line(run: "Run") -> str:
    """What the compact list says beside the name."""
    if run.state in {"running", "paused"}:
        return format.percent(share(run)) + (", paused" if run.state == "paused" else "")
    if run.state in {"done", "stopped"} and run.result and run.result.get("auroc") is not None:
        return f"{float(run.result['auroc']):.3f}"
    if run.state in {"done", "stopped"}:
        return format.ago(run.finished_at)
    return _STATES[run.state][2].lower()
