"""The split that a dataset is trained with: what the user chose for it, else what its columns and files suggest.

The one place that decides it, for the pages, the command line and a search alike. What was chosen is stored with the
dataset (in its report), so that another browser finds it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.errors import AnomalensError
from core.modalities import MODALITIES
from core.params import build, to_dict
from core.presets import PRESETS
from core.recipe import Recipe, SplitConfig, divided_in_time

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset
    from core.store.runs import Store

_PLACE = "split"


def saved(dataset: Dataset) -> tuple[SplitConfig, int] | None:
    """The split and its seed as the user chose them; None when the user has chosen nothing."""
    stored = dataset.report.get(_PLACE)
    if not isinstance(stored, Mapping):
        return None
    try:
        return build(SplitConfig, stored["config"]), int(stored["seed"])
    except (AnomalensError, KeyError, TypeError, ValueError):
        return None


def suggested(dataset: Dataset, schema: Schema) -> SplitConfig:
    """What the data themselves suggest: a second file, a split column, half of the normals, else at random.

    Samples that follow each other in time are divided in time, with the shares of the preset to start from.
    """
    if dataset.test_rows:
        found = SplitConfig(kind="file")
    elif schema.split:
        found = SplitConfig(kind="column", column=schema.split)
    else:
        found = SplitConfig(kind="normals" if schema.labelled else "random")
    if not is_in_time(dataset.modality):
        return found
    own = [preset for _, preset in PRESETS.items() if preset.recipe.modality == dataset.modality]
    start = min(own, key=lambda preset: preset.order).recipe.split if own else found
    return divided_in_time(replace(start, kind=found.kind, column=found.column))


def is_in_time(modality: str) -> bool:
    """Whether samples of a kind of data follow each other in time."""
    return modality in MODALITIES and MODALITIES[modality].in_time


def current(dataset: Dataset, schema: Schema) -> tuple[SplitConfig, int]:
    """The user's choice, else what the data suggest, with the seed."""
    return saved(dataset) or (suggested(dataset, schema), 0)


def for_dataset(recipe: Recipe, dataset: Dataset, schema: Schema) -> Recipe:
    """A preset's recipe with the split and seed that a dataset is trained with where nobody says otherwise."""
    return fitted_to(recipe, suggested(dataset, schema), saved(dataset))


def fitted_to(recipe: Recipe, suggested: SplitConfig, chosen: tuple[SplitConfig, int] | None) -> Recipe:
    """The recipe with the split and seed of a dataset.

    Parameters
    ----------
    suggested
        What the data suggest; it gives way to a preset that divides the rows in a way of its own.
    chosen
        What the user chose for the dataset, with the seed; it holds for every preset.
    """
    if chosen is not None:
        return replace(recipe, split=chosen[0], seed=chosen[1])
    if is_in_time(recipe.modality):
        # Its presets are all divided in time; a column or a second file says where.
        return replace(recipe, split=replace(recipe.split, kind=suggested.kind, column=suggested.column))
    if recipe.split.kind != SplitConfig().kind:
        return recipe
    return replace(recipe, split=replace(recipe.split, kind=suggested.kind, column=suggested.column))


def choose(store: Store, dataset_id: str, config: SplitConfig, seed: int) -> None:
    """Remember the user's choice with the dataset."""
    report: dict[str, Any] = dict(store.dataset(dataset_id).report)
    report[_PLACE] = {"config": to_dict(config), "seed": seed}
    store.update_dataset(dataset_id, report=report)


def forget(store: Store, dataset_id: str) -> None:
    """Go back to what the data suggest."""
    report = {name: value for name, value in store.dataset(dataset_id).report.items() if name != _PLACE}
    store.update_dataset(dataset_id, report=report)
