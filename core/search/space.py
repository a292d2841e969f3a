"""The search space (models, their settings and the settings around them), and a recipe's coordinates in it.

What of a model's settings is worth trying stands beside the setting, in the model's file (``search`` of
:func:`core.params.param`). Here are the few settings that every recipe has. Loads the networks, so it is for workers.
"""

import dataclasses
from collections.abc import Iterable
from typing import Any, Protocol

from core.modalities import MODALITIES
from core.models import MODELS
from core.params import Param, Searched, Value, among, between, describe, to_dict
from core.presets import PRESETS
from core.recipe import Recipe, ScoreConfig, TrainingConfig, section_classes
from core.scores import SCORES
from core.search.plan import SearchPlan

_BEFORE: dict[str, Searched] = {"members": among(1, 3)}
_AFTER: dict[str, Searched] = {
    "training.learning_rate": between(3e-4, 1e-2, log=True),
    "training.batch_size": among(64, 256),
    "training.steps": among(400, 800, 1600),
    "score.kind": among("mse", "mae", "whitened", "likelihood"),
    "score.beside": among("none", "local", "knn"),
    "score.third": among("none", "mixture"),
}
"""What is tried of the settings that every recipe has, of scores those that read the units.

The training is that of the preset Recommended."""

MODEL = "model"


class Suggester(Protocol):
    """Whoever chooses values: an Optuna trial."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """One of the choices."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number in the range."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number in the range."""


class Space:
    """The recipes that a search with a plan can try."""

    def __init__(self, plan: SearchPlan) -> None:
        self.plan = plan
        modality = MODALITIES[plan.modality]
        fitting = tuple(name for name, cls in MODELS.items() if cls.searched and cls.axes == modality.axes)
        self.models = plan.models or fitting
        encoding = {f"encoding.{p.name}": p.search for p in describe(modality.Config) if p.search is not None}
        self._axes = modality.axes
        self.around = _BEFORE | encoding | {name: self._fitting(name, searched) for name, searched in _AFTER.items()}
        """What is tried of the settings around a model."""

    def starts(self) -> list[Recipe]:
        """Presets of the plan's kind of data and models, best known first: at most half of the trials, at least one."""
        presets = sorted((p for _, p in PRESETS.items()), key=lambda p: (p.order, p.name))
        ours = (p.recipe for p in presets if p.recipe.modality == self.plan.modality)
        known = [recipe for recipe in ours if recipe.model in self.models and self._rates(recipe.score.kinds)]
        most = max(1, self.plan.most // 2) if self.plan.trials else len(known)
        return [self._own(recipe) for recipe in known[:most]]

    def _rates(self, kinds: Iterable[str]) -> bool:
        """Whether scores of these kinds read the units."""
        return all(SCORES[kind].fits_axes(self._axes) for kind in kinds)

    def _fitting(self, name: str, searched: Searched) -> Searched:
        """What is worth trying of a setting, of scores those that read the units."""
        if not name.startswith("score."):
            return searched
        return dataclasses.replace(
            searched, values=tuple(kind for kind in searched.values if kind not in SCORES or self._rates([str(kind)]))
        )

    def suggested(self, by: Suggester) -> Recipe:
        """The recipe that somebody chooses."""
        model = by.suggest_categorical(MODEL, self.models)
        settings = self._settings(model, by)
        recipe = Recipe(model=model, model_settings=settings, training=TRAINING, modality=self.plan.modality)
        narrowed = MODELS[model].searched_with
        score: dict[str, Any] = {}
        for name, searched in self.around.items():
            if name == "score.third" and score.get("beside", "none") == "none":
                continue
            allowed = narrowed.get(name)
            value = allowed[0] if allowed and len(allowed) == 1 else _suggest(by, name, searched, self._param(name))
            section, _, key = name.rpartition(".")
            if section == "score":
                score[key] = value
            else:
                recipe = recipe.with_set({name: value})
        # One after the other would pass through combinations that make no sense.
        return self._own(dataclasses.replace(recipe, score=dataclasses.replace(ScoreConfig(), **score)))

    def coordinates(self, recipe: Recipe) -> dict[str, tuple[Any, Searched, Param | None]]:
        """A recipe's coordinates in the space, by name: the value, what is tried beside it, and the setting.

        What a recipe has outside the space (a preset's own training) is left out.
        """
        found: dict[str, tuple[Any, Searched, Param | None]] = {}
        for name, searched in self.around.items():
            section, _, key = name.rpartition(".")
            value = recipe.group(section)[key] if section else getattr(recipe, key)
            if name == "score.third" and recipe.score.beside == "none":
                continue
            if name not in MODELS[recipe.model].searched_with and _inside(value, searched):
                found[name] = (value, searched, self._param(name))
        defaults = to_dict(MODELS[recipe.model].Config())
        values = {name: _plain(value) for name, value in {**defaults, **recipe.model_settings}.items()}
        for p in describe(MODELS[recipe.model].Config):
            if p.search is None or not p.applies(values) or not _inside(values[p.name], p.search):
                continue
            if all(values[name] == value for name, value in p.search.sets):
                found[self._name(recipe.model, p)] = (values[p.name], p.search, p)
        return found

    def _settings(self, model: str, by: Suggester) -> dict[str, Value]:
        params = describe(MODELS[model].Config)
        values: dict[str, Any] = {p.name: p.default for p in params}
        chosen: dict[str, Value] = {}
        for p in params:
            if p.search is not None and p.applies(values):
                chosen[p.name] = _suggest(by, self._name(model, p), p.search, p)
                chosen |= dict(p.search.sets)
                values |= chosen
        return chosen

    def _name(self, model: str, p: Param) -> str:
        """A setting that all models of the search try alike is one coordinate, so that they learn from each other."""
        for other in self.models:
            theirs = next((q for q in describe(MODELS[other].Config) if q.name == p.name), None)
            if theirs is not None and theirs.search is not None and theirs.search != p.search:
                return f"{model}.{p.name}"
        return p.name

    def _param(self, name: str) -> Param | None:
        """The setting around a model that is called so."""
        section, _, key = name.rpartition(".")
        classes = section_classes(self.plan.modality)
        return next((p for p in describe(classes[section]) if p.name == key), None) if section else None

    def _own(self, recipe: Recipe) -> Recipe:
        plan = self.plan
        recipe = recipe.on(plan.modality)
        return dataclasses.replace(recipe, split=plan.split, seed=plan.seed, device=plan.device)


TRAINING: TrainingConfig = PRESETS["Recommended"].recipe.training


def coordinate(value: Any, searched: Searched) -> Any:
    """A value as the optimiser keeps it: several numbers as one word."""
    return "-".join(map(str, value)) if searched.values and isinstance(value, tuple | list) else value


def _suggest(by: Suggester, name: str, searched: Searched, p: Param | None) -> Any:
    if searched.values:
        words = {coordinate(value, searched): value for value in searched.values}
        return words[by.suggest_categorical(name, tuple(words))]
    assert searched.low is not None
    assert searched.high is not None
    if p is not None and p.type == "int":
        return by.suggest_int(name, int(searched.low), int(searched.high), log=searched.log)
    return by.suggest_float(name, searched.low, searched.high, log=searched.log)


def _inside(value: Any, searched: Searched) -> bool:
    if searched.values:
        return _plain(value) in searched.values
    return searched.low is not None and searched.high is not None and searched.low <= value <= searched.high


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
