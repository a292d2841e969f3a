"""Makes two files of one dataset match (the same columns, order and types), and says what it changed."""

from __future__ import annotations

from pathlib import Path

from core.errors import DataError
from core.index.guesses.meanings import guess_meanings
from core.index.schema import infer_schema
from core.index.table import Table
from core.readers.reading.engine import connect, literal, quoted, write_parquet
from core.readers.reading.report import listed
from core.readers.reading.trained.matching import matched, nearest, renamed_note

_RANK = {"integer": 1, "float": 2}


def match(data: Path, test: Path, test_name: str, second_is: str, *, positional: bool) -> list[str]:
    """Rewrite either file where that is needed, and say what was done, a sentence each.

    Parameters
    ----------
    data, test
        The two Parquet files.
    test_name
        What the user calls the second.
    second_is
        ``test`` or ``anomalies``.
    positional
        Whether the second file names no columns, so that they are taken in their order.

    Raises
    ------
    DataError
        When the second file lacks columns of the first.
    """
    pair = _Pair(data, test, test_name)
    pair.match_names(positional)
    pair.settle_labels(second_is)
    pair.check()
    pair.settle_types()
    pair.write()
    return pair.notes


class _Pair:
    def __init__(self, data: Path, test: Path, test_name: str) -> None:
        self.files = (data, test)
        self.test_name = test_name
        self.types = [dict(Table(file).types) for file in self.files]
        # Column of the dataset -> the SQL that reads it, for each file.
        self.reads = [{name: quoted(name) for name in types} for types in self.types]
        self._second_names = list(self.types[1])
        self.notes: list[str] = []

    def match_names(self, positional: bool) -> None:
        """Give the second file's columns the first's names where they differ in nothing that matters."""
        main, second = (list(types) for types in self.types)
        if positional and len(main) == len(second) and set(main) != set(second):
            self._rename(dict(zip(second, main, strict=True)))
            self.notes.append("The second file names no columns; they were taken in the order of the first file.")
            return
        if renamed := matched(second, main):
            self._rename(renamed)
            self.notes.append(f"Second file: {renamed_note(renamed)}")

    def settle_labels(self, second_is: str) -> None:
        """A label that only one of the two files has is added to the other; further columns are left out."""
        main, second = self.types
        missing = [name for name in main if name not in second]
        extra = [name for name in second if name not in main]
        if second_is == "test" and len(missing) == 1 and infer_schema(Table(self.files[0])).label == missing[0]:
            second[missing[0]] = main[missing[0]]
            self.reads[1][missing[0]] = "NULL"
            self.notes.append(f"The second file has no column '{missing[0]}': its rows count as unlabelled.")
        if second_is == "test" and extra and (label := self._label_of_second(extra)):
            normal = self._normal_value(label)
            main[label] = second[label]
            self.reads[0][label] = literal(normal)
            extra.remove(label)
            self.notes.append(
                f"Only the second file has the label '{label}'. The rows of the first count as normal ({normal!r}), "
                "because a file without labels is what one trains on. Change this if it holds anomalies."
            )
        for name in extra:
            del second[name]
        if extra:
            self.notes.append(f"Columns that only the second file has were left out: {listed(extra)}.")

    def check(self) -> None:
        """Every column of the first file must be there in the second."""
        missing = [name for name in self.types[0] if name not in self.types[1]]
        if missing:
            near = nearest(self._second_names, missing)
            raise DataError(
                f"The second file {self.test_name!r} must have every column of the first. It lacks {listed(missing)}. "
                f"{f'{near} ' if near else ''}Add them to it, or upload it as a dataset of its own."
            )

    def settle_types(self) -> None:
        """Cast to the wider type where the two files disagree."""
        main, second = self.types
        changed = []
        for name in main:
            if main[name] == second[name] or "NULL" in (self.reads[0][name], self.reads[1][name]):
                self._cast_null(name)
                continue
            wanted = self._common(name)
            for at in (0, 1):
                self.reads[at][name] = _cast(self.reads[at][name], self.types[at][name], wanted)
            if {main[name], second[name]} != {"integer", "float"}:
                changed.append(name)
        if changed:
            self.notes.append(
                f"The two files disagree on what kind of values these columns hold; they are read as the wider kind: "
                f"{listed(changed)}."
            )

    def write(self) -> None:
        """Rewrite the files whose columns changed, in the first one's order."""
        names = list(self.types[0])
        for at, file in enumerate(self.files):
            wanted = [f"{self.reads[at][name]} AS {quoted(name)}" for name in names]
            if wanted == [f"{quoted(name)} AS {quoted(name)}" for name in Table(file).columns]:
                continue
            changed = file.with_name(f"matched-{file.name}")
            with connect(file.parent) as connection:
                query = f"SELECT {', '.join(wanted)} FROM read_parquet({literal(file)})"
                write_parquet(connection, query, len(names), changed, lambda _: None)
            changed.replace(file)

    def _rename(self, renamed: dict[str, str]) -> None:
        self.reads[1] = {renamed.get(name, name): read for name, read in self.reads[1].items()}
        self.types[1] = {renamed.get(name, name): kind for name, kind in self.types[1].items()}

    def _label_of_second(self, extra: list[str]) -> str:
        label = infer_schema(Table(self.files[1])).label or ""
        return label if label in extra and self.reads[1][label] == quoted(label) else ""

    def _normal_value(self, label: str) -> str:
        column = infer_schema(Table(self.files[1])).column(label)
        meanings, _ = guess_meanings(column.values)
        return next((value for value, meaning in meanings.items() if meaning == "normal"), "normal")

    def _cast_null(self, name: str) -> None:
        for at, other in ((0, 1), (1, 0)):
            if self.reads[at][name] == "NULL" or self.reads[at][name].startswith("'"):
                native = _NATIVE[self.types[other][name]]
                self.reads[at][name] = f"CAST({self.reads[at][name]} AS {native})"

    def _common(self, name: str) -> str:
        kinds = {self.types[0][name], self.types[1][name]}
        for at, other in ((0, 1), (1, 0)):
            if self._is_empty(at, name):
                return self.types[other][name]
        if kinds <= set(_RANK):
            return "float"
        return "integer" if kinds == {"boolean", "integer"} else "text"

    def _is_empty(self, at: int, name: str) -> bool:
        read = self.reads[at][name]
        rows = Table(self.files[at]).fetch(f"SELECT count({read}) FROM data")
        return bool(rows[0][0] == 0)


_NATIVE = {"integer": "BIGINT", "float": "DOUBLE", "boolean": "BOOLEAN", "datetime": "TIMESTAMP", "text": "VARCHAR"}


def _cast(read: str, kind: str, wanted: str) -> str:
    if kind == wanted:
        return read
    if wanted == "text" and kind == "float":
        # 1.0 and 1 are the same word.
        return f"regexp_replace(CAST({read} AS VARCHAR), '\\.0$', '')"
    return f"CAST({read} AS {_NATIVE[wanted]})"
