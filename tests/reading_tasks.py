"""What a process that reads a file may do in a test: crash, grow, write, hang; imported there by its name."""

import ctypes
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PID = "pid"


def crash(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """End as a library does that follows a pointer out of a damaged file."""
    ctypes.string_at(0)
    return {}


def stop(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """End without an answer."""
    os._exit(3)


def grow(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Take ever more memory."""
    kept = []
    while True:
        kept.append(bytearray(os.urandom(1 << 10) * (8 << 10)))
        time.sleep(0.005)


def reserve(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Ask for more memory at once than there is."""
    return {"size": len(bytearray(1 << 44))}


def fill(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Write one file after the other."""
    for number in range(10_000):
        (folder / f"{number}").write_bytes(os.urandom(1 << 20))
    return {}


def write(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Write one file that is too large."""
    (folder / "one").write_bytes(bytes(values["bytes"]))
    return {}


def open_files(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Open more and more files."""
    kept = [(folder / f"{number}").open("wb") for number in range(5_000)]
    return {"count": len(kept)}


def hang(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Say who it is and never end."""
    (folder / PID).write_text(str(os.getpid()))
    while True:
        time.sleep(0.01)


def nest(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Call itself until Python has enough."""
    return nest(values, folder, progress)


def surprise(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Fail as a library does that did not think of this."""
    raise AttributeError("'NoneType' object has no attribute 'Target'")


def about(values: Mapping[str, Any], folder: Path, progress: Any) -> dict[str, Any]:
    """Say which process this is, and give back what came."""
    progress(0.5)
    time.sleep(0.1)
    return {"pid": os.getpid(), **values}
