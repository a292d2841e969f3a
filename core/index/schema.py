"""What each column of a dataset is and does: its kind, its role, and what the label's values mean.

A schema is a plain value: guessed from the data once (:func:`infer_schema`), changed by the user through the ``with_*``
methods, stored as JSON. It reads no data after that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.index.changes import BY_SAMPLE, BY_USER, changed_column, check_single_roles
from core.index.guesses.facts import LEVELS_KEPT, collect
from core.index.guesses.kinds import KINDS, guess_kind
from core.index.guesses.meanings import MEANINGS, guess_meanings
from core.index.guesses.names import tells_of_label
from core.index.guesses.roles import ROLES, TELLS, guess_roles

if TYPE_CHECKING:
    from core.index.table import Table


@dataclass(frozen=True)
class Column:
    """A column: what it is, what it does, why, and what was counted of it."""

    name: str
    kind: str
    role: str
    kind_reason: str = ""
    role_reason: str = ""
    unit: str = ""
    """For dates: ``s``, ``ms``, ``us``, ``ns`` of an epoch, or the format of a text."""
    type: str = "float"
    """How it is stored: integer, float, boolean, datetime or text."""
    levels: int = 0
    """How many different values it has (above 100 an estimate within a few percent)."""
    missing: float = 0.0
    """Share of rows without a value."""
    example: str = ""
    values: tuple[tuple[str, int], ...] = ()
    """Value and count, most frequent first; empty above 100 values."""
    possible: tuple[str, ...] = KINDS
    """The kinds that its values allow."""


@dataclass(frozen=True)
class Schema:
    """The columns of a dataset in file order, and the meaning of the label's values."""

    columns: tuple[Column, ...]
    label_values: Mapping[str, str] = field(default_factory=dict)
    """Value of the label column (as canonical text) -> normal, anomaly or unknown. A value that is not listed, such as
    an attack first seen in a new file, is an anomaly; a missing one is unknown."""
    label_reason: str = ""
    test_is_anomaly: bool = False
    """Without a label column: the first file is normal and the second anomalous (background and signal)."""

    def for_later(self, inferred: Schema) -> Schema:
        """The columns of a later file: those that are known do what they do here, all others are left out."""
        known = {column.name: column for column in self.columns}
        without = "The detector was trained without it."
        columns = []
        for found in inferred.columns:
            one = known.get(found.name)
            if one is None:
                columns.append(replace(found, role="ignored", role_reason=without))
                continue
            does = replace(found, kind=one.kind, role=one.role, unit=one.unit)
            columns.append(replace(does, kind_reason=one.kind_reason, role_reason=one.role_reason))
        return replace(self, columns=tuple(columns), test_is_anomaly=False)

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns that the network reads."""
        return tuple(column for column in self.columns if column.role == "feature")

    @property
    def label(self) -> str | None:
        """The name of the label column."""
        return self._only("label")

    @property
    def time(self) -> str | None:
        """The name of the column that orders the rows."""
        return self._only("time")

    @property
    def group(self) -> str | None:
        """The name of the column whose rows belong together."""
        return self._only("group")

    @property
    def split(self) -> str | None:
        """The name of the column that says which rows train and which are judged."""
        return self._only("split")

    @property
    def labelled(self) -> bool:
        """Whether it is known of some rows if they are normal or anomalous."""
        return self.label is not None or self.test_is_anomaly

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises
        ------
        DataError
            When there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(repr(column.name) for column in self.columns[:12])
        more = f" and {len(self.columns) - 12} more" if len(self.columns) > 12 else ""
        raise DataError(f"There is no column {name!r}. The columns are: {known}{more}.")

    def without_features(self) -> Schema:
        """A copy in which no column is a feature: what a network reads lies beside the index, not in it."""
        reason = "What is learned from is the content itself; this column can be filtered and coloured by."
        columns = tuple(
            replace(column, role="ignored", role_reason=reason) if column.role == "feature" else column
            for column in self.columns
        )
        return replace(self, columns=columns)

    def with_column(self, name: str, *, kind: str | None = None, role: str | None = None) -> Schema:
        """A copy with one column's kind or role changed by the user; see :meth:`with_columns`."""
        change = {key: value for key, value in (("kind", kind), ("role", role)) if value is not None}
        return self.with_columns({name: change})

    def refuse_without_features(self) -> None:
        """Check that there is a column to learn from.

        Raises
        ------
        DataError
            Says of the first columns why they are none.
        """
        if self.features:
            return
        reasons = [f"{column.name!r} is {_part(column)}: {column.role_reason}" for column in self.columns[:3]]
        more = f" So it goes on for {len(self.columns) - 3:,} more." if len(self.columns) > 3 else ""
        raise DataError(
            f"There is no feature column. {' '.join(reasons)}{more} "
            "Give at least one column the role 'feature' on the Data page, or add columns that differ from row to row."
        )

    def with_columns(self, changes: Mapping[str, Mapping[str, str]]) -> Schema:
        """A copy with several columns changed at once, so that a role can move from one to another.

        Parameters
        ----------
        changes
            Column name -> ``{"kind": …, "role": …}``, either or both.

        Raises
        ------
        DataError
            For an unknown column, kind or role, a kind that the values do not allow, a role that the kind does not
            allow, or a role that two columns would have of which one may.
        """
        changed = {name: changed_column(self.column(name), change) for name, change in changes.items()}
        columns = tuple(changed.get(column.name, column) for column in self.columns)
        check_single_roles(columns)
        return self._relabelled(replace(self, columns=columns))

    def with_label(self, column: str | None, normal: Sequence[str] | None = None) -> Schema:
        """A copy with another label column; the old one is ignored from then on, because it would give the answer.

        Parameters
        ----------
        column
            The label's name; None for no label.
        normal
            The values that mean normal: every other is an anomaly, and a missing one unknown. Guessed when None.

        Raises
        ------
        DataError
            When there is no such column, it has too many values, or lacks a value that is named normal.
        """
        changes: dict[str, dict[str, str]] = {}
        if self.label is not None and self.label != column:
            changes[self.label] = {"role": "ignored"}
        if column is not None and self.column(column).role != "label":
            changes[column] = {"role": "label"}
        schema = self.with_columns(changes)
        if column is not None:
            schema = schema._without_telling()
        if column is None or normal is None:
            return schema
        values = [value for value, _ in self.column(column).values]
        normal_values = [_spelled(canonical(value), values) for value in normal]
        for value in normal_values:
            if value not in values:
                raise DataError(
                    f"The label column {column!r} has no value {value!r}. Its values are: {_listed(values)}. "
                    "Name one of them as normal."
                )
        return schema.with_labels({value: "normal" if value in normal_values else "anomaly" for value in values})

    def known_of_sample(self) -> Schema:
        """A copy in which what was decided is known of an example of ours, and was not chosen by the user."""
        columns = tuple(
            replace(column, role_reason=BY_SAMPLE) if column.role_reason == BY_USER else column
            for column in self.columns
        )
        reason = BY_SAMPLE if self.label_reason == BY_USER else self.label_reason
        return replace(self, columns=columns, label_reason=reason)

    def _without_telling(self) -> Schema:
        """A copy that does not read what tells of the label by its name, where nobody chose that it should."""
        columns = tuple(
            replace(column, role="ignored", role_reason=TELLS)
            if column.role == "feature" and column.role_reason != BY_USER and tells_of_label(column.name)
            else column
            for column in self.columns
        )
        return replace(self, columns=columns)

    def with_labels(self, meanings: Mapping[str, str]) -> Schema:
        """A copy in which label values mean what ``meanings`` says (normal, anomaly, unknown); the others stay.

        Raises
        ------
        DataError
            Without a label column, or for an unknown meaning.
        """
        if self.label is None:
            raise DataError("Label values need a label column. Give one column the role 'label' first.")
        for value, meaning in meanings.items():
            if meaning not in MEANINGS:
                raise DataError(f"A label value means {', '.join(MEANINGS)}. Got {meaning!r} for {value!r}.")
        merged = {**self.label_values, **{canonical(value): meaning for value, meaning in meanings.items()}}
        return replace(self, label_values=merged, label_reason=BY_USER)

    def with_test_as_anomaly(self, anomalous: bool = True) -> Schema:
        """A copy in which the rows of the second file are anomalies and those of the first normal, or not."""
        if anomalous and self.label is not None:
            raise DataError(
                f"The column {self.label!r} says already which rows are anomalies. "
                "Give it another role before the second file can say it."
            )
        return replace(self, test_is_anomaly=anomalous)

    def to_dict(self) -> dict[str, Any]:
        """The schema as plain values that JSON can hold."""
        columns = []
        for column in self.columns:
            plain = asdict(column)
            plain["values"] = [[value, count] for value, count in column.values]
            plain["possible"] = list(column.possible)
            columns.append(plain)
        return {
            "columns": columns,
            "label_values": dict(self.label_values),
            "label_reason": self.label_reason,
            "test_is_anomaly": self.test_is_anomaly,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Schema:
        """The schema that :meth:`to_dict` wrote."""
        columns = []
        for plain in values["columns"]:
            counted = tuple((str(value), int(count)) for value, count in plain.get("values", ()))
            possible = tuple(plain.get("possible", KINDS))
            columns.append(Column(**{**plain, "values": counted, "possible": possible}))
        return cls(
            tuple(columns),
            dict(values.get("label_values", {})),
            str(values.get("label_reason", "")),
            bool(values.get("test_is_anomaly", False)),
        )

    def _only(self, role: str) -> str | None:
        return next((column.name for column in self.columns if column.role == role), None)

    def _relabelled(self, changed: Schema) -> Schema:
        """``changed`` with the label's meanings guessed anew where the label is another column than here."""
        if changed.label == self.label:
            return changed
        if changed.label is None:
            return replace(changed, label_values={}, label_reason="")
        meanings, reason = guess_meanings(changed.column(changed.label).values)
        return replace(changed, label_values=meanings, label_reason=reason, test_is_anomaly=False)


def infer_schema(table: Table) -> Schema:
    """The best guess of what each column is and does, each with its reason."""
    facts = collect(table)
    kinds = [guess_kind(fact) for fact in facts]
    roles = guess_roles(facts, kinds)
    columns = tuple(
        Column(
            name=fact.name,
            kind=kind.kind,
            role=role.role,
            kind_reason=kind.reason,
            role_reason=role.reason,
            unit=kind.unit,
            type=fact.type,
            levels=fact.distinct,
            missing=fact.missing,
            example=fact.example,
            values=fact.values if len(fact.values) <= LEVELS_KEPT else (),
            possible=kind.possible,
        )
        for fact, kind, role in zip(facts, kinds, roles, strict=True)
    )
    unlabelled = Schema(tuple(replace(c, role="ignored") if c.role == "label" else c for c in columns))
    return unlabelled._relabelled(Schema(columns))


def _part(column: Column) -> str:
    return "ignored" if column.role == "ignored" else f"the {column.role} column"


def canonical(value: object) -> str:
    """A label value as the schema writes it: ``1.0`` is ``1``, ``-0.0`` is ``0``, True is ``true``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        # By its text: whatever is computed with decimals is rounded to 28 digits.
        plain = f"{value:f}"
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) if value else "0"
    text = str(value).strip()
    if text == "-0.0" and not isinstance(value, str):
        return "0"
    return text[:-2] if text.endswith(".0") and text[:-2].lstrip("-").isdigit() else text


def _spelled(value: str, known: Sequence[str]) -> str:
    """``value`` as the one known value is spelled that differs from it in capitals alone; else as it is."""
    alike = [other for other in known if other.casefold() == value.casefold()]
    return alike[0] if value not in known and len(alike) == 1 else value


def _listed(values: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(repr(value) for value in values[:most])
    return shown + (f" and {len(values) - most} more" if len(values) > most else "")


__all__ = ["KINDS", "MEANINGS", "ROLES", "Column", "Schema", "canonical", "infer_schema"]
