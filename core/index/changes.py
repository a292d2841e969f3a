"""What the user may change of a column: which kinds its values allow, and which roles its kind allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import DataError
from core.index.guesses.kinds import KINDS
from core.index.guesses.roles import FEATURE_KINDS, MOST_LABELS, ROLES, SINGLE_ROLES, default_role

if TYPE_CHECKING:
    from core.index.schema import Column

BY_USER = "Chosen by you."
"""The reason of everything that the user decided."""
BY_SAMPLE = "Known of this sample."
"""The reason of what the examples that ship with the app say of themselves."""
SETTLED = (BY_USER, BY_SAMPLE)
"""Reasons of what was not guessed."""


def changed_column(column: Column, change: Mapping[str, str]) -> Column:
    """``column`` with another kind, role or both, or a :class:`DataError` that says why not."""
    kind, role = change.get("kind", column.kind), change.get("role", column.role)
    if kind not in KINDS:
        raise DataError(f"The kind of column {column.name!r} must be one of {', '.join(KINDS)}. Got {kind!r}.")
    if role not in ROLES:
        raise DataError(f"The role of column {column.name!r} must be one of {', '.join(ROLES)}. Got {role!r}.")
    if kind != column.kind:
        if kind not in column.possible:
            raise DataError(_impossible(column, kind))
        column = replace(column, kind=kind, kind_reason=BY_USER, unit=_unit(column, kind))
    if role == "feature" and kind not in FEATURE_KINDS:
        if "role" in change and column.role != role:
            raise DataError(
                f"Column {column.name!r} holds {'free text' if kind == 'text' else 'identifiers'}, which a table's "
                "model cannot learn from. Make its kind 'category' or 'number' first, or leave it out."
            )
        return replace(column, role="ignored", role_reason=default_role(kind).reason)
    if role == "label" and not column.levels:
        raise DataError(
            f"A label column says which rows are anomalies. Column {column.name!r} holds no value in any row. Fill it, "
            "or choose another column."
        )
    if role == "label" and not 0 < len(column.values) <= MOST_LABELS:
        raise DataError(
            f"A label column has at most {MOST_LABELS} different values. Column {column.name!r} has "
            f"{column.levels:,}. Choose a column that names the class of each row."
        )
    if role == "time" and column.kind not in {"datetime", "number", "integer code", "identifier"}:
        raise DataError(
            f"The time column must hold dates or numbers to put the rows in order. Column {column.name!r} is of kind "
            f"{column.kind!r}, such as {column.example!r}. Choose another column."
        )
    return column if role == column.role else replace(column, role=role, role_reason=BY_USER)


def _unit(column: Column, kind: str) -> str:
    """The unit of a column whose kind changes to ``kind``."""
    if kind != "datetime" or column.type == "datetime":
        return ""
    if column.unit:
        return column.unit
    from core.index.dates import epoch_unit, text_format

    if column.type == "text":
        import pandas as pd

        return text_format(pd.Series([column.example]))
    return epoch_unit(float(column.example), float(column.example))


def _impossible(column: Column, kind: str) -> str:
    reasons = {
        "number": f"it holds text such as {column.example!r}",
        "integer code": f"it holds values such as {column.example!r}, which are no whole numbers",
        "boolean": f"it has {column.levels:,} different values",
        "datetime": f"its values, such as {column.example!r}, read as no date",
        "constant": f"it has {column.levels:,} different values",
    }
    options = ", ".join(column.possible)
    return f"Column {column.name!r} cannot be of kind {kind!r}: {reasons[kind]}. It can be: {options}."


def check_single_roles(columns: tuple[Column, ...]) -> None:
    """Refuse two columns in a role that only one can have."""
    for role in SINGLE_ROLES:
        named = [column.name for column in columns if column.role == role]
        if len(named) > 1:
            raise DataError(
                f"One column at most can have the role {role!r}. Now {' and '.join(repr(n) for n in named)} have it. "
                "Give all but one of them another role."
            )
