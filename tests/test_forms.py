"""Settings as widgets: what is drawn, what it holds, what it says of a value that cannot be used."""

from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from core import catalogue
from core.errors import ConfigError
from core.index import chosen_split
from core.params import Param, describe, param
from core.presets import PRESETS
from core.recipe import Recipe, SplitConfig, TrainingConfig
from dashboard import forms
from dashboard.format import plain
from dashboard.state import drafts


@dataclass(frozen=True)
class Settings:
    """One setting of each kind."""

    widths: tuple[int, ...] = param((128, 64), "Units per layer.", low=1, high=4096, label="Hidden layers")
    rate: float = param(1e-3, "Length of a step.", low=1e-7, high=10.0)
    dropout: float = param(0.0, "Share switched off.", low=0.0, high=0.95)
    bend: str = param("relu", "The activation.", choices=("relu", "leaky_relu"))
    slope: float = param(0.01, "Slope below zero.", low=0.0, high=1.0, when={"bend": "leaky_relu"})
    clean: bool = param(True, "Whether it is clean.")
    depth: int = param(2, "Seldom changed.", low=1, high=9, advanced=True)


def form(values: dict | None = None, base: dict | None = None) -> AppTest:
    """A page with nothing but the form; what it holds stands in the session as "filled"."""

    def script(values, base):
        import sys

        import streamlit as st

        from core.params import describe
        from dashboard import forms

        settings = sys.modules["test_forms"].Settings
        draft = st.session_state.setdefault("draft", dict(values or {}))
        filled = forms.draw(describe(settings), draft, scope="f", base=base)
        st.session_state["draft"] = filled.values
        st.session_state["filled"] = filled

    at = AppTest.from_function(script, args=(values, base))
    at.run()
    assert not at.exception, at.exception
    return at


def test_every_kind_of_setting_gets_the_widget_that_suits_it():
    at = form()
    assert at.text_input(key="f.widths").value == "128, 64"
    assert at.number_input(key="f.rate").value == 1e-3
    assert at.slider(key="f.dropout").value == 0.0
    assert at.selectbox(key="f.bend").options == ["ReLU", "LeakyReLU"]
    assert at.toggle(key="f.clean").value is True
    assert at.expander[0].label == "More settings"
    assert at.expander[0].number_input(key="f.depth").value == 2


def test_every_widget_has_help():
    at = form()
    widgets = [*at.text_input, *at.number_input, *at.slider, *at.selectbox, *at.toggle]
    assert len(widgets) == 6
    assert all(w.help for w in widgets)


def test_a_setting_that_does_not_apply_is_not_drawn_and_keeps_its_value():
    at = form({"bend": "relu", "slope": 0.3})
    assert "f.slope" not in {w.key for w in at.number_input}
    at.selectbox(key="f.bend").set_value("leaky_relu").run()
    assert at.number_input(key="f.slope").value == 0.3


def test_widths_that_are_no_numbers_stay_as_typed_with_a_sentence():
    at = form()
    at.text_input(key="f.widths").set_value("128, x").run()
    filled = at.session_state["filled"]
    assert filled.values["widths"] == "128, x"
    assert filled.problems == (
        "Hidden layers must be whole numbers separated by commas, such as 128, 64. Got '128, x'.",
    )
    at.text_input(key="f.widths").set_value("32; 8").run()
    assert at.session_state["filled"].values["widths"] == [32, 8]
    assert not at.session_state["filled"].problems


def test_what_differs_from_the_base_is_marked_at_once_and_says_what_was_there():
    at = form(base={"rate": 1e-3})
    at.number_input(key="f.rate").set_value(0.5).run()
    widget = at.number_input(key="f.rate")
    assert forms.CHANGED_MARK in widget.label
    assert plain("the preset has 0.001") in widget.help
    assert forms.CHANGED_MARK not in at.slider(key="f.dropout").label


def test_an_emptied_number_means_what_stood_there_before():
    at = form({"rate": 0.25})
    at.number_input(key="f.rate").set_value(None).run()
    assert at.session_state["filled"].values["rate"] == 0.25


def test_values_mean_the_same_however_they_are_written():
    assert forms.same([128, 64], "128,64")
    assert forms.same((1,), [1])
    assert forms.same(1.0, 1)
    assert not forms.same(True, False)
    assert not forms.same([128, 64], [64, 128])


