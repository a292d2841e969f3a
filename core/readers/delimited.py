"""CSV and its kin: values as text, a line per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DataError
from core.readers import READERS
from core.readers.reading.cells import is_typed
from core.readers.reading.cleaned.empty import empty_rows
from core.readers.reading.convert import Converted, Converter, Source
from core.readers.reading.engine import connect, literal, literals
from core.readers.reading.names import clean_names, numbered_names
from core.readers.reading.numbers import ONE_COLUMN
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import ReadJob, ReadReport, counted
from core.readers.reading.text import charset, totals
from core.readers.reading.text.account import MOST_REJECTS, Account, NoRows
from core.readers.reading.text.below import last_lines, remarks_below
from core.readers.reading.text.dialect import Dialect, find_dialect
from core.readers.reading.text.edits import LineEdits
from core.readers.reading.text.fixed import FIXED
from core.readers.reading.text.lines import LineCounts
from core.readers.reading.text.native import NO_NUMBERS, NativeNumbers, NativeReader
from core.readers.reading.text.table import TableLayout
from core.readers.reading.trained.layout import encoding_note, layout_as_trained
from core.readers.reading.typed import MOST_COLUMNS

if TYPE_CHECKING:
    import duckdb

_PREVIEW = 1 << 17
_LINE_BYTES = 8 << 20
_BUFFER_BYTES = 32 << 20


class Delimited:
    """Delimited text."""

    title = "CSV"
    endings = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".psv")
    order = 100

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whatever is text; asked last."""
        return not charset.is_binary(head)

    def read(self, job: ReadJob) -> ReadReport:
        """Settle the character set and the layout, then let DuckDB stream."""
        if job.limit:
            _cut(job)
        text = self._text(job)
        if text.damaged:
            job.note(f"Some bytes are no text in {text.encoding}; they were replaced by a question mark in a box.")
        start, whole = charset.head(job.source, text)
        dialect = self._layout(job, start, whole)
        if job.trained is not None and not job.typed_cells and (said := encoding_note(text.name, start, job.trained)):
            job.note(said)
        if not whole and dialect.skip >= len(start):
            raise DataError(f"The file {job.name!r} must hold rows below its first lines. None was found there.")
        if dialect.width > MOST_COLUMNS:
            raise DataError(
                f"A table may have {MOST_COLUMNS:,} columns. {job.name!r} has {dialect.width:,}. "
                "Choose the ones that matter, or turn rows and columns around."
            )
        return _Reading(job, text, dialect).run()

    def _text(self, job: ReadJob) -> charset.Text:
        """The character set; the one that was said of the file that was trained on, where nothing proves another."""
        progress = job.part(0.0, 0.1)
        text = charset.examine(job.source, job.name, job.options.encoding, progress)
        said = job.trained.file.options.encoding if job.trained else ""
        if not said or job.options.encoding or text.encoding.startswith(("utf-8", "utf-16", "utf-32")):
            return text
        return charset.examine(job.source, job.name, said, progress)

    def _layout(self, job: ReadJob, start: str, whole: bool) -> Dialect:
        def find(options: ReadOptions) -> Dialect:
            return find_dialect(start, whole, job.name, options)

        if job.trained is None:
            return find(job.options)
        dialect, notes = layout_as_trained(find, job.options, job.trained)
        for note in notes:
            job.note(note)
        return dialect


READERS.register("delimited")(Delimited())


