"""The selection that a report was made with: a band of scores, a cell of the confusion matrix, an area of the map."""

from __future__ import annotations

import numpy as np

from core.export.context import ReportContext
from core.scoring.chosen import CELLS, Chosen, inside
from core.words import number


def chips(context: ReportContext) -> list[str]:
    """What is selected, in words; empty for nothing."""
    view = context.view
    said = []
    if view.area:
        said.append("Drawn around in the map of the latent space")
    if view.band:
        said.append(f"Score above {number(view.band[0], 4)}, at most {number(view.band[1], 4)}")
    if view.cell in CELLS and context.labelled:
        said.append(CELLS[view.cell][0])
    return said


def chosen(context: ReportContext) -> Chosen:
    """The selection as the run's rows understand it."""
    view, choice = context.view, Chosen()
    if view.band:
        choice &= Chosen(*view.band)
    if view.cell in CELLS and context.labelled:
        _, label, flagged = CELLS[view.cell]
        threshold = context.threshold
        choice &= Chosen(low=threshold, label=label) if flagged else Chosen(high=threshold, label=label)
    places = context.rows.latent() if view.area else None
    if places is not None:
        within = inside(places["x"].to_numpy(), places["y"].to_numpy(), view.area)
        choice &= Chosen(rows=places["row"].to_numpy(np.int64)[within])
    return choice
