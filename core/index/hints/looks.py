"""What a dataset is looked at for before training, one function each: what it finds, as advice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.index.guesses.roles import LIKE_LABEL, TELLS
from core.index.hints.missing_codes import missing_codes, sentence
from core.modalities.nouns import Nouns
from core.recipe import Recipe

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.split import Split
    from core.index.table import Table

FEW_ROWS = 100
LEAK_AUROC = 0.995
_LEAK_SAMPLE = 10_000
"""Rows of either class that the search for leaks looks at, at most."""
_LEAK_CLASS = 20
"""Under so few rows of a class, one feature separates it by chance too often to warn."""
_MOST_LEAKS = 0.1
"""Where more than this share of the features separates the classes, the task is easy rather than leaky."""


@dataclass(frozen=True)
class Advice:
    """One thing to look at before training."""

    level: str
    """"warning" or "info"."""
    title: str
    text: str
    remedy: str
    columns: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """The codes to read the file again with, as standing for a missing value."""

    def to_dict(self) -> dict[str, Any]:
        """The advice as plain values that JSON can hold."""
        return asdict(self) | {"columns": list(self.columns), "missing": list(self.missing)}


@dataclass(frozen=True)
class Case:
    """What every piece of advice looks at."""

    table: Table
    schema: Schema
    recipe: Recipe
    labels: NDArray[np.int8]
    split: Split | None
    split_error: str
    says: Nouns
    reads_columns: bool


def _no_feature(case: Case) -> Iterator[Advice]:
    if case.reads_columns and not case.schema.features:
        yield Advice(
            "warning",
            "Nothing to learn from",
            "No column has the role 'feature'.",
            "Give the columns that describe a row the role 'feature'.",
        )


def _split_fails(case: Case) -> Iterator[Advice]:
    if case.split_error:
        sentence, _, remedy = case.split_error.rpartition(". ")
        yield Advice("warning", "The rows cannot be divided", f"{sentence}." if sentence else remedy, remedy)


def _few_rows(case: Case) -> Iterator[Advice]:
    if case.table.rows < FEW_ROWS:
        yield Advice(
            "warning",
            "Few rows",
            f"There are {case.table.rows} rows; a network needs {FEW_ROWS} at the very least.",
            "Add rows, or use a classical method, which is often the better pick under 10,000 rows.",
        )


def _small_batch(case: Case) -> Iterator[Advice]:
    if case.split is None:
        return
    rows, batch = len(case.split.train), case.recipe.training.batch_size
    if 0 < rows < batch:
        yield Advice(
            "warning",
            "Fewer training rows than a batch",
            f"{rows:,} rows train, and a batch has {batch:,}: every epoch is a single step.",
            f"Choose a batch size of {max(1, rows // 8):,} or less.",
        )


def _constants(case: Case) -> Iterator[Advice]:
    used, unused = _by_use(case.schema, "constant")
    if used:
        yield Advice(
            "warning",
            "Constant features",
            f"{_names(used)} {_holds(used)} the same value in every row, so nothing can be learned from it.",
            "Give the role 'ignored'.",
            used,
        )
    if unused:
        yield Advice(
            "info",
            "Constant columns",
            f"{_names(unused)} {_holds(unused)} the same value in every row.",
            "Nothing to do: left out of the training. Check that the export is complete if this surprises you.",
            unused,
        )


def _identifiers(case: Case) -> Iterator[Advice]:
    _, unused = _by_use(case.schema, "identifier")
    looks_like_id = tuple(
        column.name
        for column in case.schema.features
        if column.kind in {"category", "integer code"} and column.levels > 0.9 * case.table.rows >= 20
    )
    if looks_like_id:
        yield Advice(
            "warning",
            "Identifiers among the features",
            f"Nearly every value of {_names(looks_like_id)} is different, so that it names the row.",
            "Give the role 'ignored'.",
            looks_like_id,
        )
    if unused:
        yield Advice(
            "info",
            "Identifiers",
            f"{_names(unused)} {'names' if len(unused) == 1 else 'name'} the row and say nothing about it.",
            "Nothing to do: left out of the training. Make it a category if its values repeat in new data.",
            unused,
        )


def _mostly_missing(case: Case) -> Iterator[Advice]:
    empty = tuple(column.name for column in case.schema.features if column.missing > 0.5)
    if empty:
        most = max(case.schema.column(name).missing for name in empty)
        yield Advice(
            "warning",
            "Over half of the values are missing",
            f"{_names(empty)} {_holds(empty)} no value in more than half of the rows (up to {100 * most:.0f} %).",
            "Give the role 'ignored', unless it tells something that a value is missing.",
            empty,
        )


def _label_classes(case: Case) -> Iterator[Advice]:
    schema = case.schema
    if not schema.labelled:
        yield Advice(
            "info",
            "No label column",
            "All rows train, anomalies among them included, and no accuracy can be measured.",
            "If a column says which rows are normal, give it the role 'label'.",
        )
        return
    found = {int(label) for label in np.unique(case.labels)} & {0, 1}
    if len(found) < 2:
        only = {frozenset({0}): "normal", frozenset({1}): "anomalous"}.get(frozenset(found), "unknown")
        yield Advice(
            "warning" if 0 not in found else "info",
            "One class only",
            f"Every row that the label speaks of is {only}, so that no accuracy can be measured.",
            "Check what the label's values mean, or add a second file with both classes.",
            (schema.label,) if schema.label else (),
        )


def _anomalies_train(case: Case) -> Iterator[Advice]:
    if case.split is None or not case.schema.labelled:
        return
    rows = case.split.train
    odd = int((case.labels[rows] == 1).sum())
    if odd:
        yield Advice(
            "warning",
            "Anomalies among the training rows",
            f"{odd:,} of the {len(rows):,} training rows ({100 * odd / len(rows):.2g} %) are labelled "
            "anomalous: the network learns to reconstruct them too.",
            "Train on normal rows only.",
            (case.schema.label,) if case.schema.label else (),
        )


def _codes(case: Case) -> Iterator[Advice]:
    codes = missing_codes(case.table, case.schema) if case.reads_columns else ()
    if codes:
        words = tuple(code.word for code in codes)
        yield Advice(
            "warning",
            f'{"A number" if len(codes) == 1 else "Numbers"} that may mean "no value"',
            " ".join(map(sentence, codes)),
            "If so, read the file again with "
            + (f"{words[0]} as a word for no value." if len(words) == 1 else "them as words for no value."),
            tuple(dict.fromkeys(name for code in codes for name in code.columns)),
            words,
        )


def _telling_names(case: Case) -> Iterator[Advice]:
    telling = tuple(c.name for c in case.schema.columns if c.role == "ignored" and c.role_reason in (LIKE_LABEL, TELLS))
    if telling and case.schema.label:
        yield Advice(
            "warning",
            "A column tells of the label" if len(telling) == 1 else "Columns tell of the label",
            f"{_names(telling)} {'tells' if len(telling) == 1 else 'tell'} by name what the label "
            f"{case.schema.label!r} tells: a leak.",
            "Nothing to do: left out of the training. Make it a feature if it is known before the anomaly is.",
            telling,
        )


def _leaks(case: Case) -> Iterator[Advice]:
    normal, odd = np.flatnonzero(case.labels == 0), np.flatnonzero(case.labels == 1)
    if min(len(normal), len(odd)) < _LEAK_CLASS or not case.schema.features or case.schema.test_is_anomaly:
        return
    from core.index.hints.leaks import separation

    rng = np.random.default_rng(0)
    rows = np.sort(np.concatenate([rng.permutation(part)[:_LEAK_SAMPLE] for part in (normal, odd)]))
    features = case.schema.features
    frame = case.table.frame([column.name for column in features], rows)
    labels = case.labels[rows] == 1
    strength = {c.name: separation(frame[c.name], c, labels) for c in features}
    leaks = tuple(name for name, auroc in strength.items() if auroc >= LEAK_AUROC)
    if not leaks:
        return
    best = max(strength[name] for name in leaks)
    if len(leaks) > max(2, _MOST_LEAKS * len(features)):
        yield Advice(
            "info",
            "Many features tell the classes apart",
            f"{len(leaks)} of {len(features)} features alone tell anomalies from normal rows (AUROC up to {best:.3f}): "
            "an easy task, or a leak in many columns.",
            "Check that these values are known before the anomaly is.",
            leaks,
        )
        return
    yield Advice(
        "warning",
        "A feature gives the answer away",
        f"{_names(leaks)} alone {'tells' if len(leaks) == 1 else 'tell'} anomalies from normal rows (AUROC up to "
        f"{best:.3f}). That is often a leak: something written down after the anomaly was known.",
        "Give the role 'ignored', unless the value is known before the anomaly is.",
        leaks,
    )


LOOKS: tuple[Callable[[Case], Iterator[Advice]], ...] = (
    _no_feature,
    _split_fails,
    _few_rows,
    _small_batch,
    _codes,
    _leaks,
    _telling_names,
    _anomalies_train,
    _label_classes,
    _mostly_missing,
    _constants,
    _identifiers,
)


def _by_use(schema: Schema, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the columns of a kind that are features, and of those that are ignored."""
    of_kind = [column for column in schema.columns if column.kind == kind]
    used = tuple(column.name for column in of_kind if column.role == "feature")
    return used, tuple(column.name for column in of_kind if column.role == "ignored")


def _names(names: tuple[str, ...], most: int = 6) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _holds(names: tuple[str, ...]) -> str:
    return "holds" if len(names) == 1 else "hold"
