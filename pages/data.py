"""The Data page: choose data, then see and settle what it is before anything is trained on it."""

import streamlit as st

from dashboard import cache, state
from dashboard.components.missing import link_is_dead
from dashboard.components.reading_progress import reading_progress

st.title("Data", anchor=False)
if state.param("view") != "new" and state.dataset_id() and cache.dataset(state.dataset_id()) is None:
    link_is_dead("dataset", state.dataset_id())

if not state.dataset_id() or state.param("view") == "new":
    from dashboard.components.new_data import new_data

    st.markdown("Upload a table or take a sample, train an autoencoder on it, and see what stands out.")
    new_data()
elif not reading_progress():
    from dashboard.components.advice_list import advice_list
    from dashboard.components.data_tabs import data_tabs
    from dashboard.components.dataset_header import dataset_header, facts

    dataset = dataset_header()
    schema = cache.schema(dataset.id)
    facts(dataset, schema)
    above = st.container()
    data_tabs(dataset, schema)
    # Last, because it looks at many rows: the views are there meanwhile.
    with above:
        advice_list(dataset)
