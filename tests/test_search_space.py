"""What a search tries: recipes that can be trained, and where presets stand among them."""

import random
from dataclasses import replace
from typing import Any

import pytest

from core.catalogue import check, models
from core.errors import ConfigError
from core.modalities import MODALITIES
from core.models import MODELS
from core.params import between, describe
from core.presets import PRESETS
from core.recipe import Recipe, SplitConfig
from core.search.plan import SearchPlan
from core.search.space import Space


class Chance:
    """Chooses at random, and remembers what it was asked."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.asked: dict[str, Any] = {}

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        self.asked[name] = choices
        return self._random.choice(list(choices))

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        self.asked[name] = (low, high, log)
        return self._random.randint(low, high)

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        self.asked[name] = (low, high, log)
        return self._random.uniform(low, high)


def plan(**values: Any) -> SearchPlan:
    return SearchPlan.from_dict(values)


def readers(modality: str) -> list[str]:
    """The networks that read a kind of data."""
    return [info.name for info in models(MODALITIES[modality].axes)]


def test_every_recipe_that_is_suggested_passes_the_checks_of_its_model_and_keeps_the_plans_split():
    split = SplitConfig(kind="chronological", test=0.3)
    space = Space(replace(plan(seed=7, models=readers("tabular")), split=split))
    seen = set()
    for seed in range(100):
        recipe = space.suggested(Chance(seed))
        check(recipe)
        assert Recipe.from_dict(recipe.to_dict()).to_dict() == recipe.to_dict()
        assert (recipe.split, recipe.seed) == (split, 7)
        seen.add(recipe.model)
    assert seen == set(readers("tabular"))


def test_models_that_suit_few_tables_or_take_long_are_tried_only_when_named():
    assert not {"ratings", "attention", "masked_cells"} & set(Space(plan()).models)
    assert Space(plan(models=["attention"])).models == ("attention",)


def test_a_network_for_shares_is_tried_on_shares():
    recipes = [Space(plan(models=["bernoulli_vae"])).suggested(Chance(seed)) for seed in range(5)]
    assert {recipe.encoding["numbers"] for recipe in recipes} == {"minmax"}


def test_settings_that_models_try_alike_are_one_coordinate_and_others_are_not():
    asked = {}
    for seed in range(40):
        chance = Chance(seed)
        recipe = Space(plan(models=["dense", "vae", "svdd"])).suggested(chance)
        asked.setdefault(recipe.model, set()).update(chance.asked)
    assert "latent" in asked["dense"] & asked["vae"] & asked["svdd"]
    assert "svdd.activation" in asked["svdd"]
    assert "dense.activation" in asked["dense"]
    assert "beta" in asked["vae"] - asked["dense"]


def test_presets_come_first_and_are_half_of_the_trials_at_most():
    starts = Space(plan(trials=8)).starts()
    assert starts[0].preset == "Recommended"
    assert len(starts) == 4
    only = Space(plan(trials=20, models=["vae"])).starts()
    assert {recipe.model for recipe in only} == {"vae"}
    assert len(Space(plan(trials=1)).starts()) == 1


@pytest.mark.parametrize("name", PRESETS.names())
def test_a_preset_stands_in_the_space_by_values_that_the_space_allows(name):
    recipe = PRESETS[name].recipe
    space = Space(plan(models=readers(recipe.modality), modality=recipe.modality))
    for value, search, _ in space.coordinates(recipe).values():
        if search.values:
            assert value in search.values
        else:
            assert search.low <= value <= search.high


def test_what_a_preset_gives_in_another_unit_is_no_coordinate():
    space = Space(plan())
    assert "latent" in space.coordinates(PRESETS["Recommended"].recipe)  # in percent, as the space has it
    assert "latent" not in space.coordinates(PRESETS["Tabular"].recipe)  # in units


def test_a_suggested_recipe_stands_where_it_was_suggested():
    space = Space(plan(models=["dense"]))
    for seed in range(20):
        chance = Chance(seed)
        recipe = space.suggested(chance)
        assert set(space.coordinates(recipe)) == set(chance.asked) - {"model"}


def test_a_plan_without_an_end_is_refused():
    with pytest.raises(ConfigError, match="needs an end"):
        plan(trials=0)
    assert plan(trials=0, minutes=1.5).most == 1000
    with pytest.raises(ConfigError, match="Judge by"):
        plan(objective="luck")


def test_a_range_is_given_by_its_ends():
    (latent,) = [p for p in describe(MODELS["dense"].Config) if p.name == "latent"]
    assert latent.search == between(5, 75, log=True, latent_unit="percent")
