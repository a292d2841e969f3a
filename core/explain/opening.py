"""The explainer of a finished run: that of its kind of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities.recognise import modality_of

if TYPE_CHECKING:
    from core.modalities.contract import Explainer
    from core.results.finished_run import FinishedRun


def explainer_of(run: FinishedRun) -> Explainer:
    """What answers why samples of a run have their scores.

    Raises
    ------
    DataError
        When the run kept no networks, or its dataset is not the one that it was trained on.
    """
    return modality_of(run.recipe.modality).explainer(run)
