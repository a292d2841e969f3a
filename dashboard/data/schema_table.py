"""The schema as one editable table: what each column is, what it does, and why."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.index.changes import SETTLED
from core.index.guesses.kinds import KINDS
from core.index.guesses.roles import ROLES
from core.modalities.nouns import Nouns
from dashboard.format import plain, plural
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import kind
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.index.schema import Column, Schema
    from core.store.records import Dataset

_ROW = 35
_MOST_HEIGHT = 720


def schema_table(dataset: "Dataset", schema: "Schema") -> None:
    """Draw the table; a change is checked and saved at once."""
    problem = st.session_state.pop(_place(dataset.id, "problem"), "")
    if problem:
        st.error(plain(problem), icon=":material/error:")
    roles = {role: sum(c.role == role for c in schema.columns) for role in ROLES}
    reads = (
        "Features are what the network reads; the label is never shown to it."
        if kind.reads_columns(dataset)
        else f"The network reads the {nouns_for(dataset).samples} themselves, and none of these columns."
    )
    st.caption(
        f"Change a **role** or a **kind** by a double click on its cell. {reads}  "
        + "  ·  ".join(
            plural(n, role, "ignored" if role == "ignored" else f"{role}s") for role, n in roles.items() if n
        )
    )
    key = _place(dataset.id, f"editor:{cache.version(dataset)}:{st.session_state.get(_place(dataset.id, 'round'), 0)}")
    st.data_editor(
        _frame(schema, nouns_for(dataset)),
        key=key,
        hide_index=True,
        num_rows="fixed",
        height=min(_ROW * (len(schema.columns) + 1) + 3, _MOST_HEIGHT),
        row_height=_ROW,
        disabled=["Column", "Missing", "Values", "Example", "Why"],
        column_config=_columns(
            [role for role in ROLES if kind.reads_columns(dataset) or role != "feature"], nouns_for(dataset)
        ),
        on_change=_save,
        args=(dataset.id, key),
    )


def _frame(schema: "Schema", says: Nouns) -> Any:
    import pandas as pd

    return pd.DataFrame(
        {
            "Column": [c.name for c in schema.columns],
            "Role": [c.role for c in schema.columns],
            "Kind": [c.kind for c in schema.columns],
            "Missing": [100 * c.missing for c in schema.columns],
            "Values": [c.levels for c in schema.columns],
            "Example": [c.example for c in schema.columns],
            "Why": [says(_why(c)) for c in schema.columns],
        }
    )


def _why(column: "Column") -> str:
    """The reasons of kind and role; that an ordinary feature is one needs none."""
    ordinary = column.role == "feature" and column.role_reason not in SETTLED
    reasons = [column.kind_reason, "" if ordinary else column.role_reason]
    return " ".join(dict.fromkeys(reason for reason in reasons if reason))


def _columns(roles: "list[str]", says: Nouns) -> dict[str, Any]:
    c = st.column_config
    return {
        "Column": c.TextColumn(width="medium", pinned=True),
        "Role": c.SelectboxColumn(
            options=roles,
            required=True,
            width="small",
            help=links.more(
                ("feature: the network learns it. " if "feature" in roles else "")
                + says(
                    "label: says which rows are anomalies. time: orders the rows. "
                    "group: rows that belong together stay in one part. split: names each row's part. ignored: left "
                    "out."
                ),
                "data",
                "roles",
            ),
        ),
        "Kind": c.SelectboxColumn(
            options=list(KINDS),
            required=True,
            width="small",
            help=links.more(
                says(
                    "number: a quantity. integer code: whole numbers that are names. category: words that repeat. "
                    "identifier: names the row. constant: always the same."
                ),
                "data",
                "kinds",
            ),
        ),
        "Missing": c.NumberColumn(
            format="%.1f %%",
            width="small",
            help=links.more(says("Share of rows without a value."), "pages", "columns-and-roles"),
        ),
        "Values": c.NumberColumn(
            format="localized",
            width="small",
            help=links.more("How many different values there are.", "pages", "columns-and-roles"),
        ),
        "Example": c.TextColumn(width="small"),
        "Why": c.TextColumn(width="large"),
    }


def _save(dataset_id: str, key: str) -> None:
    """Take over what was edited; what is not allowed is told and undone."""
    names = {"Role": "role", "Kind": "kind"}
    edited = st.session_state[key]["edited_rows"]
    schema = cache.schema(dataset_id)
    changes = {
        schema.columns[int(row)].name: {names[cell]: str(value) for cell, value in cells.items() if cell in names}
        for row, cells in edited.items()
    }
    try:
        save_schema(dataset_id, schema.with_columns(_with_roles_moved(schema, changes)))
    except AnomalensError as problem:
        st.session_state[_place(dataset_id, "problem")] = str(problem)
    # A new key lets the table forget its own edits: the schema is what was saved.
    place = _place(dataset_id, "round")
    st.session_state[place] = st.session_state.get(place, 0) + 1


def _with_roles_moved(schema: "Schema", changes: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """A role that only one column can have moves: the column that had it before is ignored from then on."""
    from core.index.guesses.roles import SINGLE_ROLES

    moved = dict(changes)
    for change in changes.values():
        role = change.get("role", "")
        for column in schema.columns:
            if role in SINGLE_ROLES and column.role == role and "role" not in changes.get(column.name, {}):
                moved[column.name] = {**moved.get(column.name, {}), "role": "ignored"}
    return moved


def save_schema(dataset_id: str, schema: "Schema") -> None:
    """Store a changed schema with its dataset."""
    cache.workspace().store.update_dataset(dataset_id, schema=schema.to_dict())


def _place(dataset_id: str, what: str) -> str:
    return f"schema:{dataset_id}:{what}"
