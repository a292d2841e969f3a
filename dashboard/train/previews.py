"""Previews of a recipe before anything is trained: the parts of the split, the encoded width, the devices.

Each answer is kept, because a form asks again with every change. Nothing here imports torch.
"""

import json
import threading
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.errors import AnomalensError, ConfigError
from core.modalities import MODALITIES
from core.recipe import Recipe, SplitConfig
from dashboard import forms
from dashboard.server import cache
from dashboard.state import drafts
from dashboard.state.drafts import Draft

_FIT_ROWS = 5_000
"""Training rows from which the encoded width is told; levels that are rarer than that do not widen it by much."""


@dataclass(frozen=True)
class SplitPreview:
    """How many rows each part would have, or why they cannot be divided."""

    train: int = 0
    validation: int = 0
    test: int = 0
    note: str = ""
    problem: str = ""


def split_preview(dataset_id: str, split: SplitConfig, seed: int) -> SplitPreview:
    """The parts that a split would make of a dataset."""
    try:
        found = cache.split_preview(dataset_id, cache.schema_version(dataset_id), split, seed)
    except AnomalensError as error:
        return SplitPreview(problem=str(error))
    counts = {part: sum(classes.values()) for part, classes in found.counts.items()}
    return SplitPreview(counts["train"], counts["validation"], counts["test"], found.note)


def split_of(dataset_id: str, draft: Draft) -> SplitPreview:
    """The parts that a draft's split would make; a setting that cannot be used is the form's business."""
    try:
        split = SplitConfig(**forms.checked(drafts.params_of(draft, "split"), draft["split"]))
        return split_preview(dataset_id, split, int(draft["seed"]))
    except ConfigError:
        return SplitPreview()


def encoded_width(dataset_id: str, recipe: Recipe) -> int | None:
    """How many numbers a sample becomes; None where the data cannot be encoded."""
    settings = {name: recipe.group(name) for name in ("encoding", "split")} | {"seed": recipe.seed}
    plain = json.dumps(settings | {"modality": recipe.modality}, sort_keys=True)
    return _width(dataset_id, cache.schema_version(dataset_id), plain)


@st.cache_data(show_spinner="Looking at the data …", max_entries=128)
def _width(dataset_id: str, version: str, settings: str) -> int | None:
    del version
    from core.index.split import split_rows

    recipe, space = Recipe.from_dict(json.loads(settings)), cache.workspace()
    modality, schema = MODALITIES[recipe.modality](), cache.schema(dataset_id)
    try:
        samples = modality.open(space.store.dataset(dataset_id), space.artifacts, schema)
        rows = split_rows(samples.index, schema, recipe.split, recipe.seed).train[:_FIT_ROWS]
        return modality.encoder(recipe.encoding_config, schema).fit(samples, rows).layout.size
    except AnomalensError:
        return None


@st.cache_resource(show_spinner=False)
def _device_state() -> dict[str, Any]:
    """The devices as a worker of this server named them; asked for once, in the background."""
    return {"devices": None, "thread": None}


def devices() -> list[dict[str, str]] | None:
    """The devices to train on; None until the first worker is up and has said."""
    state = _device_state()
    if state["devices"] is None and (state["thread"] is None or not state["thread"].is_alive()):
        state["thread"] = threading.Thread(target=_look_up_devices, args=(state,), name="devices", daemon=True)
        state["thread"].start()
    return list(state["devices"]) if state["devices"] is not None else None


def _look_up_devices(state: dict[str, Any]) -> None:
    try:
        state["devices"] = cache.engine().devices(timeout=60.0)
    except AnomalensError:
        # No worker yet: whoever looks next asks again.
        state["devices"] = None
