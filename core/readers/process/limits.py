"""What the process that reads a file may take, and how the system is told."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.settings import settings

_RESERVED_MB = 4096
"""What libraries set apart and never touch: about 1.3 GB by Arrow and DuckDB, more with very many columns."""
_OPEN_FILES = 512


@dataclass(frozen=True)
class Limits:
    """What reading one file may take."""

    memory_mb: int
    disk_mb: int
    seconds: float
    open_files: int = _OPEN_FILES

    @classmethod
    def now(cls) -> Limits:
        """As the operator has set them."""
        said = settings()
        return cls(said.read_memory_mb, said.read_disk_mb, 60.0 * said.read_minutes)

    def to_dict(self) -> dict[str, Any]:
        """The limits as plain values."""
        return asdict(self)

    def apply(self) -> None:
        """Let the system hold this process to them.

        Memory is watched besides (:mod:`core.readers.process.run`): libraries reserve far more than they touch, so that
        what the system counts can be held to a multiple only.
        """
        # Private memory is what Linux counts as data; elsewhere that is the heap alone, and the watch has to do.
        if sys.platform == "linux":
            _lower(resource.RLIMIT_DATA, (2 * self.memory_mb + _RESERVED_MB) << 20)
        _lower(resource.RLIMIT_FSIZE, self.disk_mb << 20)
        _lower(resource.RLIMIT_NOFILE, self.open_files)
        _lower(resource.RLIMIT_CPU, int(self.seconds * (os.cpu_count() or 1)) + 1)
        _lower(resource.RLIMIT_CORE, 0)


def first_victim() -> None:
    """Let the system end this process before any other of ours when memory runs out."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("900")


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (value, value))
