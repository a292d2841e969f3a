"""A recipe's encoding is the modality's own: validated, complete, and that of tables where a recipe names none."""

from dataclasses import dataclass, replace

import pytest

from core.errors import ConfigError, UnknownNameError
from core.modalities import MODALITIES
from core.params import describe, param
from core.recipe import Recipe, section_classes, section_names


@dataclass(frozen=True)
class Curves:
    """Settings of another kind of data."""

    length: int = param(60, "Moments of a window.", low=2, high=100)
    smooth: bool = param(False, "Whether curves are smoothed.")


@pytest.fixture
def curves(monkeypatch: pytest.MonkeyPatch) -> str:
    table = MODALITIES["tabular"]
    monkeypatch.setitem(MODALITIES._objects, "curves", type("CurvesModality", (table,), {"Config": Curves}))
    return "curves"


def test_a_recipe_of_before_is_one_for_tables():
    recipe = Recipe.from_dict({"model": "vae", "encoding": {"numbers": "dual"}})
    assert recipe.modality == "tabular"
    assert recipe.encoding == {
        "numbers": "dual",
        "categories": "auto",
        "max_levels": 32,
        "hash_width": 16,
        "blanks": "impute",
        "missing_indicator": True,
    }
    assert recipe.encoding_config.numbers == "dual"


def test_an_encoding_is_complete_and_checked_however_a_recipe_is_made():
    assert Recipe().encoding == Recipe.from_dict({}).encoding
    assert replace(Recipe(), encoding={"max_levels": "7"}).encoding["max_levels"] == 7
    for wrong in ({"nombers": "dual"}, {"numbers": "cubic"}, {"max_levels": 1}):
        with pytest.raises(ConfigError):
            Recipe(encoding=wrong)


def test_single_settings_of_the_encoding_are_set_by_name(curves: str):
    recipe = Recipe().with_set({"encoding.numbers": "robust", "max_levels": "9"})
    assert (recipe.encoding["numbers"], recipe.encoding["max_levels"]) == ("robust", 9)
    other = Recipe(modality=curves).with_set({"encoding.length": "12", "smooth": "yes"})
    assert other.encoding == {"length": 12, "smooth": True}
    with pytest.raises(ConfigError, match="no setting called 'numbers'"):
        other.with_set({"encoding.numbers": "robust"})


def test_a_recipe_for_another_kind_of_data_gets_that_ones_encoding(curves: str):
    recipe = Recipe(model="vae", encoding={"numbers": "dual"}, seed=3)
    assert recipe.on("tabular") is recipe
    moved = recipe.on(curves)
    assert (moved.model, moved.seed, moved.encoding) == ("vae", 3, {"length": 60, "smooth": False})
    assert Recipe.from_dict(moved.to_dict()) == moved
    assert section_classes(curves)["encoding"] is Curves
    assert list(section_classes(curves)) == list(section_names())
    assert describe(section_classes()["encoding"])[0].name == "numbers"


def test_a_recipe_of_a_kind_of_data_that_is_not_installed_can_be_read_and_shown_not_trained():
    recipe = Recipe.from_dict({"modality": "spectra", "encoding": {"bins": 7}})
    assert recipe.to_dict()["encoding"] == {"bins": 7}
    assert "encoding" not in section_classes("spectra")
    with pytest.raises(UnknownNameError, match="no kind of data called 'spectra'"):
        _ = recipe.encoding_config


def test_a_network_that_reads_another_kind_of_data_is_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch):
    from core.cli.support.recipes import chosen_recipe

    kind = type("Spectra", (MODALITIES["tabular"],), {"axes": ("frequency",)})
    monkeypatch.setitem(MODALITIES._objects, "spectra", kind)
    refused = "reads units with the axes feature.*Choose a model that reads them: none yet"
    with pytest.raises(ConfigError, match=refused):
        chosen_recipe("", "vae", [], modality="spectra")
    with pytest.raises(ConfigError, match=r"The preset 'VAE' is for another kind of data than .*Leave it out"):
        chosen_recipe("VAE", "", [], modality="spectra")
    assert chosen_recipe("", "vae", []).model == "vae"
