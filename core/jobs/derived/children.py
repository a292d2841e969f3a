"""A worker's child processes: started for work that cannot be interrupted, ended when it is cancelled."""

from __future__ import annotations

import atexit
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from core.errors import DataError
from core.jobs.derived import child
from core.jobs.derived.base import CancelledError, Derived, WorkControl
from core.results.finished_run import FinishedRun

LOOK_SECONDS = 0.1
_SPARE_SECONDS = 15.0
"""A child that would soon end by itself gets no more work."""

_lock = threading.Lock()
_idle: list[_Child] = []


class _GoneError(Exception):
    """A child that waited for work was ended by somebody else."""


class _Child:
    """A process that computes one thing at a time."""

    def __init__(self) -> None:
        # What this process can import, the child can import.
        paths = [path or os.getcwd() for path in sys.path]
        self._process = subprocess.Popen(
            [sys.executable, "-m", child.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))},
        )
        self.pid = self._process.pid
        self._idle_since = time.monotonic()
        self.used = False
        """Whether it has taken any work."""

    @property
    def waits(self) -> bool:
        """Whether it lives, and will for a while."""
        waited = time.monotonic() - self._idle_since
        return self._process.poll() is None and waited < child.KEPT_SECONDS - _SPARE_SECONDS

    def compute(self, run: FinishedRun, derived: Derived, control: WorkControl) -> None:
        """Let it compute something of a run; see :func:`compute_in_child`."""
        taken = False
        work = pickle.dumps((run.id, derived, run.space.settings))
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # a child that is gone says so by the end of its answers
            pickle.dump(work, self._process.stdin)
            self._process.stdin.flush()
        answers: queue.Queue[tuple[Any, ...] | None] = queue.Queue()
        threading.Thread(target=self._read, args=(answers,), name=f"answers of {self.pid}", daemon=True).start()
        while True:
            control.check()
            try:
                answer = answers.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if answer is None:
                raise ChildProcessError(derived.crashed) if taken or not self.used else _GoneError
            kind, *content = answer
            if kind == child.TAKEN:
                taken = self.used = True
                continue
            if kind == child.PROGRESS:
                control.progress.batch, control.progress.batches = round(1000 * content[0]), 1000
                control.steps = content[1]
                continue
            self._idle_since = time.monotonic()
            if kind == child.FAILED:
                raise DataError(content[0])
            return

    def end(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()

    def _read(self, answers: queue.Queue[tuple[Any, ...] | None]) -> None:
        """Take the answers to one piece of work; None where there are no more."""
        assert self._process.stdout is not None
        with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while True:
                answer = pickle.load(self._process.stdout)
                answers.put(answer)
                if answer[0] in (child.FINISHED, child.FAILED):
                    return
        answers.put(None)


def compute_in_child(run: FinishedRun, derived: Derived, control: WorkControl) -> None:
    """Compute something of a run in a process that is ended as soon as the control is cancelled.

    Raises
    ------
    CancelledError
        When it was cancelled; nothing half-written stays.
    DataError
        When it failed, with the reason as a sentence; or when the process ended, for want of memory for example.
    """
    one = _take()
    try:
        one.compute(run, derived, control)
    except _GoneError:
        one.end()
        return compute_in_child(run, derived, control)
    except (CancelledError, ChildProcessError) as error:
        one.end()
        run.space.artifacts.sweep(run.folder, one.pid)
        raise error if isinstance(error, CancelledError) else DataError(str(error)) from None
    except DataError:  # it said why it could not, and can do something else
        _keep(one)
        raise
    except BaseException:
        one.end()
        raise
    _keep(one)


def end_all() -> None:
    """End the children that wait for work."""
    while True:
        with _lock:
            if not _idle:
                return
            one = _idle.pop()
        one.end()


def _take() -> _Child:
    with _lock:
        one = _idle.pop() if _idle else None
    if one is not None and one.waits:
        return one
    if one is not None:
        one.end()
    return _Child()


def _keep(one: _Child) -> None:
    """Let a child wait for more work, for a while; one is enough."""
    with _lock:
        if not _idle:
            _idle.append(one)
            return
    one.end()


atexit.register(end_all)
