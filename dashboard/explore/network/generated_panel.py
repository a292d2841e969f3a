"""New rows from a variational network, each column beside the real ones; nothing where the run has none."""

from typing import Any

import streamlit as st

from dashboard.charts.generated_values import generated_values
from dashboard.components.show import show
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.help import links
from dashboard.state.kind import nouns_for


@st.fragment(key="explore_generated")
def generated_panel(run: SharedRun) -> None:
    """Draw the choice of a column, its histogram and the download."""
    says = nouns_for(run)
    columns = _columns(run)
    if not columns:
        return
    with st.container(border=True, key="explore_generated_card"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="explore_generated_controls"):
            place = st.selectbox(
                says("New rows: column", parts=True),
                range(len(columns)),
                format_func=lambda i: columns[i]["column"],
                key="explore_generated_column",
                help=links.more(
                    says(
                        "The network drew these rows by itself, from its prior, in your units. The closer their values "
                        "are to the training rows', the better it has learnt what your data look like. What it draws "
                        "is the mean of each row, so that their spread is smaller than the real one."
                    ),
                    "pages",
                    "new-rows",
                ),
            )
            st.download_button(
                says("New rows as CSV"),
                data=lambda: _csv(run),
                file_name="new-rows.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                key="explore_generated_download",
            )
        show(generated_values(columns[place], says=says), "explore_generated_values", run.name)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=shared_run.BY_KEY)
def _columns(run: SharedRun) -> list[dict[str, Any]]:
    """Each column's counts; empty where the network is not variational."""
    artifacts, path = run.space.artifacts, f"{run.folder}/generated.json"
    return list(artifacts.read_json(path)) if artifacts.exists(path) else []


def _csv(run: SharedRun) -> bytes:
    """The rows, with nothing in them that a spreadsheet would run."""
    import pandas as pd

    from core.results.export import BOM, safe_cell

    rows = pd.read_parquet(run.space.artifacts.local(f"{run.folder}/generated.parquet"))
    for name in rows.columns:
        if rows[name].dtype == object or str(rows[name].dtype) in ("str", "string"):
            rows[name] = rows[name].map(safe_cell, na_action="ignore")
    rows = rows.rename(columns={name: safe_cell(name) for name in rows.columns})
    return (BOM + rows.to_csv(index=False, lineterminator="\r\n")).encode()
