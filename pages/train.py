"""The Train page: from a dataset and a recipe to a run, and the run while it learns."""

import streamlit as st

from core import catalogue
from core.words import several
from dashboard.components.dataset_picker import pick_dataset
from dashboard.components.missing import require_kind
from dashboard.format import plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import page_url
from dashboard.theme import ASSETS
from dashboard.train import dataset_bar, launch, live_run, previews, recipe_form

_ABOUT = "From a dataset and a recipe to a run, and the run while it learns."
PAGE = {"title": "Train", "icon": ":material/model_training:", "order": 20, "carries": ("dataset",)}


def watch(run_id: str) -> None:
    """The run of the address, live."""
    run = cache.run(run_id)
    if run is None:
        page_url.set_params(run=None)
        page_url.show_on_next_page(f"There is no run “{plain(run_id)}” here. It may have been deleted.")
        st.rerun()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        links.page_title("Train", _ABOUT, "train", width="content")
        if st.button(
            "New run",
            icon=":material/add:",
            key="train.new",
            help=links.more("Set up another run; this one goes on.", "pages", "starting"),
        ):
            page_url.set_params(run=None, dataset=run.dataset_id)
            st.rerun()
    live_run.live_run(run)


def prepare() -> None:
    """A dataset, a recipe, and the button."""
    cloned = cache.run(page_url.param("clone"))
    if cloned is not None:
        page_url.set_params(dataset=cloned.dataset_id, preset=recipe_form.take_clone(cloned), clone=None)
    title, picker = st.columns([1, 2], vertical_alignment="center")
    links.page_title("Train", _ABOUT, "train", title)
    with picker:
        dataset = pick_dataset()
    schema = cache.schema(dataset.id)
    with st.spinner("Looking up the networks; once after each update…"):
        modality = require_kind(dataset)
        models = catalogue.models(modality.axes)
    if not models:
        st.info(f"No network here reads {several(modality.noun)} yet. Choose other data.", icon=":material/info:")
        st.stop()
    about = st.container(gap="xsmall")
    presets = recipe_form.starting_points(dataset.modality)
    draft = recipe_form.recipe_form(dataset, schema, presets, models)
    model = catalogue.model(draft["model"])
    split = previews.split_of(dataset.id, draft)
    with about:
        dataset_bar.summary(dataset, schema, split)
    launch.launch(dataset, schema, draft, model, split)


st.html(ASSETS / "train.css")
if page_url.param("run"):
    watch(page_url.param("run"))
else:
    prepare()
