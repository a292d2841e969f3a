"""What a page shows when its dataset or run is not there: an empty session, or an address of something deleted."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from dashboard.format import Markdown, plain
from dashboard.server import cache
from dashboard.state import kind, page_url

if TYPE_CHECKING:
    from core.modalities.base import Modality
    from core.results.finished_run import FinishedRun
    from core.store.runs import Dataset, Run


def empty_state(title: Markdown, text: Markdown, *, icon: Markdown, page: str = "", label: Markdown = "") -> None:
    """An inviting card instead of an empty page: what belongs here and the next step towards it."""
    with st.container(key=f"empty_{title}", border=True, horizontal_alignment="center", gap="small"):
        st.markdown(f"### :primary[{icon}]", text_alignment="center")
        st.markdown(f"#### {title}", text_alignment="center")
        st.markdown(text, text_alignment="center")
        if page and st.button(label, type="primary", key=f"empty_go_{page}"):
            page_url.go(page)


def link_is_dead(kind: str, id: str) -> None:
    """Say that the address names a dataset or a run that is not here, and take it out of the address."""
    page_url.set_params(**{kind: None})
    st.warning(
        f"There is no {plain(kind)} “{plain(id)}” here. It may have been deleted, or the link comes from another "
        "server.",
        icon=":material/link_off:",
    )


def require_samples(run: "FinishedRun") -> None:
    """End the page with a sentence where the dataset of a run was deleted, or is not the one it was trained on."""
    try:
        _ = run.samples
    except AnomalensError as problem:
        st.warning(plain(problem), icon=":material/link_off:")
        st.stop()


def require_dataset() -> "Dataset":
    """The current dataset; where there is none, say what to do and end the page."""
    id = page_url.dataset_id()
    found = cache.dataset(id)
    if found is not None:
        return found
    if id:
        link_is_dead("dataset", id)
    empty_state(
        "Start with some data",
        "Upload a file or take one of the samples; one click is enough.",
        icon=":material/upload_file:",
        page="data",
        label="Choose data",
    )
    st.stop()


def require_kind(dataset: "Dataset") -> "Modality":
    """The dataset's kind of data; where it is not installed here, say so and end the page."""
    found = kind.kind_of(dataset)
    if found is not None:
        return found
    st.error(
        f"The data are of the kind “{dataset.modality}”, which is not installed here. Choose another dataset, or ask "
        "the operator to install it (ANOMALENS_PLUGINS).",
        icon=":material/extension_off:",
    )
    st.stop()


def require_run() -> "Run":
    """The current run; where there is none, say what to do and end the page."""
    id = page_url.run_id()
    found = cache.run(id)
    if found is not None:
        return found
    if id:
        link_is_dead("run", id)
    if cache.workspace().store.runs(limit=1):
        empty_state(
            "Choose another run",
            "The newest are on the left; all of them, to search and compare, are on the Runs page.",
            icon=":material/list_alt:",
            page="runs",
            label="See all runs",
        )
        st.stop()
    empty_state(
        "No run to look at yet",
        "Train an autoencoder on a dataset, then find, understand and share its anomalies here.",
        icon=":material/insights:",
        page="train" if page_url.dataset_id() else "data",
        label="Train a model" if page_url.dataset_id() else "Choose data",
    )
    st.stop()
