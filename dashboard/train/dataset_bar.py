"""The dataset of a training in two lines: what is in it, and how its rows would be divided."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import format
from dashboard.components.notes_list import notes_list
from dashboard.format import plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import kind, page_url
from dashboard.state.kind import nouns_for
from dashboard.train.previews import SplitPreview

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset


def summary(dataset: "Dataset", schema: "Schema", split: SplitPreview) -> None:
    """Rows, features, labels and parts in two lines, and the way to change them."""
    parts = [nouns_for(dataset).count(dataset.rows + dataset.test_rows)]
    if kind.reads_columns(dataset):
        parts.append(format.plural(len(schema.features), "feature"))
    parts.append(_labels(schema))
    if dataset.test_rows:
        parts.append("with a second file")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(" · ".join(parts), width="content")
        page_url.page_link("data", "Change", icon=":material/edit:", dataset=dataset.id)
    if split.problem:
        st.caption(f":red[{plain(split.problem)}]")
    else:
        train = f"**{split.train:,}** {nouns_for(dataset).samples} train"
        counts = f"{train} · **{split.validation:,}** validate · **{split.test:,}** test"
        st.caption(counts, help=links.more(plain(split.note), "data", "splits"))
    notes_list(cache.notes(dataset.id, cache.version(dataset)), "train_notes")


def _labels(schema: "Schema") -> str:
    if schema.label is not None:
        return f"labels in “{plain(schema.label)}”"
    return "the second file is anomalous" if schema.test_is_anomaly else "no labels"
