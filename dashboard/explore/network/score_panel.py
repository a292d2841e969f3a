"""The choice of the score: what the page is about can be judged in another way without training again.

A score that was never asked for is computed by a worker; until it is there the page goes on showing the run's own.
"""

from dataclasses import replace

import streamlit as st

from core.jobs.derived.score import DerivedScore
from core.recipe import ScoreConfig
from core.scores import SCORES
from dashboard.components.score_line import shown_score_line
from dashboard.explore import shared_run
from dashboard.explore.panels import samples
from dashboard.explore.shared_run import SharedRun
from dashboard.format import plain
from dashboard.help import links
from dashboard.server import derived
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for

LOOK_SECONDS = 0.5
SCALES = {
    "none": ("As it is", ""),
    "minmax": ("Min-max", "0 and 1 are the lowest and the highest training row."),
    "threshold": ("0 to 1", "0.5 is the threshold, 1 is twice as far and beyond."),
    "probability": ("Probability", "0.99: one ordinary row in a hundred scores higher, by a tail fitted to them."),
    "rank": ("Rank", "0.99: one training row in a hundred scores higher; beyond the highest it goes on towards 1."),
}
"""The title of each scale, and what its numbers say."""
ALONE = "none"


def score_panel(run: SharedRun) -> None:
    """Draw the choice, and what the chosen score is good at."""
    own, name = run.recipe.score, shared_run.wanted_score()
    chosen = ScoreConfig.from_name(name) if name else own
    with st.container(border=True, key="explore_score_card", gap="small"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="explore_score_controls"):
            _kind(run, chosen, own)
            _beside(run, chosen)
            _scale(run, chosen)
            st.button(
                "",
                key="explore_score_reset",
                on_click=_choose,
                args=(run, ""),
                type="tertiary",
                icon=":material/undo:",
                disabled=not name,
                help=links.more("Back to the score that the run was trained with.", "pages", "the-score"),
            )
        st.caption(nouns_for(run)(_words(chosen), parts=True))


def score_line(run: SharedRun) -> None:
    """Say which score the page is about where it is not the run's own, and how far it is while it is computed."""
    own, name = run.recipe.score, shared_run.wanted_score()
    if name == own.name:
        # A link may name what is there already.
        page_url.set_params(score=None)
        name = ""
    if not name or not _pending(run, name):
        shown_score_line(run)


def _kind(run: SharedRun, chosen: ScoreConfig, own: ScoreConfig) -> None:
    says = nouns_for(run)
    kinds = samples.scores(run, chosen.kind)
    st.selectbox(
        "Score",
        kinds,
        index=kinds.index(chosen.kind),
        format_func=lambda kind: SCORES[kind].title + (" (of the run)" if kind == own.kind else ""),
        key=widget_sync.key("explore_score_kind", chosen.kind),
        on_change=_changed,
        args=(run, chosen),
        width=255,
        help=links.more(
            says(
                "How far a row is from what the network learnt. Another score is computed without training again:\n\n"
                + "\n".join(f"- **{SCORES[kind].title}**: {SCORES[kind].when}" for kind in kinds),
                parts=True,
            ),
            "scores",
        ),
    )


def _beside(run: SharedRun, chosen: ScoreConfig) -> None:
    says = nouns_for(run)
    beside = list(chosen.kinds[1:])
    st.multiselect(
        "Averaged with",
        [kind for kind in samples.scores(run, *beside) if kind != chosen.kind],
        default=beside,
        format_func=lambda kind: SCORES[kind].title,
        key=widget_sync.key("explore_score_beside", beside),
        on_change=_changed,
        args=(run, chosen),
        max_selections=3,
        placeholder="Nothing else",
        # Three chips, as the preset Recommended has them, are seen whole.
        width=480,
        help=links.more(
            says(
                "Scores are made comparable (their logarithms, in standard deviations over the training rows) and "
                "averaged: a row that any of them finds odd comes up."
            ),
            "scores",
            "averaging",
        ),
    )


