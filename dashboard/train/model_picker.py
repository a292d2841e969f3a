"""Where a recipe starts: the presets as cards, and the variants of the network by family.

Both are plain radio buttons, so that keyboard and screen reader know them; ``train.css`` makes them cards.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.modalities.nouns import Nouns
from dashboard.format import plain
from dashboard.help import links
from dashboard.state import widget_sync

if TYPE_CHECKING:
    from core.catalogue import ModelInfo
    from core.presets import Preset

ALL = "All"
FIRST = "First choices"
_FIRST_ORDER = 10
"""Presets of a lower order are first choices."""
_MANY = 6
"""Variants from which on a row of families narrows them down."""


def preset_picker(presets: "Sequence[Preset]", chosen: str) -> str:
    """The presets, one line each; returns the name of the chosen one."""
    known = [preset.name for preset in presets]
    shown = widget_sync.value("train.preset", chosen)
    if shown not in known or st.session_state.get("train.preset_was") != chosen:
        # The address or a clone decided, not a click.
        shown = chosen if chosen in known else known[0]
    presets = _presets_of_family(presets, shown)
    names = [preset.name for preset in presets]
    with st.container(key="preset_cards"):
        picked = st.radio(
            "Preset",
            names,
            index=names.index(shown),
            key=widget_sync.key("train.preset", shown),
            captions=[preset.summary for preset in presets],
            horizontal=True,
            width="stretch",
            help=links.more(
                "A published recipe to start from. Everything it sets can be changed below.", "models", "presets"
            ),
        )
    st.session_state["train.preset_was"] = picked
    return str(picked)


def _presets_of_family(presets: "Sequence[Preset]", shown: str) -> "list[Preset]":
    """The presets of the family that is looked at, and the chosen one wherever it belongs."""
    from core import catalogue

    family_of = {model.name: model.family for model in catalogue.models()}
    first = [preset for preset in presets if preset.order < _FIRST_ORDER]
    families = list(dict.fromkeys(family_of[p.recipe.model] for p in presets if p.recipe.model in family_of))
    if len(first) in (0, len(presets)) or len(families) < 2:
        return list(presets)
    options = [FIRST, *sorted(families), ALL]
    family = st.pills("Presets", options, default=FIRST, key="train.preset_family", label_visibility="collapsed")
    if family == ALL:
        return list(presets)
    return [
        p
        for p in presets
        if p.name == shown or (p in first if family in (None, FIRST) else family_of.get(p.recipe.model) == family)
    ]


def variant_picker(models: "Sequence[ModelInfo]", chosen: str, scope: str, says: Nouns) -> str:
    """The variants with one line on when to use them; returns the name of the chosen one."""
    shown = _narrowed(models, chosen, scope)
    names = [model.name for model in shown]
    name = f"{scope}.variant"
    before = widget_sync.value(name, chosen)
    before = before if before in names else chosen if chosen in names else names[0]
    title = {model.name: model.title for model in shown}
    with st.container(key="variant_cards"):
        picked = st.radio(
            "Variant",
            names,
            index=names.index(before),
            key=widget_sync.key(name, before),
            format_func=lambda name: plain(title.get(name, name)),
            captions=[f"**{model.family}** · {says(model.when, parts=True)}" for model in shown],
            horizontal=True,
            width="stretch",
            help=links.more(says("The network that learns to rebuild normal rows."), "models", "networks"),
        )
    return str(picked)


def _narrowed(models: "Sequence[ModelInfo]", chosen: str, scope: str) -> "list[ModelInfo]":
    families = list(dict.fromkeys(model.family for model in models))
    if len(models) <= _MANY or len(families) < 2:
        return list(models)
    # All at once would hide the form below them: the family of the chosen one, until another is looked at.
    own = next((model.family for model in models if model.name == chosen), ALL)
    name, mark = f"{scope}.family", f"{scope}.family_was"
    shown = widget_sync.value(name, own)
    if shown != ALL and st.session_state.get(mark) != chosen:
        shown = own
    st.session_state[mark] = chosen
    options = [*families, ALL]
    key = widget_sync.key(name, shown)
    family = st.pills("Family", options, default=shown, key=key, required=True, label_visibility="collapsed")
    return [model for model in models if family in (ALL, model.family) or model.name == chosen]
