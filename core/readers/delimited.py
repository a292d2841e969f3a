"""CSV and its kin: values as text, a line per row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DataError
from core.readers import READERS
from core.readers.reading import charset
from core.readers.reading.convert import Converted, Converter, Source
from core.readers.reading.dialect import NO_DELIMITER, Dialect, find_dialect
from core.readers.reading.engine import connect, literal
from core.readers.reading.names import clean_names, numbered_names
from core.readers.reading.report import ReadJob, ReadReport, counted
from core.readers.reading.typed import MOST_COLUMNS

if TYPE_CHECKING:
    import duckdb

_PREVIEW = 1 << 17
_MOST_REJECTS = 100_000
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
        text = charset.examine(job.source, job.name, job.options.encoding, job.part(0.0, 0.1))
        if text.damaged:
            job.note(f"Some bytes are no text in {text.encoding}; they were replaced by a question mark in a box.")
        start, whole = charset.head(job.source, text)
        dialect = find_dialect(start, whole, job.name, job.options)
        if not whole and dialect.skip >= len(start):
            raise DataError(f"The file {job.name!r} must hold rows below its first lines. None was found there.")
        if dialect.width > MOST_COLUMNS:
            raise DataError(
                f"A table may have {MOST_COLUMNS:,} columns. {job.name!r} has {dialect.width:,}. "
                "Choose the ones that matter, or turn rows and columns around."
            )
        file, skipped = _plain_file(job, text, dialect)
        return _Reading(job, text, dialect, file, skipped).run()


READERS.register("delimited")(Delimited())


class _Reading:
    """One delimited file, ready for DuckDB."""

    def __init__(self, job: ReadJob, text: charset.Text, dialect: Dialect, file: Path, skip_lines: int) -> None:
        self.job = job
        self.text = text
        self.dialect = dialect
        self.file = file
        self.skip_lines = skip_lines

    def run(self) -> ReadReport:
        names, notes = self._names()
        with connect(self.job.folder, len(names)) as connection:
            converted = self._convert(connection, names)
            self._note_rejects(connection, len(names))
        for note in (*self.dialect.notes, *notes):
            self.job.note(note)
        dialect = self.dialect
        return ReadReport(
            rows=converted.rows,
            columns=converted.names,
            format="CSV",
            encoding=self.text.encoding.removesuffix("-sig"),
            delimiter="" if dialect.delimiter == NO_DELIMITER else dialect.delimiter,
            quote=dialect.quote,
            decimal=converted.decimal,
            header=dialect.names is not None,
            missing=converted.missing,
            notes=tuple(self.job.notes),
        )

    def _names(self) -> tuple[list[str], list[str]]:
        width = self.dialect.width
        if self.dialect.names is None:
            return numbered_names(width), []
        return clean_names([*self.dialect.names, *[""] * (width - len(self.dialect.names))])

    def _convert(self, connection: duckdb.DuckDBPyConnection, names: list[str]) -> Converted:
        """Read with quotes as the standard has them; where they never close, as ordinary characters."""
        try:
            converted = self._attempt(connection, names)
            if not self._quote_errors(connection):
                return converted
        except _quote_failures():
            converted = None
        quoted, self.dialect = self.dialect, replace(self.dialect, quote="", escape="")
        if converted is not None and self._count(connection, len(names)) <= converted.rows:
            self.dialect = quoted
            return converted
        self.job.note("Some quotes are never closed, so that quotes were read like any other character.")
        return self._attempt(connection, names, strip_quotes=True)

    def _attempt(
        self, connection: duckdb.DuckDBPyConnection, names: list[str], strip_quotes: bool = False
    ) -> Converted:
        connection.execute("DROP TABLE IF EXISTS rejected; DROP TABLE IF EXISTS rejected_scans")
        relation = self._relation(len(names), strip_quotes)
        source = Source(tuple(names), relation, delimiter=self.dialect.delimiter)
        start = 0.1 if self.text.clean else 0.35
        return Converter(self.job, connection, self._without_trailing(connection, source)).run(start)

    def _without_trailing(self, connection: duckdb.DuckDBPyConnection, source: Source) -> Source:
        """The source without a last column that has neither name nor value: lines that end in a delimiter."""
        names = self.dialect.names
        if names is None or len(names) < 2 or names[-1].strip():
            return source
        last = f"c{len(source.names) - 1}"
        found = connection.execute(
            f"SELECT count(*) FROM ({source.relation(False)}) WHERE trim({last}) <> ''"
        ).fetchone()
        if found and found[0]:
            return source
        self.job.note("The lines end in a delimiter; the empty column behind it was left out.")
        return replace(source, names=source.names[:-1])

    def _relation(self, width: int, strip_quotes: bool) -> Callable[[bool], str]:
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width))
        dialect = self.dialect
        options = [
            f"columns = {{{columns}}}", "auto_detect = false", "header = false", "ignore_errors = true",
            f"skip = {self.skip_lines}", f"delim = {literal(_sql_delimiter(dialect))}",
            f"quote = {literal(dialect.quote)}", f"escape = {literal(dialect.escape)}", "compression = 'none'",
            f"max_line_size = {_LINE_BYTES}", f"buffer_size = {_BUFFER_BYTES}", "allow_quoted_nulls = true",
        ]  # fmt: skip
        if dialect.short_rows:
            # DuckDB pads rows that may hold quoted line feeds in one thread alone.
            options += ["null_padding = true", "parallel = false"]
        selected = "*"
        if strip_quotes:
            selected = ", ".join(f"trim(c{place}, ' \"') AS c{place}" for place in range(width))
        skip_blank = " WHERE c0 IS NOT NULL" if width == 1 else ""

        def relation(writing: bool) -> str:
            rejects = ""
            if writing:
                rejects = (
                    ", store_rejects = true, rejects_table = 'rejected', rejects_scan = 'rejected_scans', "
                    f"rejects_limit = {_MOST_REJECTS}"
                )
            settings = ", ".join(options)
            return (
                f"SELECT {selected} FROM read_csv({literal(self.file)}, {settings}, nullstr = ''{rejects}){skip_blank}"
            )

        return relation

    def _count(self, connection: duckdb.DuckDBPyConnection, width: int) -> int:
        found = connection.execute(f"SELECT count(*) FROM ({self._relation(width, False)(False)})").fetchone()
        return int(found[0]) if found else 0

    def _quote_errors(self, connection: duckdb.DuckDBPyConnection) -> bool:
        if not self.dialect.quote or self.job.options.quote:
            return False
        found = connection.execute("SELECT count(*) FROM rejected WHERE error_type = 'UNQUOTED VALUE'").fetchone()
        return bool(found and found[0])

    def _note_rejects(self, connection: duckdb.DuckDBPyConnection, width: int) -> None:
        rejected = connection.execute(
            "SELECT count(DISTINCT line), min(line), arg_min(csv_line, line), arg_min(error_type, line) FROM rejected"
        ).fetchone()
        if not rejected or not rejected[0]:
            return
        count, line, content, kind = rejected
        number = line + (self.dialect.skip_lines - self.skip_lines)
        where = f"the first in line {number:,}: " if not self.dialect.comment else "the first reads "
        reason = f"do not have {counted(width, 'field')}" if "COLUMNS" in kind else "could not be read"
        many = f"More than {_MOST_REJECTS:,} rows" if count >= _MOST_REJECTS else counted(count, "row")
        reason = reason.replace("do not", "does not") if count == 1 else reason
        self.job.note(
            f"{many} {'was' if count == 1 else 'were'} left out, because {'it' if count == 1 else 'they'} {reason}, "
            f"{where}{' '.join(str(content).split())[:80]!r}."
        )


def _quote_failures() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.InvalidInputException,)


def _sql_delimiter(dialect: Dialect) -> str:
    return "\t" if dialect.delimiter == " " else dialect.delimiter


def _plain_file(job: ReadJob, text: charset.Text, dialect: Dialect) -> tuple[Path, int]:
    """The file as UTF-8 rows, and how many lines of it to skip: itself where it is that already."""
    first_line_only = dialect.skip_lines <= 1
    if text.clean and first_line_only and dialect.delimiter != " " and not dialect.comment:
        return _safe_path(job), dialect.skip_lines
    target = job.folder / "plain.csv"
    charset.rewrite(job.source, target, text, dialect.skip, _line_edit(dialect), job.part(0.1, 0.35))
    return target, 0


def _line_edit(dialect: Dialect) -> Callable[[str], str] | None:
    """What is done to each stretch of whole lines: comments go, runs of blanks become one tab."""
    if not dialect.comment and dialect.delimiter != " ":
        return None
    comment = re.compile(rf"^[ \t]*{re.escape(dialect.comment)}.*(\n|\Z)", re.M) if dialect.comment else None

    def edit(lines: str) -> str:
        if comment is not None:
            lines = comment.sub("", lines)
        if dialect.delimiter == " ":
            lines = re.sub(r"^[ \t]+|[ \t]+$", "", lines, flags=re.M)
            lines = re.sub(r"[ \t]+", "\t", lines)
        return lines

    return edit


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
