"""The sentences for a file that cannot be read through: damaged, or larger in memory or on disk than it may be."""

from __future__ import annotations

import errno
import re

from core.errors import AnomalensError, DataError
from core.settings import settings

_PATH = re.compile(r"""( in file| file|) (?:"/[^"]*"|'/[^']*'|/\S*/[^/\s'"]*(?<![,:.]))""")
_INSTEAD = {" in file": "", " file": " file", "": " it"}
"""What stands for a path, after the words before it."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def damaged(name: str, title: str, error: BaseException) -> DataError:
    """The error for a file that begins like one of a format and does not go on like it, or for what it ran out of."""
    return lacking(name, error) or DataError(
        f"The file {name!r} must be a whole {title} file, but it cannot be read ({reason(error)}). It may have been "
        "cut off on its way: copy or upload it again."
    )


def unreadable(name: str, error: BaseException) -> AnomalensError:
    """The error for whatever ended the reading of a file; one that is a sentence already stays."""
    if isinstance(error, AnomalensError):
        return error
    if isinstance(error, RecursionError):
        return DataError(
            f"The values of {name!r} are nested too deeply to be a table. Save the table as CSV, or as JSON with an "
            "object of plain values per row."
        )
    return lacking(name, error) or DataError(
        f"The file {name!r} cannot be read ({type(error).__name__}: {reason(error)}). It may be damaged: save it "
        "again, or save the table as CSV or Parquet, and read that."
    )


def lacking(name: str, error: BaseException) -> DataError | None:
    """The error where memory, disk or open files ran out; None for any other."""
    text = str(error)
    if isinstance(error, MemoryError):
        return too_much_memory(name)
    if type(error).__name__ == "OutOfMemoryException":
        # DuckDB's own limit, which is far below and holds whatever the file.
        return DataError(
            f"A stretch of {name!r} takes more memory at once than reading allows: it has very many columns, or a "
            "value of it is enormous. Leave that out, or read a part of its columns."
        )
    number = error.errno if isinstance(error, OSError) else None
    if number in _NO_ROOM or "No space left" in text:
        return full_disk(name)
    if number == errno.EFBIG or "File too large" in text:
        return too_much_disk(name)
    if number == errno.EMFILE or "Too many open files" in text:
        return DataError(
            f"The file {name!r} needs more files open at once than one may. Save the table as CSV or Parquet and read "
            "that."
        )
    return None


def reason(error: BaseException) -> str:
    """What a library says went wrong, in one line and without the server's paths."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0].split("Error: ", 1)[-1]
    return _PATH.sub(lambda found: _INSTEAD[found[1]], first).rstrip(". ,:")[:160]


def full_disk(name: str) -> DataError:
    """The error for a file that cannot be laid down, because nothing more fits."""
    return DataError(
        f"The disk is full, so {name!r} could not be read. Free some space on it, or set ANOMALENS_HOME to a folder on "
        "another disk."
    )


def too_much_memory(name: str) -> DataError:
    """The error for a file that takes more memory than one may."""
    return DataError(
        f"Reading {name!r} takes more than the {_gigabytes(settings().read_memory_mb)} of memory that a file may take. "
        "Save the table as CSV or Parquet, or read a part of it; whoever runs this can allow more with "
        "ANOMALENS_READ_MEMORY_MB."
    )


def too_much_disk(name: str) -> DataError:
    """The error for a file that takes more disk, unpacked or as a table, than one may."""
    return DataError(
        f"Reading {name!r} takes more than the {_gigabytes(settings().read_disk_mb)} of disk that a file may take. "
        "Read a part of it; whoever runs this can allow more with ANOMALENS_READ_DISK_MB."
    )


def too_long(name: str) -> DataError:
    """The error for a file that takes longer to read than one may."""
    minutes = settings().read_minutes
    return DataError(
        f"Reading {name!r} takes longer than the {minutes} minute{'' if minutes == 1 else 's'} that a file may take. "
        "Save the table as Parquet, or read a part of it; whoever runs this can allow more with "
        "ANOMALENS_READ_MINUTES."
    )


def crashed(name: str, signal: str) -> DataError:
    """The error for a file that ended the process that read it."""
    return DataError(
        f"The file {name!r} is damaged in a way that ended the process that read it ({signal}); nothing of it was "
        "kept. Save it again with the program that wrote it, or save the table as CSV or Parquet."
    )


def _gigabytes(megabytes: int) -> str:
    return f"{megabytes / 1024:,.3g} GB" if megabytes >= 1024 else f"{megabytes} MB"
