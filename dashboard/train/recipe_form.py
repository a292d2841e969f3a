"""The recipe as a form: where it starts, the network, training, encoding, split, score and threshold.

The drafts live in the session, one per dataset and preset, so that looking at another preset loses nothing.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.index import chosen_split
from core.modalities.nouns import Nouns
from core.params import Param
from dashboard import forms
from dashboard.data.split_panel import KINDS
from dashboard.format import plain
from dashboard.help import links
from dashboard.state import drafts, page_url, widget_sync
from dashboard.state.drafts import Draft
from dashboard.state.kind import nouns_for
from dashboard.train import model_picker

if TYPE_CHECKING:
    from core.catalogue import ModelInfo
    from core.index.schema import Schema
    from core.presets import Preset
    from core.store.records import Dataset, Run

CUSTOM = "Custom"
_FORM = "train.form"


def starting_points(name: str) -> "list[Preset]":
    """The presets for the kind of data of that name, and a card for a cloned run's settings that came from none."""
    from core import catalogue
    from core.presets import Preset
    from core.recipe import Recipe

    presets = catalogue.starting_points(name)
    custom = st.session_state.get("train.custom")
    if not custom or Recipe.from_dict(custom).modality != name:
        return presets
    summary = "The settings of the run that you cloned."
    return [*presets, Preset(name=CUSTOM, summary=summary, recipe=Recipe.from_dict(custom))]


def recipe_form(dataset: "Dataset", schema: "Schema", presets: "list[Preset]", models: "list[ModelInfo]") -> Draft:
    """Draw presets, variants and settings; returns the draft as it is now.

    Parameters
    ----------
    presets
        From :func:`starting_points`.
    """
    _say_fallback(dataset, presets)
    chosen = model_picker.preset_picker(presets, page_url.param("preset") or presets[0].name)
    page_url.set_params(preset="" if chosen == presets[0].name else chosen)
    preset = next(preset for preset in presets if preset.name == chosen)
    recipe = preset.recipe if chosen == CUSTOM else chosen_split.for_dataset(preset.recipe, dataset, schema)
    base = drafts.from_recipe(recipe.on(dataset.modality))
    draft = _draft(dataset.id, chosen, base)
    changes = st.container(horizontal=True, vertical_alignment="center", key="train_changes", height=40, border=False)
    # Only the open tab is drawn: forty fields would cost each rerun three times as much.
    for tab, fill in zip(st.tabs(list(_TABS), key="train.tabs", on_change="rerun"), _TABS.values(), strict=True):
        with tab:
            fill(draft, base, models, schema, bool(tab.open), nouns_for(dataset))
    model = next(model for model in models if model.name == draft["model"])
    with changes:
        _changes(drafts.differences(draft, base, model), f"{dataset.id}|{chosen}")
    return draft


def _say_fallback(dataset: "Dataset", presets: "list[Preset]") -> None:
    """Where the address names a preset for another kind of data: say with which one this starts instead."""
    from core import catalogue

    wanted, offered = page_url.param("preset"), {preset.name for preset in presets}
    if wanted:
        strange = wanted not in offered and wanted in {preset.name for preset in catalogue.presets()}
        st.session_state["train.fell_back"] = [dataset.id, wanted] if strange else None
    fell_back = st.session_state.get("train.fell_back")
    if fell_back and fell_back[0] == dataset.id:
        st.info(
            f"The preset “{plain(fell_back[1])}” is for another kind of data. This starts from "
            f"“{plain(presets[0].name)}”, the first that reads {nouns_for(dataset).samples}.",
            icon=":material/info:",
        )


def take_clone(run: "Run") -> str:
    """Put a run's recipe into the form; returns the name of the preset that it belongs to."""
    from core import catalogue

    known = {preset.name for preset in catalogue.presets()}
    preset = run.recipe.preset if run.recipe.preset in known else CUSTOM
    _kept()[f"{run.dataset_id}|{preset}"] = drafts.from_recipe(run.recipe)
    if preset == CUSTOM:
        st.session_state["train.custom"] = run.recipe.to_dict()
    widget_sync.forget(_FORM)
    return preset


def _kept() -> dict[str, Draft]:
    return st.session_state.setdefault("train.drafts", {})  # type: ignore[no-any-return]


def _draft(dataset_id: str, preset: str, base: Draft) -> Draft:
    """The draft that is being filled in; another one than before makes the widgets start from it."""
    name = f"{dataset_id}|{preset}"
    kept = _kept()
    draft = kept.setdefault(name, copy.deepcopy(base))
    before = st.session_state.get("train.base")
    if before and before[0] == name and before[1] != base:
        drafts.follow(draft, before[1], base)
    if not before or before != [name, base]:
        st.session_state["train.base"] = [name, copy.deepcopy(base)]
        widget_sync.forget(_FORM)
    return draft