class _Reading:
    """One delimited file, ready for DuckDB."""

    def __init__(self, job: ReadJob, text: charset.Text, dialect: Dialect) -> None:
        self.job = job
        self.text = text
        self.dialect = dialect
        self.edits = _line_edits(dialect)
        self.file, self.skip_lines, self.lines = self._plain_file()
        self.last_lines = last_lines(self.file, self.skip_lines)
        self.remarks = remarks_below(self.last_lines, dialect)
        self.no_rows = NoRows.of(dialect, self.remarks)

    def run(self) -> ReadReport:
        with connect(self.job.folder, self.dialect.width) as connection:
            converted = self._convert(connection)
            for note in self.dialect.notes:
                self.job.note(note)
            if self.dialect.table.short_rows and not self.job.limit:
                self._note_short_rows(connection, converted.rows)
            lines = self._account(connection, converted.rows)
            totals.point_out(self.job, connection, converted, self.last_lines, self.dialect)
        dialect = self.dialect
        return ReadReport(
            rows=converted.rows,
            columns=converted.names,
            format="CSV",
            encoding=self.text.name,
            delimiter="" if dialect.delimiter in (ONE_COLUMN, FIXED) else dialect.delimiter,
            quote=dialect.quote,
            decimal=converted.decimal,
            header=dialect.names is not None and not dialect.table.in_order,
            missing=converted.missing,
            notes=tuple(self.job.notes),
            lines=lines,
        )

    def _plain_file(self) -> tuple[Path, int, int]:
        """The file as UTF-8 rows, how many lines of it to skip, and how many the file has: itself where it is that."""
        job, text, first_line = self.job, self.text, self.dialect.table.first_line
        if text.clean and not self.edits and not (self.dialect.skips_quotes and first_line > 1):
            return _safe_path(job), first_line, text.lines
        target = job.folder / "plain.csv"
        edits = self.edits or None
        below = charset.rewrite(job.source, target, text, self.dialect.skip, edits, job.part(0.1, 0.35))
        return target, 0, first_line + below

    def _convert(self, connection: duckdb.DuckDBPyConnection) -> Converted:
        """Read with quotes as the standard has them; where they never close, as ordinary characters."""
        try:
            converted = self._attempt(connection)
            if not self._quote_errors(connection):
                return converted
        except _quote_failures():
            converted = None
        quoted, self.dialect = self.dialect, replace(self.dialect, quote="", escape="")
        if converted is not None and self._count(connection, self.dialect.table) <= converted.rows:
            self.dialect = quoted
            return converted
        self.job.note("Some quotes are never closed, so that quotes were read like any other character.")
        return self._attempt(connection)

    def _attempt(self, connection: duckdb.DuckDBPyConnection) -> Converted:
        connection.execute("DROP TABLE IF EXISTS rejected; DROP TABLE IF EXISTS rejected_scans")
        start = 0.1 if self.text.clean else 0.35
        return Converter(self.job, connection, self._source(connection)).run(start)

    def _source(self, connection: duckdb.DuckDBPyConnection) -> Source:
        """The columns by their names, without those that have neither name nor value."""
        width, raw = self.dialect.width, self.dialect.names
        native = NativeReader(self._native, lambda written: self._is_sound(connection, written))
        if raw is None:
            numbered = tuple(numbered_names(width))
            return Source(numbered, self._rows, delimiter=self.dialect.delimiter, native=native)
        raw = (*raw, *[""] * (width - len(raw)))
        source = Source(raw, self._rows, delimiter=self.dialect.delimiter, native=native)
        if empty := self._nameless(connection, raw):
            source = source.without(empty)
        names, notes = clean_names(source.names)
        for note in notes:
            self.job.note(note)
        return replace(source, names=tuple(names))

    def _nameless(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[int]:
        """The places of columns that have neither name nor value: lines begin or end in a delimiter."""
        nameless = [at for at, name in enumerate(names) if not name.strip()]
        if not nameless or len(nameless) == len(names):
            return []
        filled = ", ".join(f"count_if(trim(c{at}) <> '')" for at in nameless)
        found = connection.execute(f"SELECT {filled} FROM ({self._rows(False)})").fetchone() or ()
        empty = [at for at, count in zip(nameless, found, strict=True) if not count]
        if empty == list(range(len(names) - len(empty), len(names))) and empty:
            which = "empty column behind it was" if len(empty) == 1 else f"{len(empty)} empty columns there were"
            self.job.note(f"The lines end in a delimiter; the {which} left out.")
        elif empty:
            was = "was" if len(empty) == 1 else "were"
            self.job.note(f"{counted(len(empty), 'column')} without a name or a value {was} left out.")
        return empty

    def _note_short_rows(self, connection: duckdb.DuckDBPyConnection, rows: int) -> None:
        """Say how many rows lacked fields: those that are not read where none is added."""
        count = rows - self._count(connection, replace(self.dialect.table, short_rows=False))
        if count > 0:
            which, was = ("its last fields", "was") if count == 1 else ("their last fields", "were")
            self.job.note(f"{counted(count, 'row')} lacked {which} and {was} kept, with these fields missing.")

    def _rows(self, writing: bool) -> str:
        """The SQL of the rows, from whether they are written now or only looked at."""
        return f"{self._records(writing, self.dialect.table)} WHERE {self.no_rows.keep()}"

    def _native(self, numbers: NativeNumbers) -> str:
        """The SQL of the rows with numbers as DuckDB's reader makes them; empty where more is to be done to them."""
        dialect, table = self.dialect, self.dialect.table
        edited = table.short_rows or self.remarks or (not dialect.quote and not self.job.options.quote)
        if edited or dialect.delimiter == numbers.decimal:
            return ""
        # A header that comes again is no number, so that its row is rejected and the file read as text.
        told = all(
            any(heading[at : at + 1] and not is_typed(heading[at]) for at in numbers.places)
            for heading in (*table.headings, *table.rules)
        )
        return self._records(True, table, numbers) if told else ""

    def _is_sound(self, connection: duckdb.DuckDBPyConnection, written: bool) -> bool:
        """Whether every value was a number where numbers were expected, and no row without any value was written."""
        if written:
            found = connection.execute("SELECT count(*) FROM rejected WHERE error_type = 'CAST'").fetchone()
            if found and not found[0] and not empty_rows(self.job, connection):
                return True
        connection.execute("DROP TABLE IF EXISTS rejected; DROP TABLE IF EXISTS rejected_scans")
        return False

    def _records(self, writing: bool, table: TableLayout, numbers: NativeNumbers = NO_NUMBERS) -> str:
        """The SQL of all records, those that are no rows too."""
        width, dialect = self.dialect.width, self.dialect
        kinds = ("DOUBLE" if place in numbers.places else "VARCHAR" for place in range(width))
        columns = ", ".join(f"'c{place}': '{kind}'" for place, kind in enumerate(kinds))
        options = [
            f"columns = {{{columns}}}", "auto_detect = false", "header = false", "ignore_errors = true",
            f"skip = {self.skip_lines}", f"delim = {literal(_sql_delimiter(dialect))}",
            f"quote = {literal(dialect.quote)}", f"escape = {literal(dialect.escape)}", "compression = 'none'",
            f"max_line_size = {_LINE_BYTES}", f"buffer_size = {_BUFFER_BYTES}", "allow_quoted_nulls = true",
            f"nullstr = {literals(['', *numbers.words])}", f"decimal_separator = {literal(numbers.decimal)}",
        ]  # fmt: skip
        if table.short_rows:
            # DuckDB pads rows that may hold quoted line feeds in one thread alone.
            options += ["null_padding = true", "parallel = false"]
        if writing:
            options += [
                "store_rejects = true", "rejects_table = 'rejected'", "rejects_scan = 'rejected_scans'",
                f"rejects_limit = {MOST_REJECTS}",
            ]  # fmt: skip
        selected = "*"
        if not dialect.quote and not self.job.options.quote:
            selected = ", ".join(f"trim(c{place}, ' \"') AS c{place}" for place in range(width))
        return f"SELECT {selected} FROM read_csv({literal(self.file)}, {', '.join(options)})"

    def _count(self, connection: duckdb.DuckDBPyConnection, table: TableLayout) -> int:
        rows = f"{self._records(False, table)} WHERE {self.no_rows.keep()}"
        found = connection.execute(f"SELECT count(*) FROM ({rows})").fetchone()
        return int(found[0]) if found else 0

    def _quote_errors(self, connection: duckdb.DuckDBPyConnection) -> bool:
        if not self.dialect.quote or self.job.options.quote:
            return False
        found = connection.execute("SELECT count(*) FROM rejected WHERE error_type = 'UNQUOTED VALUE'").fetchone()
        return bool(found and found[0])

    def _account(self, connection: duckdb.DuckDBPyConnection, rows: int) -> LineCounts:
        """What every line of the file was taken for; nothing where only the first were looked at."""
        if self.job.limit:
            return LineCounts()
        known = self.dialect.before.plus(total=self.lines, rows=rows, comments=self.edits.comments)
        records = self._records(False, self.dialect.table)
        account = Account(
            connection,
            self.dialect,
            self.no_rows,
            self.remarks,
            records,
            self.file,
            self.skip_lines,
            _LINE_BYTES,
            known,
        )
        if first := self.dialect.first_comment or self.edits.first_comment:
            account.first["comments"] = first
        account.settle()
        for note in account.notes():
            self.job.note(note)
        return account.counts


def _quote_failures() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.InvalidInputException,)


