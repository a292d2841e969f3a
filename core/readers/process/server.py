"""The fork server of this process: started when the first file is to be read, again when it is gone, ended at exit."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress

from core.readers.process import fork_server

_lock = threading.Lock()
_current: _Server | None = None


class GoneError(Exception):
    """The fork server does not take requests any more."""


class _Server:
    """One fork server."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._control, theirs = socket.socketpair()
        # What this process can import it can import; and one thread alone, or there would be locks to copy.
        paths = [path or os.getcwd() for path in sys.path]
        alone: dict[str, str] = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        alone["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
        alone["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-m", fork_server.__name__],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**os.environ, **alone},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return self.owner == os.getpid() and self._process.poll() is None

    def ask(self, files: list[int]) -> None:
        """Have it start a process with these open files."""
        try:
            socket.send_fds(self._control, [b"r"], files)
        except OSError as error:
            raise GoneError from error

    def end(self) -> None:
        """End it, and with it all that it started."""
        self._control.close()
        if self.owner != os.getpid():
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
            return
        self._process.kill()
        self._process.wait()


def ask(files: list[int]) -> None:
    """Have the fork server start a process with these open files.

    Raises
    ------
    GoneError
        When it ended at this very moment; the next one is started anew.
    """
    with _lock:
        _running().ask(files)


def warm_up() -> None:
    """Start the fork server, so that it is ready when the first file comes."""
    with _lock:
        _running()


def pid() -> int:
    """The number of the fork server's process; it is started where there is none."""
    with _lock:
        return _running().pid


def end() -> None:
    """End the fork server, if there is one."""
    global _current
    with _lock:
        if _current is not None:
            _current.end()
        _current = None


def _running() -> _Server:
    global _current
    if _current is None or not _current.lives:
        if _current is not None:
            _current.end()
        _current = _Server()
    return _current


atexit.register(end)