def _scale(run: SharedRun, chosen: ScoreConfig) -> None:
    says = nouns_for(run)
    st.selectbox(
        "Scale",
        list(SCALES),
        index=list(SCALES).index(chosen.normalise),
        format_func=lambda scale: SCALES[scale][0],
        key=widget_sync.key("explore_score_scale", chosen.normalise),
        on_change=_changed,
        args=(run, chosen),
        width=170,
        help=links.more(
            says(
                "The numbers in which the score is told. No scale changes the order of the rows.\n\n"
                + "\n".join(f"- **{title}**: {words}" for title, words in SCALES.values() if words)
            ),
            "scores",
            "scales",
        ),
    )


def _words(chosen: ScoreConfig) -> str:
    """What the score is good at, what its numbers say, and what the columns' shares are."""
    said = [f"**{SCORES[kind].title}.** {SCORES[kind].when}" for kind in chosen.kinds]
    if SCALES[chosen.normalise][1]:
        said.append(SCALES[chosen.normalise][1])
    elif len(chosen.kinds) > 1:
        said.append("0 is a usual row, 1 is a standard deviation above.")
    if len(chosen.kinds) == 1:
        said.append(SCORES[chosen.kind].because)
    return " ".join(said)


def _pending(run: SharedRun, name: str) -> bool:
    """Whether the score is not there yet: its progress is drawn, or why it failed."""
    now = derived.follow(run.id, DerivedScore(name))
    if now.ready:
        return False
    if now.problem:
        with st.container(horizontal=True, vertical_alignment="center", key="explore_score_problem"):
            st.warning(
                f"This score could not be computed; the page shows the run's own. {plain(now.problem)}",
                icon=":material/warning:",
            )
            st.button("Try again", key="explore_score_again", on_click=derived.begin, args=(run.id, DerivedScore(name)))
        return True
    if now.cancelled:
        with st.container(horizontal=True, vertical_alignment="center", key="explore_score_cancelled"):
            st.caption("This score was cancelled before it was there; the page shows the run's own.", width="content")
            st.button(
                "Compute it", key="explore_score_begin", on_click=derived.begin, args=(run.id, DerivedScore(name))
            )
        return True
    st.fragment(_progress, run_every=LOOK_SECONDS)(run, name, now.share)
    return True


def _progress(run: SharedRun, name: str, share: float) -> None:
    says = nouns_for(run)
    now = derived.follow(run.id, DerivedScore(name))
    if not now.running:
        st.rerun(scope="app")
    done = max(share, now.share)
    with st.container(horizontal=True, vertical_alignment="center", key="explore_score_progress"):
        st.progress(
            done, text=says(f"Scoring every row anew, {done:.0%} done. Until then the page shows the run's own score.")
        )
        st.button(
            "Cancel",
            key="explore_score_cancel",
            icon=":material/close:",
            on_click=_cancel,
            args=(run, name),
            help=links.more(
                "Ends the computation and keeps nothing of it. The page goes back to the run's own score.",
                "pages",
                "the-score",
            ),
        )


def _cancel(run: SharedRun, name: str) -> None:
    derived.cancel(run.id, DerivedScore(name))
    _choose(run, "")


def _changed(run: SharedRun, chosen: ScoreConfig) -> None:
    kind = widget_sync.value("explore_score_kind", chosen.kind)
    others = [name for name in widget_sync.value("explore_score_beside", list(chosen.kinds[1:])) if name != kind]
    beside, third, fourth = [*others, ALONE, ALONE, ALONE][:3]
    scale = widget_sync.value("explore_score_scale", chosen.normalise)
    _choose(run, replace(chosen, kind=kind, beside=beside, third=third, fourth=fourth, normalise=scale).name)


def _choose(run: SharedRun, name: str) -> None:
    """Put a score into the address; the threshold follows from the run's rule, and the table begins at its top."""
    if name and derived.status(run.id, DerivedScore(name)).cancelled:
        # Cancelled once, it is computed when it is chosen again.
        derived.begin(run.id, DerivedScore(name))
    page_url.set_params(score=name, rule=None, threshold=None, page=None)
    # Another score is another page, wherever it was chosen.
    st.rerun(scope="app")
