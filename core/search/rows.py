"""Splits a search's validation rows: those that rank the trials, and those held out for the final estimate.

With labels the validation part chooses where it holds anomalies. Usually it holds none, because labelled anomalies
neither train nor validate; then a half of the judged rows, drawn by class, chooses, and the other half, which the
search never looks at, gives the estimate of how good the chosen one is: choosing among many by the same rows that one
reports would report luck too (Cawley and Talbot, 2010). Without labels the validation rows are taken for normal and
held against synthetic anomalies.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.index.split import Split

Rows = NDArray[np.int64]

FEWEST = 4
"""Anomalies that choosing by labels takes: two that choose, two for the last word."""
SELECT, ESTIMATE, HELD_OUT = 20_000, 50_000, 2_000
"""Rows of each kind at most, a seeded sample of them where there are more."""
_FEW_HELD_OUT = 30
_DRAW = 61


@dataclass(frozen=True)
class Division:
    """The rows of a search beside those that train, ascending."""

    objective: str
    """labels or unlabelled."""
    select: Rows
    """Labelled rows that choose; empty without labels."""
    estimate: Rows
    """Labelled rows for the last word; empty without labels."""
    held_out: Rows
    """Rows taken for normal, which synthetic anomalies are held against; empty with labels."""
    note: str
    """What was done, as a sentence for the user."""


def divide(split: Split, labels: NDArray[np.int8], objective: str, seed: int) -> Division:
    """The rows that choose among the trials of a search.

    Parameters
    ----------
    split
        What trains, validates and is judged.
    labels
        1, 0 or -1 of each row of the table.
    objective
        auto, labels or unlabelled.
    seed
        Of what is drawn.

    Raises
    ------
    DataError
        When labels are asked for and there are too few, or no row is left to hold synthetic anomalies against.
    """
    rng = np.random.default_rng([seed, _DRAW])
    if objective != "unlabelled":
        found = _by_labels(split, labels, rng)
        if found is not None:
            return found
        few = (
            f"Choosing by labels takes {FEWEST} anomalies and {FEWEST} normal rows at least that do not train. Got "
            f"{_count(labels, split, 1)} and {_count(labels, split, 0)}."
        )
        if objective == "labels":
            raise DataError(f"{few} Label more rows, change the split, or choose without labels.")
        if (labels >= 0).any():
            without = _without(split, rng)
            return replace(without, note=f"{few} So it chooses without labels. {without.note}")
    return _without(split, rng)


def _by_labels(split: Split, labels: NDArray[np.int8], rng: np.random.Generator) -> Division | None:
    none = split.train[:0]
    if _enough(labels[split.validation]) and _enough(labels[split.test]):
        select, rest = _known(split.validation, labels), _known(split.test, labels)
        how = "The validation rows choose the best recipe, and the test rows say how good it is."
    else:
        pool = _known(split.test, labels)
        if not _enough(labels[pool]):
            return None
        halves = [np.array_split(rng.permutation(pool[labels[pool] == c]), 2) for c in (1, 0)]
        select, rest = (np.concatenate([half[i] for half in halves]) for i in (0, 1))
        how = (
            "No anomaly is among the validation rows. So half of the test rows choose the best recipe, and the other "
            "half say how good it is."
        )
    select, rest = _some(select, labels, SELECT, rng), _some(rest, labels, ESTIMATE, rng)
    note = f"{how} {_class_counts(select, labels, 'choose')}; {_class_counts(rest, labels, 'measure')}."
    return Division("labels", select, rest, none, note)


def _without(split: Split, rng: np.random.Generator) -> Division:
    none = split.train[:0]
    rows, note = split.validation, "Synthetic anomalies are compared with {:,} rows that do not train."
    if len(rows) < _FEW_HELD_OUT:
        rows = np.concatenate([split.validation, split.train])
        note = "Too few rows validate: synthetic anomalies are compared with {:,} rows, some of which train."
    rows = np.sort(rng.choice(rows, min(len(rows), HELD_OUT), replace=False))
    return Division("unlabelled", none, none, rows, note.format(len(rows)))


def _known(rows: Rows, labels: NDArray[np.int8]) -> Rows:
    return rows[labels[rows] >= 0]


def _enough(labels: NDArray[np.int8]) -> bool:
    return min(int((labels == 1).sum()), int((labels == 0).sum())) >= FEWEST


def _count(labels: NDArray[np.int8], split: Split, label: int) -> int:
    return int((labels[np.concatenate([split.validation, split.test])] == label).sum())


def _some(rows: Rows, labels: NDArray[np.int8], most: int, rng: np.random.Generator) -> Rows:
    """At most so many of the rows, each class in its share."""
    share = min(1.0, most / len(rows))
    parts = [rows[labels[rows] == c] for c in (0, 1)]
    taken = [rng.choice(part, max(2, round(share * len(part))), replace=False) for part in parts]
    return np.sort(np.concatenate(taken))


def _class_counts(rows: Rows, labels: NDArray[np.int8], what: str) -> str:
    return f"{int((labels[rows] == 1).sum()):,} anomalies and {int((labels[rows] == 0).sum()):,} normal rows {what}"
