"""The choice of the label column, and of what its values mean."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.index.guesses.roles import MOST_LABELS
from dashboard.data.schema_table import save_schema
from dashboard.format import count, plain, share
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import widget_sync
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset

_NONE = ""


def label_values(dataset: "Dataset", schema: "Schema") -> None:
    """Draw the choice of the label column and the meaning of its values."""
    left, right = st.columns([1, 1.3], gap="large")
    with left:
        _choose_column(dataset, schema)
        if dataset.test_rows:
            _second_file(dataset, schema)
        if schema.label is not None:
            _choose_meanings(dataset, schema)
    with right:
        if schema.label is not None:
            _counts(dataset, schema)


def _choose_column(dataset: "Dataset", schema: "Schema") -> None:
    says = nouns_for(dataset)
    candidates = [c.name for c in schema.columns if 0 < len(c.values) <= MOST_LABELS or c.role == "label"]
    options = [_NONE, *candidates]
    picker, label = f"label_column:{dataset.id}", schema.label or _NONE

    def changed() -> None:
        chosen = widget_sync.value(picker)
        _try(dataset.id, lambda s: s.with_label(chosen or None))

    st.selectbox(
        "Label column",
        options,
        index=options.index(label),
        format_func=lambda name: name or "No label",
        key=widget_sync.key(picker, label),
        on_change=changed,
        help=links.more(
            says(
                "The column that says which rows are anomalies. The network never sees it; it is used to train on "
                "normal rows only and to measure how well anomalies are found. It has at most "
                f"{MOST_LABELS} different values."
            ),
            "data",
            "labels",
        ),
    )
    if schema.label_reason:
        st.caption(plain(schema.label_reason))


def _second_file(dataset: "Dataset", schema: "Schema") -> None:
    toggle = f"second_is_anomaly:{dataset.id}"

    def changed() -> None:
        is_on = bool(widget_sync.value(toggle))
        _try(dataset.id, lambda s: (s.with_label(None) if is_on else s).with_test_as_anomaly(is_on))

    st.toggle(
        "The second file holds the anomalies",
        schema.test_is_anomaly,
        key=widget_sync.key(toggle, schema.test_is_anomaly),
        on_change=changed,
    )


def _choose_meanings(dataset: "Dataset", schema: "Schema") -> None:
    says = nouns_for(dataset)
    values = [value for value, _ in schema.column(str(schema.label)).values]
    counts = dict(schema.column(str(schema.label)).values)
    for meaning, label in (("normal", "Normal values"), ("unknown", "Values that say nothing")):
        meant = [v for v in values if schema.label_values.get(v, "anomaly") == meaning]
        st.multiselect(
            label,
            values,
            format_func=lambda v: f"{v}  ({count(counts[v])})",
            default=meant,
            key=widget_sync.key(f"{meaning}_values:{dataset.id}", meant),
            on_change=_remap,
            args=(dataset.id, tuple(values), meaning),
            placeholder="None",
            help=links.more(
                "Every value that is listed neither here nor there means an anomaly."
                if meaning == "normal"
                else says("Rows of these values neither train nor are counted as right or wrong."),
                "data",
                "labels",
            ),
        )


def _remap(dataset_id: str, values: tuple[str, ...], changed: str) -> None:
    chosen = {meaning: set(widget_sync.value(f"{meaning}_values:{dataset_id}")) for meaning in ("normal", "unknown")}
    other = "unknown" if changed == "normal" else "normal"
    chosen[other] -= chosen[changed]
    meanings = {
        value: "normal" if value in chosen["normal"] else "unknown" if value in chosen["unknown"] else "anomaly"
        for value in values
    }
    _try(dataset_id, lambda s: s.with_labels(meanings))


def _counts(dataset: "Dataset", schema: "Schema") -> None:
    import pandas as pd

    says = nouns_for(dataset)
    rows = dataset.rows + dataset.test_rows
    column = schema.column(str(schema.label))
    table = [(value, schema.label_values.get(value, "anomaly"), n) for value, n in column.values]
    missing = rows - sum(n for _, n in column.values)
    if missing > 0:
        table.append(("(no value)", "unknown", missing))
    frame = pd.DataFrame(table, columns=["Value", "Meaning", "Rows"])
    frame["Share"] = [share(n / rows) for n in frame["Rows"]]
    st.dataframe(
        frame,
        hide_index=True,
        height=min(35 * (len(frame) + 1) + 3, 420),
        column_config={"Rows": st.column_config.NumberColumn(says("Rows"), format="localized")},
    )


def _try(dataset_id: str, change: Any) -> None:
    try:
        save_schema(dataset_id, change(cache.schema(dataset_id)))
    except AnomalensError as problem:
        st.session_state[f"schema:{dataset_id}:problem"] = str(problem)
