"""What the process that reads a file is asked, as plain values, and where it leaves the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.readers.reading.options import ReadOptions
from core.readers.reading.trained.interpretation import Trained

READ_FILE = "core.readers.process.one_file:read_file"
"""The function that does it."""
OUT = "out.parquet"
"""The table, in the folder that is given."""


def request(
    source: Path, name: str, options: ReadOptions, limit: int = 0, trained: Trained | None = None
) -> dict[str, Any]:
    """What is to be read, as plain values for it."""
    return {
        "source": str(source.absolute()),
        "name": name,
        "options": options.to_dict(),
        "limit": limit,
        "trained": trained.to_dict() if trained else None,
    }
