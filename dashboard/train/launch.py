"""The end of the training form: name, device, what prevents the start, and the start button."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.compare.advice import rule_of_thumb
from core.compare.request import ComparisonRequest, detectors
from core.errors import AnomalensError
from core.index.chosen_split import is_in_time
from core.jobs.derived import request as requests
from core.jobs.derived.comparison import DerivedComparison
from core.recipe import Recipe
from dashboard.format import plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import drafts, kind, page_url, widget_sync
from dashboard.state.drafts import Draft
from dashboard.state.kind import nouns_for
from dashboard.train import live_run, previews
from dashboard.train.previews import SplitPreview

if TYPE_CHECKING:
    from core.catalogue import ModelInfo
    from core.index.schema import Schema
    from core.store.records import Dataset

AUTO, AUTOMATIC = "auto", "Automatic"


def launch(dataset: "Dataset", schema: "Schema", draft: Draft, model: "ModelInfo", split: SplitPreview) -> None:
    """Draw the bar with the button; starting a run puts it into the address and shows it."""
    says = nouns_for(dataset)
    stops = blockers(dataset, schema, draft, model, split)
    # Above the bar, which stays in sight and is low.
    for sentence in () if stops else remarks(schema, dataset, draft, split):
        st.caption(f":material/lightbulb: {plain(sentence)}")
    with st.container(border=True, key="launch", gap="small"):
        name_place, device_place, button_place = st.columns([3, 3, 1.4], vertical_alignment="bottom")
        with name_place:
            name = st.text_input(
                "Name of the run", key="train.name", max_chars=80, placeholder=f"{draft['preset'] or model.title} …"
            )
        with device_place:
            _device(draft)
        with button_place:
            pressed = st.button(
                "Train",
                type="primary",
                icon=":material/play_arrow:",
                key="train.go",
                disabled=bool(stops),
                width="stretch",
            )
        beside = st.checkbox(
            "Compare with classical detectors",
            key="train.compare",
            help=links.more(
                says(
                    "When the run is done its worker lets classical detectors learn from the same rows, such as "
                    "nearest neighbours and an isolation forest, and the Compare page says which finds more. You can "
                    "also ask for it later."
                ),
                "comparing",
            ),
        )
        for sentence in stops:
            st.caption(f":red[:material/error:] {plain(sentence)}")
    if pressed:
        _start(dataset, drafts.to_recipe(draft, model), str(name or ""), compare=bool(beside))


def blockers(dataset: "Dataset", schema: "Schema", draft: Draft, model: "ModelInfo", split: SplitPreview) -> list[str]:
    """Why this cannot be trained, a sentence each; empty when it can."""
    found = drafts.problems(draft, model)
    found += kind.schema_problem(dataset, schema)
    if split.problem:
        found.append(split.problem)
    if found:
        return found
    return _latent_problem(dataset, schema, drafts.to_recipe(draft, model))


def remarks(schema: "Schema", dataset: "Dataset", draft: Draft, split: SplitPreview) -> list[str]:
    """What is worth knowing, and stops nobody."""
    sentences = []
    batch = int(draft["training"]["batch_size"])
    if 0 < split.train < batch:
        sentences.append(
            f"Only {nouns_for(dataset).count(split.train)} train and a batch has {batch:,}: every epoch is a single "
            f"step. A batch of {max(1, split.train // 8):,} or less suits better."
        )
    rows, features = dataset.rows + dataset.test_rows, len(schema.features)
    # The rule is one for tables.
    if not is_in_time(dataset.modality) and kind.reads_columns(dataset) and (rule := rule_of_thumb(rows, features)):
        sentences.append(rule)
    return sentences


def _latent_problem(dataset: "Dataset", schema: "Schema", recipe: Recipe) -> list[str]:
    """A latent size in units that is not smaller than the encoded row; the width is found out only where it matters."""
    settings = recipe.model_settings
    latent = int(settings.get("latent", 0))
    if settings.get("latent_unit") != "units" or latent < len(schema.features) or latent <= 1:
        return []
    width = previews.encoded_width(dataset.id, recipe)
    if width is None or latent < width:
        return []
    numbers = (
        "encoded input columns" if kind.reads_columns(dataset) else f"numbers of an encoded {nouns_for(dataset).sample}"
    )
    return [
        f"The latent size must be smaller than the {width} {numbers}. Got {latent}. "
        f"Choose {width - 1} or less, or 0 to take half of them."
    ]


def _device(draft: Draft) -> None:
    """The devices as soon as a worker has named them; until then the choice is automatic."""
    known = previews.devices()
    # Looks again by itself only until the first worker is up.
    st.fragment(_device_choice, run_every=None if known is not None else 1.0)(draft, known is not None)


def _device_choice(draft: Draft, was_known: bool) -> None:
    known = previews.devices()
    if known is not None and not was_known:
        st.rerun(scope="app")
    titles = _titles(known or [])
    chosen = str(widget_sync.value("train.form.device", draft["device"]))
    # A browser that has drawn the choice before the devices were known may send its words.
    chosen = AUTO if chosen == AUTOMATIC else chosen
    titles.setdefault(chosen, chosen)
    draft["device"] = st.selectbox(
        "Device",
        list(titles),
        index=list(titles).index(chosen),
        key=widget_sync.key("train.form.device", chosen),
        format_func=lambda device: titles.get(device, device),
        help=links.more(
            "Where the network is trained. Automatic takes the first GPU, and the processor where there is none"
            + (f": here {plain(known[1 if len(known) > 1 else 0]['title'])}." if known else "."),
            "settings",
            "device",
        ),
    )


def _titles(known: Sequence[dict[str, str]]) -> dict[str, str]:
    # Its words stay the same when the devices come to be known: a browser sends what it has shown.
    return {AUTO: AUTOMATIC} | {device["id"]: device["title"] for device in known}


def _start(dataset: "Dataset", recipe: Recipe, name: str, *, compare: bool) -> None:
    try:
        run = cache.engine().train(dataset.id, recipe, name)
        if compare:
            comparison = DerivedComparison(ComparisonRequest(detectors("all")))
            requests.ask(cache.workspace().artifacts, run.id, comparison)
    except AnomalensError as error:
        st.error(plain(error), icon=":material/error:")
        return
    del st.session_state["train.name"]
    st.session_state[live_run.FRESH] = True
    page_url.set_params(dataset=dataset.id, run=run.id, preset=None, clone=None)
    st.rerun()
