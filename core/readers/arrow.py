"""Apache Arrow's own files: Feather, the IPC file and the IPC stream; read batch by batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.readers import READERS
from core.readers.from_libraries.staged import convert_batches
from core.readers.reading.damage import damaged
from core.readers.reading.report import ReadJob, ReadReport

if TYPE_CHECKING:
    from collections.abc import Iterator


class Arrow:
    """Arrow and Feather."""

    title = "Arrow"
    endings = (".arrow", ".feather", ".ipc", ".arrows", ".fea")
    order = 20

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the mark at the beginning; a stream has a mark of continuation only."""
        return head.startswith((b"ARROW1", b"FEA1")) or (head.startswith(b"\xff\xff\xff\xff") and head[8:9] != b"\xff")

    def read(self, job: ReadJob) -> ReadReport:
        """Stream the record batches through DuckDB."""
        import duckdb
        import pyarrow as pa

        try:
            return convert_batches(job, *_batches(job.source), self.title)
        except (pa.ArrowException, duckdb.Error, OSError) as error:
            raise damaged(job.name, self.title, error) from error


def _batches(path: Path) -> tuple[Any, Iterator[Any]]:
    """The schema and the record batches of any kind of Arrow file."""
    import pyarrow as pa
    import pyarrow.feather as feather
    import pyarrow.ipc as ipc

    with path.open("rb") as file:
        mark = file.read(6)
    if mark.startswith(b"FEA1"):
        table = feather.read_table(path)
        return table.schema, iter(table.to_batches(max_chunksize=65_536))
    source = pa.memory_map(str(path))
    if mark == b"ARROW1":
        reader = ipc.open_file(source)
        return _single(reader.schema, (reader.get_batch(at) for at in range(reader.num_record_batches)))
    stream = ipc.open_stream(source)
    return _single(stream.schema, iter(stream))


def _single(schema: Any, batches: Iterator[Any]) -> tuple[Any, Iterator[Any]]:
    """Half precision as single precision, because DuckDB does not know it."""
    import pyarrow as pa

    if not any(pa.types.is_float16(field.type) for field in schema):
        return schema, batches
    fields = [field.with_type(pa.float32()) if pa.types.is_float16(field.type) else field for field in schema]
    wide = pa.schema(fields)
    return wide, (_widened(batch, wide) for batch in batches)


def _widened(batch: Any, wide: Any) -> Any:
    batch.validate(full=True)
    return batch.cast(wide)


READERS.register("arrow")(Arrow())
