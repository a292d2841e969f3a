"""What the process that reads one file does: it takes its request, holds itself to the limits, reads, and answers.

Request and answers are JSON, what was read is left as files in the folder that it was given: nothing is unpickled, so
that who asked trusts nothing that comes from here but plain values.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.readers.process.limits import Limits, first_victim

_STEP_SECONDS = 0.05
_END_WITH_PARENT = 1
"""Linux's PR_SET_PDEATHSIG."""

OURS = "ANOMALENS_"
"""How the operator's variables begin."""
inside = False
"""Whether this process is one that reads a file: what is called from there is not given to a further one."""


def serve(request: int, answers: int) -> None:
    """Do what the request says, and answer how far it is and how it ended."""
    global inside
    inside = True
    os.setpgid(0, 0)
    _end_with_parent()
    first_victim()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        # What libraries print of a file is nobody's; a crash is told by the exit.
        os.dup2(nothing, stream)
    sys.stdin = sys.stdout = sys.stderr = open(os.devnull, "r+")  # noqa: SIM115 - as long as the process
    with os.fdopen(request, "rb") as asked:
        asked.seek(0)
        said = json.load(asked)
    limits, folder = Limits(**said["limits"]), Path(said["folder"])
    sys.path[:] = said["path"]
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ.update(said["environment"])
    tempfile.tempdir = str(folder)
    limits.apply()
    with os.fdopen(answers, "wb", buffering=0) as out:
        out.write(_line(_answer(said, folder, _Progress(out))))


def _answer(said: dict[str, Any], folder: Path, progress: _Progress) -> dict[str, Any]:
    from core.errors import AnomalensError
    from core.readers.reading.damage import unreadable

    try:
        return {"result": function(said["task"])(said["values"], folder, progress)}
    except Exception as error:
        # Whatever a library meets in a file is about the file; what it was is for who looks after the program.
        known = unreadable(said["name"], error)
        trace = "" if isinstance(error, AnomalensError) else traceback.format_exc(limit=-20)
        return {"error": type(known).__name__, "sentence": str(known), "trace": trace[-20_000:]}


def function(task: str) -> Callable[..., dict[str, Any]]:
    """What is to be done, by its name: ``package.module:function``."""
    module, _, name = task.partition(":")
    found: Callable[..., dict[str, Any]] = getattr(importlib.import_module(module), name)
    return found


class _Progress:
    """Sends the share that is done, not more often than anybody looks."""

    def __init__(self, out: Any) -> None:
        self._out, self._sent = out, 0.0

    def __call__(self, share: float) -> None:
        now = time.monotonic()
        if now - self._sent >= _STEP_SECONDS:
            self._sent = now
            self._out.write(_line({"share": share}))


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _end_with_parent() -> None:
    """Have the system end this process when the one that made it ends, however that ends."""
    if sys.platform == "linux":
        with suppress(OSError):
            ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)
