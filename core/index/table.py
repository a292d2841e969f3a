"""A dataset's rows, read through DuckDB from their Parquet files; never whole in memory unless asked for.

Knows where the rows are and how each column's type is read; knows nothing of what a column means (`core.index.schema`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from core.store.artifacts import Artifacts
    from core.store.runs import Dataset

ROW = "__row__"
"""The row number's name in SQL; stored nowhere, DuckDB counts it."""

_WHOLE = 2**53
"""Beyond this a float does not tell one whole number from the next."""
_AT_ONCE = 300
"""Columns that are read together: planning takes a time that grows with their square, half a minute for 5,000."""
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
_WIDE_INTEGERS = {"HUGEINT", "UHUGEINT"}
_FLOATS = {"FLOAT", "DOUBLE"}


class Table:
    """The rows of a dataset: its main file and, where there is one, its test file, whose row numbers continue.

    Safe to share between threads: each call works on a cursor of its own.

    Parameters
    ----------
    data
        The main Parquet file.
    test
        A second Parquet file with the same columns, in any order; further columns of it are left out.

    Raises
    ------
    DataError
        When a file is missing, or the second file lacks a column of the first.
    """

    def __init__(self, data: str | Path, test: str | Path | None = None) -> None:
        import duckdb

        self._connection = duckdb.connect()
        self._connection.execute("SET enable_progress_bar = false")
        # A longer IN would become a join, after which rows no longer come in the order of their numbers.
        self._connection.execute("SET disabled_optimizers = 'in_clause'")
        self._files = [self._existing(data)] + ([self._existing(test)] if test is not None else [])
        self._natives = [self._native_types(file) for file in self._files]
        self._check_same_columns(self._natives)
        self.main_rows = self._count(self._files[0])
        self.test_rows = self._count(self._files[1]) if test is not None else 0
        self.types: dict[str, str] = {
            name: _common_type([native[name] for native in self._natives]) for name in self._natives[0]
        }
        """Each column's type: integer, float, boolean, datetime or text."""
        self._decimals = {
            name
            for name in self.types
            if any(_base(native[name]) == "DECIMAL" for native in self._natives)
            and all(_base(native[name]) in _INTEGERS | {"DECIMAL"} for native in self._natives)
        }
        self.nanoseconds = {
            name for name in self.types if all(native[name].startswith("TIMESTAMP_NS") for native in self._natives)
        }
        """The columns of moments that are stored with nanoseconds."""
        self.unsigned = {name for name in self.types if all(n[name] == "UBIGINT" for n in self._natives)}
        """The columns of whole numbers from 0 to beyond what 64 bits with a sign hold."""
        self._turn, self._has_view = threading.Lock(), False

    @classmethod
    def open(cls, dataset: Dataset, artifacts: Artifacts) -> Table:
        """The table of a stored dataset, from the local files or a cached copy of them."""
        folder = f"datasets/{dataset.id}"
        test = artifacts.local(f"{folder}/test.parquet") if dataset.test_rows else None
        return cls(artifacts.local(f"{folder}/data.parquet"), test)

    @property
    def rows(self) -> int:
        """How many rows there are, those of the test file included."""
        return self.main_rows + self.test_rows

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in file order."""
        return tuple(self.types)

    def frame(
        self, columns: list[str] | tuple[str, ...] | None = None, rows: Any = None, *, exact: bool = False
    ) -> pd.DataFrame:
        """Rows as a data frame.

        Parameters
        ----------
        columns
            Which columns, in this order; all by default.
        rows
            Row numbers, answered in the order asked, repeats included; all rows by default.
        exact
            Decimals with every digit, as ``Decimal``, to be shown or written; else as floats, to be counted with.
        """
        names = list(self.columns if columns is None else columns)
        for name in names:
            if name not in self.types:
                raise DataError(f"There is no column {name!r}. The columns are: {_listed(self.columns)}.")
        if rows is None:
            return self._select(names, "", [], exact)
        numbers = np.asarray(rows, dtype=np.int64)
        if len(numbers) and (numbers.min() < 0 or numbers.max() >= self.rows):
            raise DataError(f"Row numbers run from 0 to {self.rows - 1}. Got {numbers.min()} to {numbers.max()}.")
        if len(numbers) and (np.diff(numbers) == 1).all():
            bounds = [int(numbers[0]), int(numbers[-1])]
            return self._select(names, f"WHERE {ROW} BETWEEN ? AND ?", bounds, exact)
        return self._pick(names, numbers, exact)

    def query(self, sql: str, parameters: list[Any] | None = None) -> pd.DataFrame:
        """The answer to an SQL query on the view ``data``: the columns by name, and the row number as ``__row__``."""
        return self._cursor().execute(sql, parameters or []).df()

    def column(self, sql: str, dtype: Any) -> NDArray[Any]:
        """What an SQL expression of the columns comes to in every row, in row order, cast to a type without gaps."""
        found = self._cursor().execute(f"SELECT {sql} AS value FROM data").fetchnumpy()["value"]
        return np.asarray(found, dtype=dtype)

    def fetch(
        self, sql: str, parameters: list[Any] | None = None, columns: Sequence[str] = ()
    ) -> list[tuple[Any, ...]]:
        """The answer to an SQL query on the view ``data``, as plain tuples.

        ``columns`` are those that the query reads, where these are few of many: planning it takes a time that grows
        with the square of the view's width, a second for 5,000 columns.
        """
        if columns:
            sql = f"WITH data AS ({self._view(columns)}) {sql}"
        return self._cursor(view=not columns).execute(sql, parameters or []).fetchall()

    def numbers(self, sql: str) -> NDArray[np.float64]:
        """What an SQL expression of the columns comes to in every row, in row order; NaN where it is missing."""
        found = self._cursor().execute(f"SELECT CAST({sql} AS DOUBLE) AS number FROM data").fetchnumpy()["number"]
        return np.ma.filled(found, np.nan).astype(np.float64, copy=False)

    def duplicates(self) -> int:
        """How many rows repeat an earlier one in every column."""
        values = ", ".join(quoted(name) for name in self.columns)
        found = self._cursor().execute(f"SELECT count(*) - count(DISTINCT hash({values})) FROM data").fetchone()
        return int(found[0]) if found else 0

    def has_exact_digits(self, column: str) -> bool:
        """Whether a column holds whole numbers or decimals, of which a float may lose digits."""
        return self.types[column] == "integer" or column in self._decimals

    def rounded(self, columns: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Of columns whose different values are fewer floats: how many values there are, and how many floats."""
        exact = [name for name in columns if self.has_exact_digits(name)]
        found: dict[str, tuple[int, int]] = {}
        for start in range(0, len(exact), _AT_ONCE):
            some = exact[start : start + _AT_ONCE]
            ends = ", ".join(f"max(abs(CAST({quoted(name)} AS DOUBLE)))" for name in some)
            large = self.fetch(f"SELECT {ends} FROM data", columns=some)[0]
            for name in (n for n, most in zip(some, large, strict=True) if most is not None and most > _WHOLE):
                x = quoted(name)
                counts = f"SELECT count(DISTINCT {x}), count(DISTINCT CAST({x} AS DOUBLE)) FROM data"
                values, floats = self.fetch(counts, columns=[name])[0]
                if floats < values:
                    found[name] = int(values), int(floats)
        return found

    def key(self, column: str) -> str:
        """The SQL expression of a column's values as canonical text: 1.0 is ``1``, -0.0 ``0``, blanks missing."""
        name = quoted(column)
        if self.types[column] == "text":
            return f"nullif(trim({name}), '')"
        text = f"CAST({name} AS VARCHAR)"
        if column in self._decimals:
            return f"regexp_replace(regexp_replace({text}, '(\\.[0-9]*?)0+$', '\\1'), '\\.$', '')"
        if self.types[column] == "float":
            return f"CASE WHEN {name} = 0 THEN '0' ELSE regexp_replace({text}, '\\.0$', '') END"
        return text

    def sample_rows(self, n: int, seed: int = 0) -> NDArray[np.int64]:
        """At most ``n`` different row numbers, drawn with a seed and ascending."""
        if self.rows <= n:
            return np.arange(self.rows, dtype=np.int64)
        return np.sort(np.random.default_rng(seed).choice(self.rows, n, replace=False)).astype(np.int64)

    def _cursor(self, *, view: bool = True) -> duckdb.DuckDBPyConnection:
        """A cursor for one call; ``view`` where the call reads the view of all columns, which is made on first use."""
        if view and not self._has_view:
            with self._turn:
                self._connection.cursor().execute(f"CREATE VIEW IF NOT EXISTS data AS {self._view(self.columns)}")
                self._has_view = True
        return self._connection.cursor()

    @property
    def _is_wide(self) -> bool:
        """Whether columns are read in parts, each by a query that names them."""
        return len(self.types) > _AT_ONCE

    def _select(self, names: list[str], where: str, parameters: list[Any], exact: bool) -> pd.DataFrame:
        return self._in_parts(
            names,
            lambda some: f"{some or ROW} FROM data {where}",
            parameters,
            self._cursor(view=not self._is_wide),
            exact,
        )

    def _pick(self, names: list[str], rows: NDArray[np.int64], exact: bool) -> pd.DataFrame:
        import pandas as pd

        cursor = self._cursor(view=not self._is_wide)
        cursor.register("__wanted__", pd.DataFrame({"__wanted_row__": rows, "__place__": np.arange(len(rows))}))
        # Bounds first: they let DuckDB skip the row groups outside.
        low, high = (int(rows.min()), int(rows.max())) if len(rows) else (0, -1)
        rest = (
            f"FROM data JOIN __wanted__ ON {ROW} = __wanted_row__ WHERE {ROW} BETWEEN {low} AND {high} "
            "ORDER BY __place__"
        )
        return self._in_parts(
            names, lambda some: f"{', '.join(filter(None, ('__place__', some)))} {rest}", [], cursor, exact
        )

    def _in_parts(
        self,
        names: list[str],
        query: Callable[[str], str],
        parameters: list[Any],
        cursor: duckdb.DuckDBPyConnection,
        exact: bool,
    ) -> pd.DataFrame:
        """Some columns of the rows that a query selects, read a few hundred columns at a time."""
        import pandas as pd

        parts = []
        digits = self._decimals.intersection(names) if exact else set()
        for start in range(0, max(len(names), 1), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            data = f"WITH data AS ({self._view(some)}) " if self._is_wide else ""
            reads = (f"CAST({quoted(n)} AS VARCHAR) AS {quoted(n)}" if n in digits else quoted(n) for n in some)
            parts.append(cursor.execute(f"{data}SELECT {query(', '.join(reads))}", parameters).df()[some])
        frame = parts[0] if len(parts) == 1 else pd.concat(parts, axis=1)
        for name in digits:
            frame[name] = frame[name].astype(object).map(Decimal, na_action="ignore")
        return frame

    def _existing(self, file: str | Path) -> str:
        if not Path(file).is_file():
            raise DataError(f"The file {Path(file).name!r} of this dataset is missing. Upload the data again.")
        return str(file)

    def _native_types(self, file: str) -> dict[str, str]:
        described = self._cursor(view=False).execute("DESCRIBE SELECT * FROM read_parquet(?)", [file]).fetchall()
        return {str(name): str(kind) for name, kind, *_ in described}

    def _count(self, file: str) -> int:
        found = self._cursor(view=False).execute("SELECT count(*) FROM read_parquet(?)", [file]).fetchone()
        return int(found[0]) if found else 0

    def _check_same_columns(self, natives: list[dict[str, str]]) -> None:
        lacking = [name for native in natives[1:] for name in natives[0] if name not in native]
        if lacking:
            raise DataError(
                f"The second file must have every column of the first. It lacks {_listed(lacking)}. "
                "Add them to the second file, or upload it as a dataset of its own."
            )

    def _reading(self, name: str, native: str) -> str:
        """The SQL that reads a column of one file in the type of both."""
        kept = name in self._decimals or name in self.nanoseconds
        return quoted(name) if kept else _read(name, native, self.types[name])

    def _view(self, columns: Sequence[str]) -> str:
        """The query that reads some columns of all files, each in its type, and the row number."""
        parts, start = [], 0
        for file, native, count in zip(self._files, self._natives, (self.main_rows, self.test_rows), strict=False):
            read = [f"{self._reading(name, native[name])} AS {quoted(name)}" for name in columns]
            selected = ", ".join([f"file_row_number + {start} AS {ROW}", *read])
            parts.append(f"SELECT {selected} FROM read_parquet({literal(file)}, file_row_number = true)")
            start += count
        return " UNION ALL ".join(parts)


def quoted(name: str) -> str:
    """A column's name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL reads it."""
    return "'" + text.replace("'", "''") + "'"


def _listed(names: tuple[str, ...] | list[str], most: int = 8) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _base(native: str) -> str:
    return native.split("(")[0].upper()


def _type_of(native: str) -> str:
    base = _base(native)
    if native.endswith("]"):
        return "text"
    if base in _INTEGERS:
        return "integer"
    # A time of day and a duration are read as seconds.
    if base in _FLOATS | _WIDE_INTEGERS or base in {"DECIMAL", "TIME", "INTERVAL"}:
        return "float"
    if base == "BOOLEAN":
        return "boolean"
    return "datetime" if base == "DATE" or base.startswith("TIMESTAMP") else "text"


def _common_type(natives: list[str]) -> str:
    types = {_type_of(native) for native in natives}
    if len(types) == 1:
        return types.pop()
    return "float" if types == {"integer", "float"} else "text"


def _read(name: str, native: str, kind: str) -> str:
    """The SQL that reads a column in one of the five types, NaN as missing."""
    column, base = quoted(name), _base(native)
    if kind == "text":
        return f"CAST({column} AS VARCHAR)"
    if kind == "datetime":
        # Without the time zone's extension, which a machine without a network cannot load.
        zoned = base == "TIMESTAMP WITH TIME ZONE"
        return f"make_timestamp(epoch_us({column}))" if zoned else f"CAST({column} AS TIMESTAMP)"
    if base in {"TIME", "INTERVAL"}:
        return f"CAST(epoch({column}) AS DOUBLE)"
    if base in _FLOATS:
        return f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END"
    return f"CAST({column} AS DOUBLE)" if kind == "float" else column
