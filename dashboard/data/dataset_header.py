"""The head of a dataset: which one it is, what can be done with it, and its size in four numbers."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from dashboard.components.dataset_picker import pick_dataset
from dashboard.format import count, plain, plural, share
from dashboard.help import links
from dashboard.server import cache, uploads
from dashboard.state import kind, page_url
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset


def dataset_header() -> "Dataset":
    """Draw the picker and the buttons; the dataset that is picked."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="dataset_bar"):
        with st.container(width="stretch"):
            dataset = pick_dataset()
        if st.button(
            "New data",
            icon=":material/add:",
            key="new_data",
            help=links.more("Upload another file or take a sample", "pages", "new-data"),
        ):
            page_url.set_params(view="new")
            st.rerun()
        _more(dataset)
        if st.button("Train on this data", type="primary", icon=":material/model_training:", key="train_on_this"):
            page_url.go("train", dataset=dataset.id)
    return dataset


def facts(dataset: "Dataset", schema: "Schema") -> None:
    """Draw the dataset's size."""
    labels = cache.label_counts(dataset.id, cache.version(dataset))
    rows = dataset.rows + dataset.test_rows
    second = f"of them {count(dataset.test_rows)} in the second file" if dataset.test_rows else None
    says, of_its_kind = nouns_for(dataset), kind.kind_of(dataset)
    tiles = [(says("Rows"), count(rows), second)]
    if kind.reads_columns(dataset):
        word = says.parts.capitalize() if of_its_kind is not None and of_its_kind.draws_samples else "Features"
        tiles.append((word, f"{len(schema.features)} of {plural(dataset.columns, 'column')}", None))
    else:
        tiles += _content(dataset)
    if schema.labelled:
        known = labels["normal"] + labels["anomaly"]
        rate = share(labels["anomaly"] / known if known else None)
        tiles += [
            ("Normal", count(labels["normal"]), None),
            ("Anomalies", f"{count(labels['anomaly'])}  ({rate})", None),
        ]
        if labels["unknown"]:
            tiles.append(("Unknown", count(labels["unknown"]), None))
    else:
        tiles.append(
            (
                "Labels",
                "None",
                links.more(says("No column says which rows are anomalies: training uses all rows."), "data", "labels"),
            )
        )
    with st.container(horizontal=True, gap="medium", key="facts"):
        for label, value, help_text in tiles:
            st.metric(label, value, help=help_text, width="content")


def _content(dataset: "Dataset") -> "list[tuple[str, str, str | None]]":
    """Which kind of data it is, and what is known beside the content that a network reads."""
    of_its_kind = kind.kind_of(dataset)
    title = of_its_kind.title if of_its_kind is not None else dataset.modality
    about = (
        f"What is known of each {nouns_for(dataset).sample} beside its content: to filter, to colour and to judge by."
    )
    return [
        ("Kind of data", plain(title), plain(dataset.report.get("recognised", "")) or None),
        ("Known beside", plural(dataset.columns, "column"), about),
    ]


def _more(dataset: "Dataset") -> None:
    with st.popover("", icon=":material/more_vert:", help=links.more("Rename or delete", "pages", "data")):
        name = st.text_input("Name", dataset.name, max_chars=120, key=f"rename_{dataset.id}")
        if st.button("Rename", disabled=not name.strip() or name.strip() == dataset.name, key="rename"):
            cache.workspace().store.update_dataset(dataset.id, name=name.strip())
            st.rerun()
        st.divider()
        runs = len(cache.workspace().store.runs(dataset.id))
        also = f" and {plural(runs, 'run')} on it" if runs else ""
        sure = st.checkbox(f"Delete this dataset{also} for good", key=f"sure_{dataset.id}")
        if st.button("Delete", disabled=not sure, key="delete", icon=":material/delete:"):
            _delete(dataset)


def _delete(dataset: "Dataset") -> None:
    try:
        cache.workspace().delete_dataset(dataset.id)
    except AnomalensError as problem:
        st.error(plain(problem))
        return
    uploads.discard_of(dataset.id)
    page_url.set_params(dataset=None, run=None)
    page_url.show_on_next_page(f"“{plain(dataset.name)}” was deleted.")
    st.rerun()
