"""Samples of a run as their kind of data draws them: as they are, and beside what was expected of them."""

from typing import TYPE_CHECKING

from core import catalogue
from core.explain.stored import stored_explanation
from core.modalities.recognise import modality_of
from dashboard.components.markup import markup
from dashboard.explore import explore_address as address
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun

if TYPE_CHECKING:
    from core.explain.explanation import Explanation
    from core.modalities.contract import Renderer


def draws(run: SharedRun) -> bool:
    """Whether a sample has a picture of its own; of a row of a table its columns say as much."""
    return modality_of(run.recipe.modality).draws_samples


def axes(run: SharedRun) -> tuple[str, ...]:
    """The axes of a unit."""
    return modality_of(run.recipe.modality).axes


def scores(run: SharedRun, *chosen: str) -> list[str]:
    """The scores that read the run's units, and those that were chosen all the same."""
    fitting = catalogue.scores(axes(run))
    return [*fitting, *(kind for kind in chosen if kind not in fitting)]


def projections(run: SharedRun, *chosen: str) -> list[str]:
    """The maps that lay out the codes of the run's units, and those that were chosen all the same."""
    fitting = catalogue.projections(axes(run))
    return [*fitting, *(name for name in chosen if name not in fitting)]


def compared(run: SharedRun, explanation: "Explanation") -> None:
    """Draw what a sample is beside what was expected of it."""
    markup(_renderer(run).compare(explanation), key="sample_compared")


def preview(run: SharedRun, row: int) -> None:
    """Draw a sample as it is.

    Raises
    ------
    DataError
        When it is not there any more.
    """
    markup(_renderer(run).preview(run.samples, row), key="sample_preview")


def stored(run: SharedRun, row: int) -> "Explanation":
    """What the run stored of a sample, or what a worker finds of one that it stored nothing of.

    Raises
    ------
    DataError
        When nobody can explain it.
    """
    known = run.rows.one(row) or {}
    return stored_explanation(shared_run.explanation(run, row), {"row": row, **known}, address.cut(run).threshold)


def _renderer(run: SharedRun) -> "Renderer":
    return modality_of(run.recipe.modality).renderer()
