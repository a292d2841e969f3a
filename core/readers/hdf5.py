"""HDF5 files (.h5): arrays by path, and the data frames that pandas stores; through h5py, where it is installed."""

from __future__ import annotations

from pathlib import Path

from core.readers import READERS
from core.readers.from_libraries.hdf5 import arrays_within
from core.readers.from_libraries.matrices import columns_of, write_columns
from core.readers.reading.report import ReadJob, ReadReport


class Hdf5:
    """HDF5."""

    title = "HDF5"
    endings = (".h5", ".hdf5", ".hdf", ".he5")
    order = 32

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the mark at the beginning."""
        return head.startswith(b"\x89HDF\r\n\x1a\n")

    def read(self, job: ReadJob) -> ReadReport:
        """Load the arrays and lay those of one number of rows beside each other."""
        columns, rows = columns_of(job, arrays_within(job))
        write_columns(job, columns, rows)
        return ReadReport(
            min(rows, job.limit) if job.limit else rows, tuple(columns), self.title, notes=tuple(job.notes)
        )


READERS.register("hdf5")(Hdf5())
