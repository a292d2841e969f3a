"""From a command's options to a recipe, with a near miss for every name that does not exist."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import ConfigError, UnknownNameError
from core.index import chosen_split
from core.modalities import MODALITIES
from core.modalities.nouns import nouns_of
from core.params import describe
from core.recipe import NOT_IN_TIME, TABULAR, Recipe, section_classes

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset

SPLITS = ("normals", "random", "chronological")
_BARE = ("members", "seed", "device")


def chosen_recipe(
    preset: str,
    model: str,
    assignments: Sequence[str],
    *,
    seed: int | None = None,
    device: str = "",
    modality: str = TABULAR,
) -> Recipe:
    """The recipe of a preset or a model for a kind of data, with single settings changed.

    Raises
    ------
    ConfigError
        For both at once, a setting that is no ``key=value``, or a value out of range.
    UnknownNameError
        For a preset, model or setting that does not exist.
    """
    from core import catalogue

    if preset and model:
        raise ConfigError("--preset and --model both say where to start. Give one of them.")
    recipe = (_model_recipe(model) if model else _preset_recipe(preset, modality)).on(modality)
    if changes := dict(_pair(assignment) for assignment in assignments):
        _check_names(changes, recipe)
        if {"epochs", "training.epochs"} & changes.keys() and not {"steps", "training.steps"} & changes.keys():
            # A preset's number of steps would silently win over the epochs that were asked for.
            changes["training.steps"] = "0"
        recipe = recipe.with_set(changes)
    # Before anything is read and kept: also a network or a score that reads another kind of data.
    catalogue.check(recipe)
    overrides = {key: value for key, value in (("seed", seed), ("device", device)) if value not in (None, "")}
    return recipe.with_set(overrides)


def check_device(name: str) -> None:
    """Say before anything is read when this machine does not have the device.

    Raises
    ------
    ConfigError
        Names those that it has.
    """
    if name not in {"", "auto", "cpu"}:
        from core.runtime import resolve_device

        resolve_device(name)


def with_split(recipe: Recipe, split: str, dataset: "Dataset", schema: "Schema", *, said: bool = False) -> Recipe:
    """The recipe with the split that was asked for, else with the one that the page would take for the dataset.

    Parameters
    ----------
    split
        One of the words, or the column that names the parts; empty to go by what the data suggest.
    said
        Whether the recipe's own split was asked for, by a setting.

    Raises
    ------
    ConfigError
        When a second file says already what is judged, or the split needs labels that are not there.
    UnknownNameError
        When there is no such word and no such column.
    """
    if dataset.test_rows and split:
        raise ConfigError(f"The second file says already which rows are judged. Leave out --split {split}.")
    if dataset.test_rows:
        return replace(recipe, split=replace(recipe.split, kind="file"))
    if not split and not said:
        return chosen_split.for_dataset(recipe, dataset, schema)
    if split == "normals" and not schema.labelled:
        raise ConfigError("--split normals needs to know which rows are normal. Name the label column: --label COL")
    if split in NOT_IN_TIME and chosen_split.is_in_time(dataset.modality):
        samples = nouns_of(dataset.modality).samples.capitalize()
        raise ConfigError(
            f"{samples} follow each other in time and are divided in time only. "
            f"Got --split {split}. Choose chronological, a column that names the parts, or a second file."
        )
    if split in SPLITS:
        return replace(recipe, split=replace(recipe.split, kind=split))
    if split:
        columns = [column.name for column in schema.columns]
        if split not in columns:
            raise unknown("split or column", split, [*SPLITS, *columns])
        return replace(recipe, split=replace(recipe.split, kind="column", column=split))
    return recipe


def unknown(kind: str, name: str, known: Iterable[str], otherwise: str = "") -> UnknownNameError:
    """The error for a name that does not exist; its remedy is the most similar one that does, or else all of them."""
    spellings = {spelling.casefold(): spelling for spelling in known}
    found = difflib.get_close_matches(name.casefold(), spellings, n=1, cutoff=0.6)
    remedy = (
        f"Did you mean {spellings[found[0]]!r}?" if found else otherwise or f"Known: {', '.join(spellings.values())}."
    )
    return UnknownNameError(f"There is no {kind} called {name!r}. {remedy}")


def _preset_recipe(name: str, modality: str) -> Recipe:
    from core import catalogue

    if not name:
        return catalogue.starting_points(modality)[0].recipe
    known = {preset.name.casefold(): preset for preset in catalogue.presets()}
    if preset := known.get(name.casefold()):
        offered = catalogue.starting_points(modality) if catalogue.models(MODALITIES[modality].axes) else []
        fitting = [one.name for one in offered if one.recipe.preset]
        if preset.name not in fitting:
            raise ConfigError(
                f"The preset {preset.name!r} is for another kind of data than {nouns_of(modality).samples}. Choose "
                f"among {', '.join(fitting)}, or leave it out."
                if fitting
                else f"The preset {preset.name!r} is for another kind of data than {nouns_of(modality).samples}, for "
                "which there is none yet. Leave it out."
            )
        return preset.recipe
    raise unknown("preset", name, [preset.name for preset in known.values()])


def _model_recipe(name: str) -> Recipe:
    from core import catalogue

    names = [model.name for model in catalogue.models()]
    if name not in names:
        raise unknown("model", name, names)
    return Recipe.from_dict({"model": name})


def _pair(assignment: str) -> tuple[str, str]:
    key, equals, value = assignment.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {assignment} must have the form key=value, such as --set training.epochs=50.")
    return key.strip(), value.strip()


def _check_names(changes: Iterable[str], recipe: Recipe) -> None:
    from core import catalogue

    classes = section_classes(recipe.modality)
    sections = {name: [param.name for param in describe(section)] for name, section in classes.items()}
    sections["model"] = [param.name for param in catalogue.model(recipe.model).params]
    dotted = [f"{section}.{name}" for section, names in sections.items() for name in names]
    bare = [*_BARE, *(name for names in sections.values() for name in names)]
    for key in changes:
        if key not in dotted and key not in bare:
            raise unknown("setting", key, dotted if "." in key else bare, "See them all: anomalens models.")