def _changes(labels: list[str], name: str) -> None:
    """How far the draft is from its preset, in a line that is always there."""
    if not labels:
        st.caption(f"As published. Change anything below; {forms.CHANGED_MARK} marks what differs from the preset.")
        return
    shown = ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
    st.caption(f"{forms.CHANGED_MARK} Changed: {plain(shown)}", width="content")
    st.button("Reset to preset", key="train.reset", type="tertiary", on_click=_reset, args=(name,))


def _reset(name: str) -> None:
    _kept().pop(name, None)
    widget_sync.forget(_FORM)


def _network(draft: Draft, base: Draft, models: "list[ModelInfo]", schema: "Schema", shown: bool, says: Nouns) -> None:
    if shown:
        draft["model"] = model_picker.variant_picker(models, draft["model"], _FORM, says)
    picked = str(draft["model"])
    model = next(model for model in models if model.name == picked)
    values, compared = draft["models"].get(picked, {}), base["models"].get(picked, {})
    params, scope = drafts.model_params(model, values), f"{_FORM}.model.{picked}"
    titles = {model.name: model.title for model in models}
    # Variants that work on another network name it by its title.
    bases = {p.name: {name: titles[name] for name in p.choices} for p in params if p.name == "base"}
    link = links.settings("model", list(titles), says=says)
    draft["models"][picked] = _fields(params, values, compared, scope, shown, bases, link)


def _training(draft: Draft, base: Draft, models: "list[ModelInfo]", schema: "Schema", shown: bool, says: Nouns) -> None:
    _section(draft, base, "training", shown, says, beside="members")


def _encoding(draft: Draft, base: Draft, models: "list[ModelInfo]", schema: "Schema", shown: bool, says: Nouns) -> None:
    _section(draft, base, "encoding", shown, says)


def _split(draft: Draft, base: Draft, models: "list[ModelInfo]", schema: "Schema", shown: bool, says: Nouns) -> None:
    options = {
        "kind": {kind: title for kind, (title, _) in KINDS.items()},
        "column": {column.name: column.name for column in schema.columns},
    }
    _section(draft, base, "split", shown, says, options=options, beside="seed")


def _score(draft: Draft, base: Draft, models: "list[ModelInfo]", schema: "Schema", shown: bool, says: Nouns) -> None:
    from core.thresholds import THRESHOLDS, rule_names

    _section(draft, base, "score", shown, says)
    before = str(draft["threshold"]["rule"])
    rule = str(widget_sync.value(f"{_FORM}.threshold.rule", before))
    allowed = rule_names(before_scoring=True)
    if rule != before and rule in allowed:
        # Another rule's number means something else.
        draft["threshold"] |= {"rule": rule, "value": THRESHOLDS[rule].default}
        widget_sync.forget(f"{_FORM}.threshold.value")
    titles = {name: THRESHOLDS[name].title for name in allowed}
    _section(draft, base, "threshold", shown, says, options={"rule": titles})


def _section(
    draft: Draft,
    base: Draft,
    section: str,
    shown: bool,
    says: Nouns,
    *,
    options: dict[str, dict[str, str]] | None = None,
    beside: str = "",
) -> None:
    """A group's form; ``beside`` is a setting of the run as a whole that belongs to it on screen."""
    run = tuple(p for p in drafts.RUN if p.name == beside)
    values = draft[section] | {p.name: draft[p.name] for p in run}
    compared = base[section] | {p.name: base[p.name] for p in run}
    params = (*run, *drafts.params_of(draft, section))
    now = _fields(params, values, compared, f"{_FORM}.{section}", shown, options, links.settings(section, says=says))
    for p in run:
        draft[p.name] = now.pop(p.name)
    draft[section] = now


def _fields(
    params: Sequence[Param],
    values: Mapping[str, Any],
    compared: Mapping[str, Any],
    scope: str,
    shown: bool,
    options: dict[str, dict[str, str]] | None,
    link: Callable[[str, str], str],
) -> dict[str, Any]:
    """What the fields hold now; they are drawn when their tab is open."""
    if not shown:
        return forms.entered(params, values, scope)
    return forms.draw(params, values, scope=scope, base=compared, options=options, columns=4, link=link).values


_TABS = {
    "Network": _network,
    "Training": _training,
    "Encoding": _encoding,
    "Split": _split,
    "Score and threshold": _score,
}
