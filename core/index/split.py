"""Splits a dataset into training, validation and test rows by a seed, and describes the split in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.index.guesses.roles import TEST_WORDS, TRAIN_WORDS, VALIDATION_WORDS
from core.index.labels import read_labels

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table
    from core.recipe import SplitConfig

Rows = NDArray[np.int64]

PARTS = ("train", "validation", "test", "unused")
"""Codes 0, 1, 2, 3 of :meth:`Split.codes`."""
_FEW = 10
"""Under so few groups rows are drawn one by one, because whole groups would make lopsided parts."""


@dataclass(frozen=True)
class Split:
    """Row numbers of each part, ascending; rows in none of them are unused.

    Where a column or a second file says what is judged, anomalies beside it neither train nor are judged: they are
    unused, so that the metrics are those of the named rows alone.
    """

    train: Rows
    validation: Rows
    test: Rows
    note: str
    """What was done, as a sentence for the user."""
    known_normal: bool = False
    """Whether every row that trains is labelled normal; else there may be anomalies among them."""

    def codes(self, n: int) -> NDArray[np.uint8]:
        """Each of ``n`` rows' part as its place in :data:`PARTS`."""
        codes = np.full(n, 3, dtype=np.uint8)
        for code, rows in enumerate((self.train, self.validation, self.test)):
            codes[rows] = code
        return codes

    def parts(self, n: int) -> NDArray[Any]:
        """Each of ``n`` rows' part by name: train, validation, test or unused."""
        # Objects share the four strings: a tenth of the memory of fixed-width text.
        return np.array(PARTS, dtype=object)[self.codes(n)]


@dataclass(frozen=True)
class _Draft:
    """The rows that may train, in the order that "last" means, those that are judged, and the story."""

    train: Rows
    test: Rows
    note: str
    validation: Rows | None = None


def split_rows(table: Table, schema: Schema, config: SplitConfig, seed: int) -> Split:
    """Divide a dataset's rows into training, validation and test part.

    With ``train_on="normal"`` and labels, rows that are anomalous or of unknown label neither train nor validate.

    Raises
    ------
    DataError
        When a part would be empty, or the data lack what the kind of split needs.
    """
    labels = read_labels(table, schema) if schema.labelled else None
    only_normal = labels is not None and config.train_on == "normal"
    may_train = labels == 0 if only_normal else np.ones(table.rows, dtype=bool)
    rng = np.random.default_rng(seed)
    draft = _KINDS[config.kind](table, schema, config, np.asarray(may_train), rng)
    _refuse_empty(draft, config, only_normal)
    if draft.validation is None:
        train, validation = _take_validation(draft.train, table, schema, config, rng)
    else:
        train, validation = draft.train, draft.validation
    note = f"{draft.note} {_story(labels, config, len(train), len(validation), len(draft.test))}"
    return Split(np.sort(train), np.sort(validation), np.sort(draft.test), note, only_normal)


def _random(table: Table, schema: Schema, config: SplitConfig, may_train: Any, rng: np.random.Generator) -> _Draft:
    candidates, others = np.flatnonzero(may_train), np.flatnonzero(~may_train)
    kept, judged, how = _draw(candidates, config.test, table, schema, rng)
    return _Draft(kept, np.concatenate([judged, others]), f"Drawn at random{how}.")


def _normals(table: Table, schema: Schema, config: SplitConfig, may_train: Any, rng: np.random.Generator) -> _Draft:
    if not schema.labelled:
        raise DataError(
            "The split 'half of the normals' needs to know which rows are normal, and there is no label column. "
            "Give a column the role 'label', or choose the random split."
        )
    normal = np.flatnonzero(read_labels(table, schema) == 0)
    kept, judged, how = _draw(normal, 0.5, table, schema, rng)
    others = np.setdiff1d(np.arange(table.rows), normal, assume_unique=True)
    note = f"Half of the normal rows{how or ', drawn at random,'} train; the other half and all anomalies are judged."
    return _Draft(kept, np.concatenate([judged, others]), note)


def _chronological(
    table: Table, schema: Schema, config: SplitConfig, may_train: Any, rng: np.random.Generator
) -> _Draft:
    order, by = _order(table, schema)
    cut = table.rows - round(config.test * table.rows)
    early, late = order[:cut], order[cut:]
    test = np.concatenate([late, early[~may_train[early]]])
    return _Draft(early[may_train[early]], test, f"The last {len(late):,} rows in the order of {by} are judged.")


def _by_column(table: Table, schema: Schema, config: SplitConfig, may_train: Any, rng: np.random.Generator) -> _Draft:
    name = config.column or schema.split or ""
    if not name:
        raise DataError("The split by column needs a column. Name one, or give a column the role 'split'.")
    schema.column(name)
    values = table.query(f"SELECT lower({table.key(name)}) AS part FROM data")["part"]
    levels = sorted({str(value) for value in values.dropna().unique()})
    part_of = {level: _part_word(name, level) for level in levels[:1000]}
    strange = [level for level in levels if not part_of.get(level)]
    if strange:
        raise DataError(
            f"The split column {name!r} must name each row's part: train, validation or test. It also holds "
            f"{strange[0]!r}. Rename that value, or choose another column."
        )
    if "train" not in part_of.values():
        raise DataError(
            f"The training part has 0 rows: the split column {name!r} must name each row's part, and no value of it "
            "says train. Fill it, or choose another column."
        )
    parts = values.map(part_of).to_numpy(dtype=object)
    train, validation = (
        np.flatnonzero((parts == "train") & may_train),
        np.flatnonzero((parts == "validation") & may_train),
    )
    given = validation if "validation" in part_of.values() else None
    test = np.flatnonzero(parts == "test")
    return _Draft(train, test, f"The column {name!r} names each row's part.", given)