@pytest.mark.parametrize(("value", "step"), [(2e-3, 1e-4), (0.25, 0.01), (0.0, 1e-6), (95.0, 1.0)])
def test_a_step_suits_the_size_of_the_value(value, step):
    assert forms.float_step(value, 1e-5) == pytest.approx(step)


def test_a_wrong_value_of_a_setting_that_does_not_apply_falls_back_to_the_default():
    params = describe(Settings)
    assert forms.checked(params, {"bend": "relu", "slope": "?"})["slope"] == 0.01
    with pytest.raises(ConfigError, match="Slope must be a number"):
        forms.checked(params, {"bend": "leaky_relu", "slope": "?"})


@pytest.mark.parametrize("name", PRESETS.names())
def test_every_preset_survives_the_way_into_a_draft_and_back(name):
    recipe = PRESETS[name].recipe
    draft = drafts.from_recipe(recipe)
    model = catalogue.model(recipe.model)
    assert drafts.problems(draft, model) == []
    back = drafts.to_recipe(draft, model)
    assert back.to_dict() | {"model_settings": 0} == recipe.to_dict() | {"model_settings": 0}
    for key, value in recipe.model_settings.items():
        assert forms.same(back.model_settings[key], value)
    assert drafts.differences(draft, drafts.from_recipe(recipe), model) == []


def test_another_variant_and_back_keeps_the_settings():
    draft = drafts.from_recipe(Recipe(model="dense", model_settings={"dropout": 0.3}))
    draft["model"] = "vae"
    assert drafts.settings_of(draft) == {}
    draft["models"]["vae"] = {"beta": 4.0}
    draft["model"] = "dense"
    assert drafts.settings_of(draft) == {"dropout": 0.3}


def test_steps_take_the_place_of_epochs_in_the_form():
    by_epochs = {p.name: p for p in drafts.params_of(drafts.from_recipe(Recipe()), "training")}
    assert not by_epochs["epochs"].advanced
    assert by_epochs["steps"].advanced
    recipe = Recipe(training=TrainingConfig(steps=800))
    by_steps = {p.name: p for p in drafts.params_of(drafts.from_recipe(recipe), "training")}
    assert by_steps["epochs"].advanced
    assert not by_steps["steps"].advanced


def test_the_number_of_a_threshold_has_the_range_of_its_rule():
    draft = drafts.from_recipe(Recipe())
    draft["threshold"] |= {"rule": "fpr", "value": 1.5}
    assert drafts.problems(draft, catalogue.model("dense")) == ["False-positive rate must be at most 1. Got 1.5."]


def test_the_split_of_the_data_page_holds_for_every_preset():
    chosen = (SplitConfig(kind="chronological", test=0.4), 7)
    fitted = chosen_split.fitted_to(Recipe(), SplitConfig(kind="normals"), chosen)
    assert (fitted.split, fitted.seed) == chosen
    suggested = chosen_split.fitted_to(Recipe(), SplitConfig(kind="normals"), None)
    assert suggested.split.kind == "normals"
    own = Recipe(split=SplitConfig(kind="chronological"))
    assert chosen_split.fitted_to(own, SplitConfig(kind="normals"), None) == own


def test_a_draft_follows_the_data_page_unless_it_was_changed_itself():
    before = drafts.from_recipe(Recipe())
    base = drafts.from_recipe(Recipe(split=SplitConfig(kind="normals"), seed=3))
    untouched, touched = drafts.from_recipe(Recipe()), drafts.from_recipe(Recipe(split=SplitConfig(test=0.5)))
    drafts.follow(untouched, before, base)
    drafts.follow(touched, before, base)
    assert (untouched["split"]["kind"], untouched["seed"]) == ("normals", 3)
    assert touched["split"]["test"] == 0.5


def test_a_choice_of_the_callers_is_shown_in_the_users_words():
    def script():
        import streamlit as st

        from core.params import describe
        from core.recipe import SplitConfig
        from dashboard import forms

        columns = {"*part* <b>": "*part* <b>"}
        values = {"kind": "column", "column": "*part* <b>"}
        filled = forms.draw(describe(SplitConfig), values, scope="s", options={"column": columns})
        st.session_state["filled"] = filled

    at = AppTest.from_function(script).run()
    assert not at.exception, at.exception
    assert at.selectbox(key="s.column").options == ["*part* <b>"]


def test_every_setting_of_every_model_can_be_drawn_with_help():
    for info in catalogue.models():
        for p in info.params:
            assert isinstance(p, Param)
            assert p.help.strip()
