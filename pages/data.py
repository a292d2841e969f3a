"""The Data page: choose data, then see and settle what it is before anything is trained on it."""

import streamlit as st

from dashboard.components.missing import link_is_dead
from dashboard.components.notes_list import notes_list
from dashboard.data.reading_progress import reading_progress
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import page_url

_ABOUT = "Choose data, then see and settle what it is before anything is trained on it."
PAGE = {"title": "Data", "icon": ":material/table_view:", "order": 10, "carries": ("dataset",)}

links.page_title("Data", _ABOUT, "data")
if page_url.param("view") != "new" and page_url.dataset_id() and cache.dataset(page_url.dataset_id()) is None:
    link_is_dead("dataset", page_url.dataset_id())

if not page_url.dataset_id() or page_url.param("view") == "new":
    from dashboard.data.new_data import new_data

    st.markdown("Upload a file or take a sample, train an autoencoder on it, and see what stands out.")
    new_data()
elif not reading_progress():
    from dashboard.data.advice_list import advice_list
    from dashboard.data.data_tabs import data_tabs
    from dashboard.data.dataset_header import dataset_header, facts
    from dashboard.data.kind_switch import kind_switch

    dataset = dataset_header()
    schema = cache.schema(dataset.id)
    facts(dataset, schema)
    kind_switch(dataset)
    above = st.container()
    data_tabs(dataset, schema)
    # Last, because it looks at many rows: the views are there meanwhile.
    with above:
        advice_list(dataset)
        notes_list(cache.notes(dataset.id, cache.version(dataset)), "data_notes")
