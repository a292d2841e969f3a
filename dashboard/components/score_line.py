"""Says which score a page is about where another than the run's own was chosen on Explore."""

import streamlit as st

from core.recipe import ScoreConfig
from core.results.finished_run import FinishedRun
from core.scores import SCORES
from dashboard.help import links
from dashboard.state import page_url


def shown_score_line(run: FinishedRun) -> None:
    """Name the score that the page shows; nothing where it is the run's own."""
    if not run.score:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="shown_score"):
        st.caption(f":material/info: By the score chosen on Explore: {title(run.score_config)}.")
        st.button(
            "Back to the run's own",
            key="shown_score_reset",
            type="tertiary",
            on_click=_reset,
            help=links.more(f"The run was trained with: {title(run.recipe.score)}.", "pages", "the-score"),
        )


def own_score_line(run: FinishedRun) -> None:
    """Say that the page is about the run's own score though another one was chosen."""
    name = page_url.score_name()
    if not name or name == run.recipe.score.name:
        return
    st.caption(
        f":material/info: Compared is the score that the run was trained with ({title(run.recipe.score)}), not the one "
        f"chosen on Explore ({title(ScoreConfig.from_name(name))}). To compare that one, clone the run and train it "
        "with it."
    )


def title(config: ScoreConfig) -> str:
    """A score in words: "Mean squared error and Whitened residual"."""
    return " and ".join(SCORES[kind].title for kind in config.kinds)


def _reset() -> None:
    # Thresholds and rows belong to the scale that was left.
    page_url.set_params(score=None, rule=None, threshold=None, row=None, page=None)
