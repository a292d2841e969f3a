"""The choice of the dataset that a page works with."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import cache, held, state
from dashboard.components.missing import require_dataset
from dashboard.format import count, distinct, plural

if TYPE_CHECKING:
    from core.store.records import Dataset


def pick_dataset() -> "Dataset":
    """A select box over all datasets, standing on the current one; ends the page where there is none."""
    known = cache.datasets()
    if not cache.dataset(state.dataset_id()) and not state.dataset_id() and known:
        state.set_params(dataset=known[0].id)
    dataset = require_dataset()
    names = distinct({other.id: describe(other) for other in known})
    picker = f"pick_dataset_{state.page_name()}"

    def opened() -> None:
        # Another dataset is another view: nothing of the old column or run belongs to it.
        keep = {"view", "tab"}
        state.set_params(**{name: None for name in list(st.query_params) if name not in keep})
        state.set_params(dataset=held.value(picker))

    st.selectbox(
        "Dataset",
        list(names),
        index=list(names).index(dataset.id),
        format_func=lambda dataset_id: names.get(dataset_id, dataset_id),
        key=held.key(picker, dataset.id),
        on_change=opened,
        label_visibility="collapsed",
    )
    return dataset


def describe(dataset: "Dataset") -> str:
    """A line of the list: the name and how large it is."""
    return f"{dataset.name}  ·  {count(dataset.rows + dataset.test_rows)} × {plural(dataset.columns, 'column')}"
