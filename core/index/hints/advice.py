"""What speaks against training on a dataset as it is, each with a remedy; measured, not guessed from names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import DataError
from core.index.hints.looks import LOOKS, Advice, Case
from core.index.labels import read_labels
from core.modalities.nouns import ROWS, Nouns
from core.recipe import Recipe

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table


def advise(
    table: Table, schema: Schema, recipe: Recipe | None = None, *, says: Nouns = ROWS, reads_columns: bool = True
) -> tuple[Advice, ...]:
    """Everything worth a look before training, warnings first.

    Parameters
    ----------
    table, schema
        The dataset.
    recipe
        What is going to be trained; the defaults when None.
    says
        The words of the kind of data.
    reads_columns
        Whether a network reads the columns; else they are what is known beside the content.
    """
    from core.index.split import split_rows

    recipe = recipe or Recipe()
    split, error = None, ""
    try:
        split = split_rows(table, schema, recipe.split, recipe.seed)
    except DataError as problem:
        error = str(problem)
    case = Case(table, schema, recipe, read_labels(table, schema), split, error, says, reads_columns)
    found = [_said(says, advice) for look in LOOKS for advice in look(case)]
    return tuple(sorted(found, key=lambda advice: advice.level != "warning"))


def _said(says: Nouns, advice: Advice) -> Advice:
    return replace(advice, title=says(advice.title), text=says(advice.text), remedy=says(advice.remedy))


__all__ = ["Advice", "advise"]