def _sql_delimiter(dialect: Dialect) -> str:
    return "\t" if dialect.delimiter in (" ", FIXED) else dialect.delimiter


def _line_edits(dialect: Dialect) -> LineEdits:
    """What must be done to the lines before DuckDB can read them."""
    rule = dialect.comments
    return LineEdits(
        is_comment=(lambda line: rule.holds(dialect.cells(line))) if rule is not None else None,
        mark=rule.mark if rule is not None else "",
        quote=dialect.quote,
        unwrap=dialect.wrapped,
        blanks=dialect.delimiter == " ",
        spans=dialect.spans,
    )


def _safe_path(job: ReadJob) -> Path:
    """The file under a name in which DuckDB sees no pattern of names."""
    link = job.folder / "input.csv"
    link.symlink_to(job.source.resolve())
    return link


def _cut(job: ReadJob) -> None:
    """Look at the first lines only."""
    with job.source.open("rb") as file:
        start = file.read(_PREVIEW)
        rest = file.read(1)
    if not rest:
        return
    # Two bytes, so that a file in UTF-16 is not cut within a character.
    end = max(start.rfind(b"\n"), start.rfind(b"\r")) + 1 or len(start)
    head = job.folder / "head"
    head.write_bytes(start[: end + (end % 2 if b"\x00" in start[:200] else 0)])
    job.source = head
