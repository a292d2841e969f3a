"""Everything that was decided about a dataset without being asked: by its readers, and by the guesses of its schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.index.changes import SETTLED
from core.index.dates import to_seconds
from core.index.hints.missing_codes import missing_codes, sentence
from core.index.labels import read_labels
from core.index.numbers import no_numbers
from core.notes.note import Note, in_order, quoted
from core.notes.reading import MOST, missing_words, reading_notes
from core.words import plural

if TYPE_CHECKING:
    from core.index.schema import Column, Schema
    from core.index.table import Table

_COUNTED_CELLS = 100_000_000
"""In a table of more cells than this, duplicate rows are not looked for."""
_PARTS = {"time": "the time", "group": "the group", "split": "the split"}


def dataset_notes(
    report: Mapping[str, Any], schema: Schema, table: Table, *, noun: str = "row", reads_columns: bool = True
) -> tuple[Note, ...]:
    """All notes of a dataset.

    Parameters
    ----------
    report
        How its files were read, as the dataset keeps it.
    schema, table
        Its columns and its rows.
    noun
        What a sample is called.
    reads_columns
        Whether a network reads the columns; else they are what is known beside the content.
    """
    found = [*reading_notes(report), *_unread(schema, table), *_label(schema, table, noun)]
    if reads_columns:
        found += [
            *_missing_codes(schema, table),
            *_rounded(schema, table),
            *_codes(schema),
            *_parts(schema),
            *_left_out(schema),
            *_duplicates(table, noun),
        ]
    return in_order(found)


def _unread(schema: Schema, table: Table) -> Iterator[Note]:
    """The texts of columns that are read as numbers or dates and are neither, so that they count as missing."""
    found: dict[str, dict[str, int]] = {}
    for column in schema.columns:
        if column.type != "text" or column.kind not in {"number", "datetime"} or column.role == "ignored":
            continue
        values = table.frame([column.name])[column.name]
        if column.kind == "number":
            unread = no_numbers(values)
        else:
            unread = values.notna().to_numpy() & np.isnan(to_seconds(values, column.unit))
        counts = values[unread].astype("str").str.strip().value_counts()
        found[column.name] = {str(word): int(n) for word, n in counts.items() if str(word)}
    yield from missing_words({name: words for name, words in found.items() if words})


def _label(schema: Schema, table: Table, noun: str) -> Iterator[Note]:
    if schema.label is None:
        return
    if schema.label_reason not in SETTLED:
        yield Note("label", f"Column {schema.label!r} is the label: {schema.label_reason}", (schema.label,))
    unknown = int((read_labels(table, schema) == -1).sum())
    if unknown:
        yield Note(
            "unlabelled",
            f"Of {plural(table.rows, noun)}, {unknown:,} {'has' if unknown == 1 else 'have'} no label in "
            f"{schema.label!r}: neither normal nor anomalous, so that {'it counts' if unknown == 1 else 'they count'} "
            "in no measure.",
            (schema.label,),
        )


def _missing_codes(schema: Schema, table: Table) -> Iterator[Note]:
    """Numbers that may stand for a missing value, and how to read them as that."""
    for code in missing_codes(table, schema)[:MOST]:
        how = f"If it does, read the file again with --missing {code.word}, or with it among the words for no value."
        yield Note("missing codes", f"{sentence(code)} {how}", code.columns)


def _rounded(schema: Schema, table: Table) -> Iterator[Note]:
    """Numbers so long that a network, which counts in floats, cannot tell all of them apart."""
    numbers = [column.name for column in schema.features if column.kind == "number"]
    for name, (values, floats) in table.rounded(numbers).items():
        yield Note(
            "rounded",
            f"Column {name!r} has numbers of more digits than a network counts with: its {values:,} different values "
            f"are {floats:,} to it. They are shown, compared and written with every digit. Make it a category if they "
            "are names.",
            (name,),
        )


def _codes(schema: Schema) -> Iterator[Note]:
    """Columns of numbers whose values are taken for names, so that the distances between them mean nothing."""
    numbers = {"integer", "float"}
    found = [c for c in schema.features if c.kind == "integer code" or (c.kind == "category" and c.type in numbers)]
    words = "numbers that are kept as categories"
    yield from _by_reason("codes", found, lambda c: c.kind_reason, f"holds {words}", f"hold {words}")


def _parts(schema: Schema) -> Iterator[Note]:
    """Columns that have another part than to be learned from."""
    for column in schema.columns:
        if column.role in _PARTS and column.role_reason not in SETTLED:
            text = f"Column {column.name!r} is {_PARTS[column.role]}, and not learned from: {column.role_reason}"
            yield Note("role", text, (column.name,))


def _left_out(schema: Schema) -> Iterator[Note]:
    """Columns that play no part, and why."""
    left = [c for c in schema.columns if c.role == "ignored" and c.role_reason not in SETTLED]
    constant = [c for c in left if c.kind == "constant"]
    for column in constant[:MOST]:
        yield Note("constant", f"Column {column.name!r} is left out: {column.kind_reason}", (column.name,))
    if rest := tuple(c.name for c in constant[MOST:]):
        yield Note("constant", f"{plural(len(rest), 'more constant column')} left out: {quoted(rest)}.", rest)
    others = [c for c in left if c.kind != "constant"]
    yield from _by_reason("ignored", others, _why_left_out, "is left out", "are left out")


def _why_left_out(column: Column) -> str:
    return " ".join(dict.fromkeys(reason for reason in (column.kind_reason, column.role_reason) if reason))


def _by_reason(
    kind: str, columns: Sequence[Column], reason: Callable[[Column], str], one: str, many: str
) -> Iterator[Note]:
    """A sentence for each reason, with the columns that it holds of."""
    by_reason: dict[str, list[str]] = {}
    for column in columns:
        by_reason.setdefault(reason(column), []).append(column.name)
    groups = list(by_reason.items())
    for why, names in groups[:MOST]:
        said = f"Column {names[0]!r} {one}" if len(names) == 1 else f"Columns {quoted(names)} {many}"
        yield Note(kind, f"{said}{': ' + why if why else '.'}", tuple(names))
    if rest := [name for _, names in groups[MOST:] for name in names]:
        said = f"Column {rest[0]!r} {one}" if len(rest) == 1 else f"{len(rest):,} more columns ({quoted(rest)}) {many}"
        yield Note(kind, f"{said}; the table of columns says why.", tuple(rest))


def _duplicates(table: Table, noun: str) -> Iterator[Note]:
    if table.rows * len(table.columns) > _COUNTED_CELLS:
        return
    if repeated := table.duplicates():
        verb, they = ("repeats", "It is") if repeated == 1 else ("repeat", "They are")
        yield Note(
            "duplicates",
            f"Of {plural(table.rows, noun)}, {repeated:,} {verb} an earlier one in every column. {they} kept.",
        )


__all__ = ["dataset_notes"]