def _by_file(table: Table, schema: Schema, config: SplitConfig, may_train: Any, rng: np.random.Generator) -> _Draft:
    if not table.test_rows:
        raise DataError(
            "The split by file needs a second file, which is judged. Upload one with the data, or choose another split."
        )
    main, test = np.arange(table.main_rows), np.arange(table.main_rows, table.rows)
    if schema.test_is_anomaly:
        # Background alone would leave nothing normal to judge the signal against.
        kept, judged, how = _draw(main, config.test, table, schema, rng)
        note = f"{len(judged):,} rows of the first file{how} and the whole second file are judged."
        return _Draft(kept, np.concatenate([judged, test]), note)
    return _Draft(main[may_train[main]], test, "The first file trains, the second is judged.")


_KINDS = {
    "random": _random,
    "normals": _normals,
    "chronological": _chronological,
    "column": _by_column,
    "file": _by_file,
}


def _draw(rows: Rows, share: float, table: Table, schema: Schema, rng: np.random.Generator) -> tuple[Rows, Rows, str]:
    """Rows kept, rows taken (about ``share`` of all), and how; rows of one group stay together."""
    groups = _groups(rows, table, schema)
    if groups is None:
        order = rng.permutation(rows)
        taken = round(share * len(rows))
        return order[taken:], order[:taken], ""
    sizes = np.bincount(groups)
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[order[before < round(share * len(rows))]] = True
    return rows[~chosen[groups]], rows[chosen[groups]], f", whole groups of {schema.group!r} at a time"


def _groups(rows: Rows, table: Table, schema: Schema) -> NDArray[np.int64] | None:
    """The group of each row as a number from 0; None where rows are drawn one by one."""
    if schema.group is None or not len(rows):
        return None
    import pandas as pd

    values = table.query(f"SELECT {table.key(schema.group)} AS value FROM data")["value"]
    codes, levels = pd.factorize(values.iloc[rows], use_na_sentinel=False)
    return codes.astype(np.int64) if len(levels) >= _FEW else None


def _order(table: Table, schema: Schema) -> tuple[Rows, str]:
    """All row numbers in the order of time, rows without a time first, or in file order; and what the order is."""
    if schema.time is None:
        return np.arange(table.rows), "the file (no column has the role 'time')"
    import pandas as pd

    from core.index.dates import to_seconds

    column = schema.column(schema.time)
    values = table.frame([column.name])[column.name]
    if column.kind == "datetime":
        moments = to_seconds(values, column.unit)
    else:
        moments = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    moments = np.where(np.isnan(moments), -np.inf, moments)
    return np.argsort(moments, kind="stable").astype(np.int64), f"the column {column.name!r}"


def _take_validation(
    train: Rows, table: Table, schema: Schema, config: SplitConfig, rng: np.random.Generator
) -> tuple[Rows, Rows]:
    """The training rows without, and the validation rows with, the share that is kept to watch over-fitting."""
    count = round(config.validation * len(train))
    if config.validation > 0 and len(train) > 1:
        count = min(max(count, 1), len(train) - 1)
    if count == 0:
        return train, train[:0]
    if config.validation_order == "last":
        # In time order where the split is chronological, else in file order.
        ordered = train if config.kind == "chronological" else np.sort(train)
        return ordered[:-count], ordered[-count:]
    kept, taken, _ = _draw(train, count / len(train), table, schema, rng)
    if len(kept) == 0:
        shuffled = rng.permutation(train)
        return shuffled[count:], shuffled[:count]
    return kept, taken


def _part_word(column: str, level: str) -> str:
    """Which part a value of the split column names; empty when none."""
    name = column.lower().replace("_", "").replace(" ", "")
    if name in {"istrain", "istest"}:
        yes, no = {"1", "true", "yes"}, {"0", "false", "no"}
        this, other = ("train", "test") if name == "istrain" else ("test", "train")
        return this if level in yes else other if level in no else ""
    for part, words in (("train", TRAIN_WORDS), ("validation", VALIDATION_WORDS), ("test", TEST_WORDS)):
        if level in words:
            return part
    return ""


def _refuse_empty(draft: _Draft, config: SplitConfig, only_normal: bool) -> None:
    if len(draft.train) == 0:
        why = "no row there is labelled normal" if only_normal else "no row is left for it"
        remedy = "Check what the label's values mean, or train on all rows" if only_normal else "Choose another split"
        raise DataError(f"The training part has 0 rows: {why}. {remedy}.")
    needs_test = config.kind not in {"random", "chronological"} or config.test > 0
    if len(draft.test) == 0 and needs_test:
        raise DataError(
            "The test part has 0 rows, so that nothing would be judged. "
            "Add rows, raise the share that is judged, or choose another split."
        )


def _story(labels: Any, config: SplitConfig, train: int, validation: int, test: int) -> str:
    counts = f"{train:,} rows train, {validation:,} validate, {test:,} are judged."
    if labels is None:
        return f"{counts} No label column: it trains on all rows of its part, anomalies among them included."
    if config.train_on == "all":
        return f"{counts} Labelled anomalies are left among the training rows, as chosen."
    return f"{counts} Only rows labelled normal train and validate."


__all__ = ["PARTS", "Split", "split_rows"]
