"""The views of a dataset, one at a time; which one is in the address."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.state import page_url, widget_sync

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset

TABS = {"columns": "Columns", "label": "Label", "profile": "Profile", "split": "Split", "reading": "How it was read"}


def data_tabs(dataset: "Dataset", schema: "Schema") -> None:
    """Draw the choice of the view, and the view."""
    tab = page_url.param("tab", "columns")
    tab = tab if tab in TABS else "columns"
    chosen = st.segmented_control(
        "View",
        list(TABS),
        format_func=TABS.__getitem__,
        default=tab,
        key=widget_sync.key("data_tab", tab),
        required=True,
        on_change=_opened,
        label_visibility="collapsed",
    )
    if chosen == "columns":
        from dashboard.data.schema_table import schema_table

        schema_table(dataset, schema)
    elif chosen == "label":
        from dashboard.data.label_values import label_values

        label_values(dataset, schema)
    elif chosen == "profile":
        from dashboard.data.profile_panel import profile_panel

        profile_panel(dataset, schema)
    elif chosen == "split":
        from dashboard.data.split_panel import split_panel

        split_panel(dataset, schema)
    else:
        from dashboard.data.read_report import read_report

        read_report(dataset)


def _opened() -> None:
    chosen = widget_sync.value("data_tab")
    page_url.set_params(tab=None if chosen == "columns" else chosen)
