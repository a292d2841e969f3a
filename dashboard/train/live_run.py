"""A run while it trains, and its result: the run store is read again and again.

Nothing here talks to a worker: whoever opens the address later, or elsewhere, sees the same. The view is a fragment
that runs by itself only while the run is active; its parts keep their places and heights while their figures change.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.modalities.nouns import ROWS, Nouns
from core.results.finished_run import has_scores
from dashboard import format, theme
from dashboard.components import run_words
from dashboard.components.headline import headline
from dashboard.components.notes_list import notes_list
from dashboard.components.show import show
from dashboard.format import Markdown, plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import page_url
from dashboard.state.kind import nouns_for
from dashboard.train.run_controls import controls

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.store.records import Run

CHART_HEIGHT = 360
FRESH = "live.fresh"
"""Set in the session by whoever has just started a run."""
_KEPT = "live.epochs"


def live_run(run: "Run") -> None:
    """Draw a run; while it is active the view follows it by itself."""
    seconds = pace(run)
    st.fragment(_view, run_every=seconds)(run.id, seconds, [run])


def pace(run: "Run", now: datetime | None = None) -> float | None:
    """Seconds between two looks: quick at first, slower for long runs and waiting ones, None for ended ones."""
    if not run.active:
        return None
    if run.state != "running" or run.started_at is None:
        return 1.0
    age = ((now or datetime.now(UTC)) - run.started_at).total_seconds()
    return 0.5 if age < 60 else 1.0 if age < 600 else 2.0


def epochs_of(run: "Run") -> list[dict[str, Any]]:
    """Every epoch so far; only those that are new since the last look are read."""
    mark, records = st.session_state.get(_KEPT, (None, []))
    if mark != (run.id, run.attempt):
        # Another attempt goes on from a checkpoint and writes some epochs again.
        mark, records = (run.id, run.attempt), []
    after = int(records[-1]["epoch"]) if records else -1
    records = [*records, *cache.workspace().store.epochs(run.id, after=after)]
    st.session_state[_KEPT] = (mark, records)
    return records


def best(records: Sequence[Mapping[str, Any]]) -> int | None:
    """The epoch with the lowest validation loss so far."""
    marked = [int(r["epoch"]) for r in records if r.get("best")]
    return marked[-1] if marked else None


def what_to_try(reason: str, says: Nouns = ROWS) -> str:
    """Advice that fits the reason of a failure."""
    lower = reason.lower()
    if "inside the program" in lower:
        return "Another preset may work meanwhile; what was entered is kept with the clone."
    if "finite" in lower or "nan" in lower:
        return "A smaller learning rate, or a limit on the gradient (gradient clip 1), usually helps."
    if "memory" in lower or "killed" in lower or "died" in lower:
        return says("A smaller batch, a smaller network or fewer columns need less memory.", parts=True)
    if "column" in lower or "label" in lower or "rows" in lower:
        return "Look at the columns' roles and the split on the Data page."
    return "Change the settings that the sentence names and train again."


def _view(run_id: str, seconds: float | None, first: "list[Run]") -> None:
    again = not first
    run = cache.run(run_id) if again else first.pop()
    if run is None:
        st.rerun(scope="app")
    records, snapshots = epochs_of(run), cache.workspace().store.snapshots(run.id)
    _header(run)
    with st.container(key="live_status", gap="small"):
        if run.active:
            # Below the buttons, whose hints come up above them.
            controls(run, _rate(run, records))
            _progress(run, records)
            _figures(run, records, snapshots)
        else:
            _outcome(run)
    if records or run.active:
        _charts(run, records, snapshots)
    fresh = again and st.session_state.pop(FRESH, False)
    # It ended, or shall be looked at more or less often: draw the page with another clock. Once after the start, too: a
    # look that comes while the form's last click is still at work can leave parts of the form standing. Last of all,
    # because a button knows only in this very look that it was pressed.
    if fresh or pace(run) != seconds:
        st.rerun(scope="app")


def _header(run: "Run") -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="live_header"):
        st.markdown(f"### {plain(run.name)}", width="content", anchors=False)
        _, label = run.state, run_words.state_words(run)
        st.badge(label, color=_badge_colour(run.state), icon=run_words.symbol(run.state))
    parts = [plain(run.dataset_name), plain(run_words.recipe_words(run))]
    device = (run.result or {}).get("device")
    if device:
        parts.append(plain(device.upper()))
    parts.append(f"started {format.ago(run.started_at)}" if run.started_at else f"created {format.ago(run.created_at)}")
    st.caption(" · ".join(parts))


def _badge_colour(run_state: str) -> Any:
    colour = run_words.colour(run_state)
    return "primary" if colour == "primary" else colour


def _progress(run: "Run", records: Sequence[Mapping[str, Any]]) -> None:
    st.progress(run_words.share(run), text=progress_sentence(run, records))


def progress_sentence(run: "Run", records: Sequence[Mapping[str, Any]]) -> Markdown:
    """Where the run is, in a line: epoch, speed and time left, or what it waits for."""
    says = nouns_for(run)
    if run.state == "queued":
        place = run_words.position(run, cache.workspace().store.runs(limit=200))
        ahead = format.plural(place - 1, "run") if place > 1 else ""
        queued = f"Queued behind {ahead}; it starts by itself" if ahead else "Queued; it starts in a moment"
        # Why it waits again: it was resumed, or its worker died.
        return f"{queued}. {plain(run.reason)}" if run.reason else queued
    epochs = int(run.progress.get("epochs") or 0)
    parts = [f"Epoch {min(run_words.epochs_done(run), epochs):,} of {epochs:,}"] if epochs else []
    if run.state == "paused":
        return f"{parts[0]} · paused; resume at any time" if parts else "Paused; resume at any time"
    if run.progress.get("phase") not in {"training", None, ""}:
        return run_words.state_words(run) + " …"
    if not parts:
        return "Preparing the data …"
    if run.progress.get("rows_per_second"):
        parts.append(says(f"{float(run.progress['rows_per_second']):,.0f} rows/s"))
    left = run_words.seconds_left(run, records)
    if left is not None:
        parts.append(f"{format.duration(round(left))} left at most" if left >= 1 else "almost there")
    return " · ".join(parts)


def _rate(run: "Run", records: Sequence[Mapping[str, Any]]) -> float:
    return float(records[-1]["learning_rate"]) if records else run.recipe.training.learning_rate


def _asked_rate(run: "Run") -> float | None:
    """The learning rate that a run which waits was given meanwhile; None where it goes on with what it had."""
    if run.state != "paused":
        return None
    asked = [c.value for c in cache.workspace().store.open_commands(run.id) if c.kind == "learning_rate"]
    return float(asked[-1]) if asked else None


def _figures(run: "Run", records: Sequence[Mapping[str, Any]], snapshots: Sequence[Mapping[str, Any]]) -> None:
    """The newest numbers; a dash holds the place of what is not there yet."""
    says = nouns_for(run)
    from dashboard.charts.loss import total

    last = records[-1] if records else {}
    columns = st.container(key="live_figures").columns(4)
    columns[0].metric("Training loss", format.number(total(last.get("train")), 4))
    found = best(records)
    columns[1].metric(
        "Validation loss",
        format.number(total(last.get("validation")), 4),
        help=links.more(
            says("On rows that the network does not learn from.") + (f" Best at epoch {found}." if found else ""),
            "metrics",
            "loss",
        ),
    )
    asked = _asked_rate(run)
    columns[2].metric(
        "Learning rate",
        f"{_rate(run, records) if asked is None else asked:.3g}",
        None if asked is None else "from the next epoch",
        delta_color="off",
        delta_arrow="off",
    )
    auroc = snapshots[-1].get("auroc") if snapshots else None
    columns[3].metric(
        "AUROC so far",
        format.number(auroc, 3),
        help=links.more(
            says("On a fixed sample of the labelled rows.")
            if auroc is not None
            else says("Needs labelled rows of both kinds."),
            "metrics",
            "auroc",
        ),
    )


def _charts(run: "Run", records: Sequence[Mapping[str, Any]], snapshots: Sequence[Mapping[str, Any]]) -> None:
    says = nouns_for(run)
    from dashboard.charts.snapshot import sentence

    newest = int(records[-1]["epoch"]) if records else 0
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="live_loss_box", height=CHART_HEIGHT + 48, border=False, gap="xsmall"):
        log = st.toggle(
            "Logarithmic",
            value=True,
            key="live.log",
            help=links.more("Shows small improvements late in training.", "pages", "a-run-while-it-trains"),
        )
        kept = None if run.active else _kept_epoch(run, records)
        figure = _loss(run.id, run.attempt, newest, log, kept, run.active, theme.is_dark(), records)
        show(figure, "live_loss", run.name, alt=f"Loss per epoch, {len(records)} epochs")
    with right, st.container(key="live_snapshot_box", height=CHART_HEIGHT + 48, border=False, gap="xsmall"):
        st.caption(says("By class where rows are labelled; refreshed every few epochs."))
        subtitle = sentence(snapshots[-1], says) if snapshots else "The first one comes after a few epochs"
        figure = _snapshot(run.id, run.attempt, len(snapshots), subtitle, theme.is_dark(), says, snapshots)
        show(figure, "live_snapshot", run.name, alt=f"Histogram of reconstruction errors. {subtitle}")


@st.cache_resource(show_spinner=False, max_entries=32)
def _loss(
    run_id: str, attempt: int, newest: int, log: bool, kept: int | None, live: bool, dark: bool, _records: Any
) -> "go.Figure":
    """The figure as of an epoch: most looks find no new one, and everybody who watches a run sees the same."""
    from dashboard.charts.loss import loss_figure

    return loss_figure(_records, log=log, best_epoch=kept, live=live, height=CHART_HEIGHT)


@st.cache_resource(show_spinner=False, max_entries=32)
def _snapshot(
    run_id: str, attempt: int, count: int, subtitle: str, dark: bool, _says: Nouns, _snapshots: Any
) -> "go.Figure":
    from dashboard.charts.snapshot import snapshot_figure

    return snapshot_figure(_snapshots, says=_says, subtitle=subtitle, height=CHART_HEIGHT)


def _kept_epoch(run: "Run", records: Sequence[Mapping[str, Any]]) -> int | None:
    """The epoch whose weights the run has; None where it kept none."""
    kept = (run.result or {}).get("best_epoch")
    if kept is not None:
        return int(kept)
    return best(records) if run.state in {"done", "stopped"} else None


def _outcome(run: "Run") -> None:
    """What an ended run came to, and the ways on from here."""
    if run.state == "failed":
        st.error(
            f"{plain(run.reason or 'The run failed without a reason.')}  \n{what_to_try(run.reason, nouns_for(run))}",
            icon=":material/error:",
        )
    elif run.state == "cancelled":
        st.info(plain(run.reason or "The run was cancelled; no model was kept."), icon=":material/cancel:")
    scored = has_scores(cache.workspace(), run)
    if scored:
        headline(run, "live_headline")
    notes_list(cache.run_notes(run), "live_notes")
    with st.container(horizontal=True, key="live_next"):
        if scored and st.button(
            "Explore",
            type="secondary" if run.state == "failed" else "primary",
            icon=":material/insights:",
            key="live.explore",
        ):
            page_url.go("explore", run=run.id)
        primary = "primary" if run.state == "failed" else "secondary"
        if st.button("Clone and change", icon=":material/content_copy:", key="live.clone", type=primary):
            page_url.go("train", dataset=run.dataset_id, clone=run.id)
