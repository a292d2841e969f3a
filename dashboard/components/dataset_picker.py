"""The choice of the dataset that a page works with."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.missing import require_dataset
from dashboard.format import count, distinct, plural
from dashboard.server import cache
from dashboard.state import kind, page_url, widget_sync
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.store.records import Dataset


def pick_dataset() -> "Dataset":
    """A select box over all datasets, standing on the current one; ends the page where there is none."""
    known = cache.datasets()
    if not cache.dataset(page_url.dataset_id()) and not page_url.dataset_id() and known:
        page_url.set_params(dataset=known[0].id)
    dataset = require_dataset()
    names = distinct({other.id: describe(other) for other in known})
    picker = f"pick_dataset_{page_url.page_name()}"

    def opened() -> None:
        # Another dataset is another view: nothing of the old column or run belongs to it.
        keep = {"view", "tab"}
        page_url.set_params(**{name: None for name in list(st.query_params) if name not in keep})
        page_url.set_params(dataset=widget_sync.value(picker))

    st.selectbox(
        "Dataset",
        list(names),
        index=list(names).index(dataset.id),
        format_func=lambda dataset_id: names.get(dataset_id, dataset_id),
        key=widget_sync.key(picker, dataset.id),
        on_change=opened,
        label_visibility="collapsed",
    )
    return dataset


def describe(dataset: "Dataset") -> str:
    """A line of the list: the name and how large it is."""
    if not kind.reads_columns(dataset):
        return f"{dataset.name}  ·  {nouns_for(dataset).count(dataset.rows + dataset.test_rows)}"
    return f"{dataset.name}  ·  {count(dataset.rows + dataset.test_rows)} × {plural(dataset.columns, 'column')}"
