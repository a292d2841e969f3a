"""Apache Parquet: columns with types of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.readers import READERS
from core.readers.from_libraries.staged import convert_batches
from core.readers.reading.convert import Converter, Source
from core.readers.reading.damage import damaged
from core.readers.reading.engine import connect, literal
from core.readers.reading.report import ReadJob, ReadReport
from core.readers.reading.text.lines import NO_LINES, LineCounts
from core.readers.reading.typed import durations_of, flat_columns


class Parquet:
    """Apache Parquet."""

    title = "Parquet"
    endings = (".parquet", ".pq", ".parq")
    order = 10

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the mark at the beginning."""
        return head.startswith(b"PAR1")

    def read(self, job: ReadJob) -> ReadReport:
        """Rewrite the columns in types that a table can hold."""
        import duckdb
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = _schema(job.source)
        if schema is not None and any(pa.types.is_decimal256(field.type) for field in schema):
            # DuckDB would make floats of so many digits.
            return convert_batches(job, schema, pq.ParquetFile(job.source).iter_batches(), self.title)
        link = job.folder / "input.parquet"
        link.symlink_to(job.source.resolve())
        relation = f"SELECT * FROM read_parquet({literal(link)})"
        try:
            with connect(job.folder) as connection:
                names, typed = flat_columns(job, connection, relation, durations_of(schema or ()))
                source = Source(tuple(names), lambda _: relation, dict(enumerate(typed)))
                done = Converter(job, connection, source).run()
        except duckdb.Error as error:
            raise damaged(job.name, self.title, error) from error
        # As the file itself counts them, whatever was read of it.
        lines = NO_LINES if job.limit else LineCounts(total=pq.read_metadata(job.source).num_rows, rows=done.rows)
        return ReadReport(done.rows, done.names, self.title, notes=tuple(job.notes), lines=lines)


READERS.register("parquet")(Parquet())


def _schema(path: Path) -> Any:
    """The types as Arrow has them, which tell more than DuckDB does; None where Arrow does not know one of them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(path)
    except (pa.ArrowException, NotImplementedError, OSError):
        # What is wrong with the file DuckDB says.
        return None
