"""Has a file read in a process of its own, watches what that takes, and ends it at once when it may not go on."""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from core import errors
from core.errors import AnomalensError, DataError
from core.readers.process import child, server
from core.readers.process.limits import Limits
from core.readers.reading.damage import crashed, too_long, too_much_disk, too_much_memory
from core.readers.reading.report import Progress

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.05
_DISK_SECONDS = 0.25
_ENDED_SECONDS = 10.0
_LONGEST_ANSWER = 256 << 20
_TRIES = 3


@dataclass
class Spent:
    """What reading a file took."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    """The most that was seen; files that are mapped into memory do not count."""
    disk_mb: float = 0.0


def run_apart(
    task: str,
    name: str,
    values: Mapping[str, Any],
    folder: Path,
    progress: Progress | None = None,
    *,
    limits: Limits | None = None,
    spent: Spent | None = None,
) -> dict[str, Any]:
    """Do something with a file in a process of its own.

    Parameters
    ----------
    task
        ``package.module:function``: it gets plain values, a folder of its own and a progress to call, returns plain
        values, and leaves files in the folder.
    name
        What the user calls the file, for sentences.
    values
        Plain values for the task.
    folder
        For what it writes; who calls deletes it.
    progress
        Called with the share that is done, ten times a second and more; the process is ended at once when it raises.
    limits
        What it may take; the operator's limits by default.
    spent
        Told what it took.

    Raises
    ------
    AnomalensError
        The task's own, or one that says which limit was passed or that the process crashed.
    """
    if child.inside:
        return child.function(task)(values, folder, progress or (lambda _: None))
    chosen, told = limits or Limits.now(), spent if spent is not None else Spent()
    said = {
        "task": task,
        "name": name,
        "values": values,
        "folder": str(folder.absolute()),
        "limits": chosen.to_dict(),
        # What has changed since the fork server started.
        "path": sys.path,
        "environment": {key: value for key, value in os.environ.items() if key.startswith(child.OURS)},
    }
    for _ in range(_TRIES):
        reading = _Reading(name, folder, chosen, progress, told)
        with suppress(server.GoneError):
            return reading.run(json.dumps(said).encode())
    raise crashed(name, "it could not be started")


@dataclass
class _Reading:
    """One process that reads, seen from outside."""

    name: str
    folder: Path
    limits: Limits
    progress: Progress | None
    spent: Spent
    pid: int = 0
    code: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    share: float = 0.0

    def run(self, request: bytes) -> dict[str, Any]:
        start = time.monotonic()
        answers, told = self._start(request)
        try:
            self._watch(answers, told, start)
        except BaseException:
            self._end(told)
            raise
        finally:
            os.close(answers)
            os.close(told)
            self.spent.seconds = time.monotonic() - start
        return self._result()

    def _start(self, request: bytes) -> tuple[int, int]:
        """Ask for a process; the ends that its answers and its fate come out of."""
        with tempfile.TemporaryFile() as asked:
            asked.write(request)
            asked.flush()
            answers, theirs = os.pipe()
            told, fate = os.pipe()
            try:
                server.ask([asked.fileno(), theirs, fate])
            except server.GoneError:
                os.close(answers)
                os.close(told)
                raise
            finally:
                os.close(theirs)
                os.close(fate)
        for end in (answers, told):
            os.set_blocking(end, False)
        return answers, told

    def _watch(self, answers: int, told: int, start: float) -> None:
        """Take what comes until both pipes have ended, and look at what the process takes meanwhile."""
        lines = {answers: _Lines(self._answered), told: _Lines(self._happened)}
        looked = start
        with selectors.DefaultSelector() as ready:
            for end in lines:
                ready.register(end, selectors.EVENT_READ)
            while ready.get_map():
                for key, _ in ready.select(_LOOK_SECONDS):
                    if not lines[key.fd].take(key.fd):
                        ready.unregister(key.fd)
                now = time.monotonic()
                if self.pid and self.code is None:
                    self._look(now - start, disk=now - looked >= _DISK_SECONDS)
                    looked = now if now - looked >= _DISK_SECONDS else looked
                if self.progress is not None:
                    self.progress(self.share)
        self.spent.disk_mb = max(self.spent.disk_mb, _disk_mb(self.folder))
        if not self.pid:
            raise server.GoneError

    def _look(self, seconds: float, *, disk: bool) -> None:
        """Raise when it takes more than it may."""
        self.spent.memory_mb = max(self.spent.memory_mb, _memory_mb(self.pid))
        if self.spent.memory_mb > self.limits.memory_mb:
            raise too_much_memory(self.name)
        if disk:
            self.spent.disk_mb = max(self.spent.disk_mb, _disk_mb(self.folder))
        if self.spent.disk_mb > self.limits.disk_mb:
            raise too_much_disk(self.name)
        if seconds > self.limits.seconds:
            raise too_long(self.name)

    def _answered(self, message: dict[str, Any]) -> None:
        if "share" in message:
            self.share = float(message["share"])
        else:
            self.answer = message

    def _happened(self, message: dict[str, Any]) -> None:
        self.pid = int(message.get("pid", self.pid))
        if "code" in message:
            self.code, self.spent.cpu_seconds = int(message["code"]), float(message["cpu_seconds"])

    def _result(self) -> dict[str, Any]:
        if "result" in self.answer:
            result: dict[str, Any] = self.answer["result"]
            return result
        if "sentence" in self.answer:
            if self.answer.get("trace"):
                log.info("%s was not read:\n%s", self.name, self.answer["trace"])
            kind = getattr(errors, str(self.answer["error"]), DataError)
            known = isinstance(kind, type) and issubclass(kind, AnomalensError)
            raise (kind if known else DataError)(self.answer["sentence"])
        if self.code == -signal.SIGXCPU:
            raise too_long(self.name)
        if self.code == -signal.SIGKILL:
            # Nobody here did: the system does when memory runs out.
            raise too_much_memory(self.name)
        ended = "its process ended" if self.code is None or self.code >= 0 else signal.Signals(-self.code).name
        raise crashed(self.name, ended)

    def _end(self, told: int) -> None:
        """Kill it and all that it started, and wait until it is gone: its folder is deleted next."""
        lines, until = _Lines(self._happened), time.monotonic() + _ENDED_SECONDS
        with selectors.DefaultSelector() as ready:
            ready.register(told, selectors.EVENT_READ)
            while self.code is None and time.monotonic() < until:
                if self.pid:
                    _kill(self.pid)
                if ready.select(_LOOK_SECONDS) and not lines.take(told):
                    return


class _Lines:
    """Messages that come through a pipe, one a line."""

    def __init__(self, take: Callable[[dict[str, Any]], None]) -> None:
        self._take, self._rest = take, bytearray()

    def take(self, end: int) -> bool:
        """Take what is there now; whether more can come."""
        try:
            part = os.read(end, 1 << 16)
        except BlockingIOError:
            return True
        self._rest += part
        if len(self._rest) > _LONGEST_ANSWER:
            return False
        if b"\n" in part:
            *whole, rest = self._rest.split(b"\n")
            self._rest = bytearray(rest)
            for line in whole:
                with suppress(ValueError):
                    self._take(json.loads(line))
        return bool(part)


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with suppress(OSError):
            kill(pid, signal.SIGKILL)
            return


def _memory_mb(pid: int) -> float:
    """Memory of a process that is its own; pages of mapped files are the system's to take back."""
    with suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.split("RssAnon:", 1)[1].split(maxsplit=1)[0]) / 1024
    with suppress(psutil.Error):
        return float(psutil.Process(pid).memory_info().rss / 2**20)
    return 0.0


def _disk_mb(folder: Path) -> float:
    """What lies in a folder, by the blocks that it takes."""
    total = 0
    for place, _, names in os.walk(folder):
        for file in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, file)).st_blocks * 512
    return total / 2**20
