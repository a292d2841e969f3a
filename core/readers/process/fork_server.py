"""Makes a process for each file that is read, within milliseconds: it has what readers import, and nothing else.

Started with ``python -m core.readers.process.fork_server`` by the process that wants files read (the dashboard's
server, a worker, a command), whose threads and memory must not be copied: this process has one thread and reads
nothing itself. Its standard input is a socket. Each message there is one byte with three open files: the request, and
two pipes to answer through, the answers of the reading itself and what becomes of its process. It ends when the
socket does, and all that it started ends with it; or once it was not asked for a while.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
from contextlib import suppress

from core.readers.process.limits import first_victim

IDLE_SECONDS = 600.0
FILES = 3
_LIBRARIES = ("core.readers.process.one_file", "pyarrow.parquet", "duckdb", "openpyxl")
"""Imported while nobody asks, one after the other; every other one is imported by who needs it."""


def main() -> None:
    """Serve until the socket ends."""
    for kind in (signal.SIGINT, signal.SIGHUP):
        # The keys of an interrupt at a terminal are for who asked.
        signal.signal(kind, signal.SIG_IGN)
    first_victim()
    with socket.socket(fileno=os.dup(0)) as control:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        _Children().serve(control)


class _Children:
    """The processes that are reading now, and where each end is told."""

    def __init__(self) -> None:
        self._told: dict[int, int] = {}
        self._woken, waker = os.pipe()
        for end in (self._woken, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._waker = waker

    def serve(self, control: socket.socket) -> None:
        libraries = list(_LIBRARIES)
        with selectors.DefaultSelector() as ready:
            ready.register(control, selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)
            while True:
                found = [key.fileobj for key, _ in ready.select(0 if libraries else IDLE_SECONDS)]
                if self._woken in found:
                    with suppress(BlockingIOError):
                        os.read(self._woken, 4096)
                    self._bury()
                if control in found:
                    _, files, *_ = socket.recv_fds(control, 1, FILES)
                    if len(files) != FILES:
                        break
                    self._start(control, *files)
                elif libraries:
                    _load(libraries.pop(0))
                elif not found and not self._told:
                    break
        for pid in self._told:
            _end(pid)

    def _start(self, control: socket.socket, request: int, answers: int, told: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._become_child(control, request, answers, told)
        for file in (request, answers):
            os.close(file)
        with suppress(OSError):
            os.setpgid(pid, pid)
        self._told[pid] = told
        _tell(told, {"pid": pid})

    def _become_child(self, control: socket.socket, request: int, answers: int, told: int) -> None:
        """Leave what is the fork server's, and read. Does not return."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            for file in (self._woken, self._waker, told, *self._told.values()):
                os.close(file)
            from core.readers.process.child import serve

            serve(request, answers)
        finally:
            os._exit(0)

    def _bury(self) -> None:
        """Tell of every process that has ended."""
        while self._told:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            told = self._told.pop(pid)
            _tell(told, {"code": os.waitstatus_to_exitcode(status), "cpu_seconds": used.ru_utime + used.ru_stime})
            os.close(told)


def _load(library: str) -> None:
    with suppress(ImportError):
        module = importlib.import_module(library)
        if hasattr(module, "READERS"):
            module.READERS.items()
    # What is here now is shared with every process that is made, as long as nobody writes to it.
    gc.collect()
    gc.freeze()


def _tell(file: int, message: dict[str, float]) -> None:
    with suppress(OSError):
        os.write(file, json.dumps(message).encode() + b"\n")


def _end(pid: int) -> None:
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
    # An ordinary end would take libraries apart that were never used.
    os._exit(0)
