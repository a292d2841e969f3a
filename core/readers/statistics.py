"""Files of SAS, Stata and SPSS, by pyreadstat: words for labelled codes, and what is declared missing is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.optional import needed
from core.readers.from_libraries.staged import convert_frames
from core.readers.reading.damage import damaged
from core.readers.reading.report import ReadJob, ReadReport, counted, listed
from core.readers.reading.typed import MOST_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 50_000
"""Read at once."""
_SAS = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
_XPORT = (b"HEADER RECORD*******LIBRARY HEADER", b"HEADER RECORD*******LIBV8")


class Statistics:
    """SAS, Stata and SPSS."""

    title = "SAS, Stata, SPSS"
    endings = (".sas7bdat", ".xpt", ".dta", ".sav", ".zsav", ".por")
    order = 35

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the marks at the beginning."""
        return bool(_format(head)[0])

    def read(self, job: ReadJob) -> ReadReport:
        """Read a stretch of rows at a time."""
        with job.source.open("rb") as file:
            title, function = _format(file.read(512))
        library = needed("pyreadstat", "pyreadstat", job.name, f"of {title}")
        return _File(job, library, getattr(library, function), title).read()


READERS.register("statistics")(Statistics())


def _format(head: bytes) -> tuple[str, str]:
    """The format in words, and the function that reads it; empty for another."""
    if head.startswith(_SAS):
        return "SAS", "read_sas7bdat"
    if head.startswith(_XPORT):
        return "SAS transport", "read_xport"
    if head.startswith((b"$FL2", b"$FL3")):
        return "SPSS", "read_sav"
    if b"SPSS PORT FILE" in head[:512]:
        return "SPSS portable", "read_por"
    # Before version 117 of the format: its version, the order of bytes, and that it is a file of data.
    if head.startswith(b"<stata_dta>") or (head[:1] in b"hijklmnopqrs" and head[1:3] in (b"\x01\x01", b"\x02\x01")):
        return "Stata", "read_dta"
    return ("", "")


class _File:
    """One file on its way."""

    def __init__(self, job: ReadJob, library: Any, function: Any, title: str) -> None:
        self.job = job
        self.library = library
        self.function = function
        self.title = title
        # Reads what a column declares as missing as missing, and dates as moments.
        self.options: dict[str, Any] = {"dates_as_pandas_datetime": True}
        if job.options.encoding and function.__name__ != "read_por":
            self.options["encoding"] = job.options.encoding

    def read(self) -> ReadReport:
        """Lay the rows down and write the table."""
        try:
            first, about = self._load(0)
        except DataError:
            raise
        except Exception as error:
            if "encoding" in self.options:
                raise damaged(self.job.name, self.title, error) from error
            # Dates that no calendar of Python has: read as the numbers that the file holds.
            self.options["disable_datetime_conversion"] = True
            first, about = self._guarded(0)
            self.job.note("Some dates are out of bounds, so that dates were read as the numbers that the file holds.")
        if len(first.columns) > MOST_COLUMNS:
            raise DataError(
                f"A table may have {MOST_COLUMNS:,} columns. {self.job.name!r} has {len(first.columns):,}. "
                "Choose the ones that matter."
            )
        schema = _schema(first)
        labels = {n: dict(v) for n, v in about.variable_value_labels.items() if v and n in schema.names}
        self._note_missing()
        return convert_frames(
            self.job, self._stretches(first, schema, int(about.number_rows or 0)), schema, self.title, labels=labels
        )

    def _load(self, offset: int) -> tuple[pd.DataFrame, Any]:
        return self.function(str(self.job.source), row_offset=offset, row_limit=self._step(), **self.options)  # type: ignore[no-any-return]

    def _guarded(self, offset: int) -> tuple[pd.DataFrame, Any]:
        try:
            return self._load(offset)
        except Exception as error:
            raise damaged(self.job.name, self.title, error) from error

    def _step(self) -> int:
        return self.job.limit or _ROWS

    def _stretches(self, first: pd.DataFrame, schema: Any, rows: int) -> Iterator[pd.DataFrame]:
        step, done, frame = self._step(), 0, first
        while len(frame):
            yield _plain(frame, schema)
            done += len(frame)
            if rows:
                self.job.progress(0.6 * done / max(rows, done))
            if len(frame) < step or self.job.limit:
                return
            frame, _ = self._guarded(done)

    def _note_missing(self) -> None:
        """Say which codes the file itself declares as missing."""
        if self.function.__name__ != "read_sav":
            return
        _, about = self.function(str(self.job.source), metadataonly=True, user_missing=True)
        declared = []
        for name, ranges in (about.missing_ranges or {}).items():
            bounds = [(_short(one["lo"]), _short(one["hi"])) for one in ranges]
            codes = [str(low) if low == high else f"{low} to {high}" for low, high in bounds]
            declared.append(f"{name} ({', '.join(codes)})")
        if declared:
            self.job.note(
                f"Codes that the file declares as missing count as missing, in {counted(len(declared), 'column')}: "
                f"{listed(declared)}."
            )


def _short(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _schema(frame: pd.DataFrame) -> Any:
    """Arrow's types for the columns: floats for all numbers, because blanks may come in any stretch of rows."""
    import pandas as pd
    import pyarrow as pa

    fields = []
    for name, kind in frame.dtypes.items():
        if pd.api.types.is_datetime64_any_dtype(kind):
            fields.append((str(name), pa.timestamp("us")))
        elif pd.api.types.is_numeric_dtype(kind):
            fields.append((str(name), pa.float64()))
        else:
            fields.append((str(name), pa.string()))
    return pa.schema(fields)


def _plain(frame: pd.DataFrame, schema: Any) -> pd.DataFrame:
    """Words for what pandas holds as objects; empty ones are missing, as these programs have it."""
    import pyarrow as pa

    for field in schema:
        if pa.types.is_string(field.type):
            frame[field.name] = [_word(value) for value in frame[field.name]]
    return frame


def _word(value: Any) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).replace("\x00", "").strip() or None
