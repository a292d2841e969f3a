"""The selection that a report was made with: scores, a cell of the matrix, an area, a family, filters, a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.explain.families.names import names_of, read_names, title_of, titles_of
from core.explain.families.stored import are_stored, folder_of, read_families
from core.export.context import ReportContext
from core.index.filters import condition, rows_where
from core.index.row_times import row_times
from core.projections.request import MapRequest
from core.projections.stored import read_places
from core.results.row_filter import CELLS, RowFilter
from core.words import number


def chips(context: ReportContext) -> list[str]:
    """What is selected, in words; empty for nothing."""
    view = context.view
    texts = []
    if view.area:
        texts.append("Drawn around in the map of the latent space")
    if view.band:
        texts.append(f"Score above {number(view.band[0], 4)}, at most {number(view.band[1], 4)}")
    if view.cell in CELLS and context.run.labelled:
        texts.append(CELLS[view.cell][0])
    return [*texts, *(words for words, _ in _listed(context))]


def _listed(context: ReportContext) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """The parts of the selection that list rows by what they are, each in words; what is gone meanwhile is left out."""
    view, run = context.view, context.run
    if view.family is not None:
        number_, threshold, parts = view.family
        folder = folder_of(run.id, run.score, threshold, parts)
        if are_stored(run.space.artifacts, folder):
            found = read_families(run.space.artifacts, folder)
            names = titles_of(found, names_of(found, read_names(run)))
            yield title_of(number_, names), found.rows_of(number_)
    if not run.has_samples:
        return
    table, schema = run.table, run.schema
    for one in view.where:
        try:
            asked = condition(list(one), schema)
            rows = rows_where(table, schema, [asked])
        except DataError:
            continue
        yield asked.words, rows
    times = row_times(table, schema, ordered=run.recipe.split.kind == "chronological") if view.time else None
    if times is not None and view.time is not None:
        yield times.words(*view.time), times.between(*view.time)


def row_filter(context: ReportContext) -> RowFilter:
    """The selection as the run's rows understand it."""
    view, choice = context.view, RowFilter()
    if view.band:
        choice &= RowFilter(*view.band)
    if view.cell in CELLS and context.run.labelled:
        _, label, flagged = CELLS[view.cell]
        threshold = context.threshold
        choice &= RowFilter(low=threshold, label=label) if flagged else RowFilter(high=threshold, label=label)
    if view.area:
        placed = read_places(context.run, MapRequest.from_text(view.projection))
        if placed is not None:
            choice &= RowFilter(rows=placed.row[placed.within(view.area)])
    for _, rows in _listed(context):
        choice &= RowFilter(rows=rows)
    return choice
