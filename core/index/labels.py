"""The label of every sample: 1 anomaly, 0 normal, -1 unknown, read from the label column as the schema explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.index.table import literal

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table

_CODES = (("normal", 0), ("unknown", -1), ("anomaly", 1))


def read_labels(table: Table, schema: Schema) -> NDArray[np.int8]:
    """Every row's label, shape (rows,); all -1 without a label column.

    Where the second file's rows are the anomalies (background and signal), the file is the label.
    """
    if schema.label is None:
        labels = np.full(table.rows, -1, dtype=np.int8)
        if schema.test_is_anomaly and table.test_rows:
            labels[: table.main_rows], labels[table.main_rows :] = 0, 1
        return labels
    by_meaning: dict[str, list[str]] = {"normal": [], "anomaly": [], "unknown": []}
    for value, meaning in schema.label_values.items():
        by_meaning[meaning].append(value)
    key = table.key(schema.label)
    cases = [f"WHEN {key} IS NULL THEN -1"]
    for meaning, code in _CODES:
        if by_meaning[meaning]:
            values = ", ".join(literal(value) for value in by_meaning[meaning])
            cases.append(f"WHEN {key} IN ({values}) THEN {code}")
    return table.column(f"CAST(CASE {' '.join(cases)} ELSE 1 END AS TINYINT)", np.int8)
