"""The thread beside a training loop: it reads the commands, shows signs of life and flushes the progress.

The loop itself never waits for the store; it looks at the flags of its :class:`Control`.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from core.jobs.process import identity, memory_mb
from core.store.records import Command
from core.store.runs import Store
from core.training.control import Control

log = logging.getLogger(__name__)

PERIOD = 0.25
"""Seconds between two looks at the commands."""

PARK_SECONDS = 0.5
"""How long a pause waits for the end of the epoch, so that nothing of it is lost."""


class Watcher(threading.Thread):
    """Joins a loop to the run store while it runs.

    Parameters
    ----------
    store, run_id, attempt
        The run, and the attempt that has it in hand.
    control
        The loop's commands and progress.
    """

    def __init__(self, store: Store, run_id: str, attempt: int, control: Control) -> None:
        super().__init__(name=f"watch {run_id}", daemon=True)
        self.lost = False
        """The run was taken away, cancelled or deleted: end, and write nothing."""
        self.parked = False
        """The loop was ended in the middle of an epoch, because a pause could not wait for the epoch's end."""
        self.pausing = False
        """A pause was asked for: leave at the end of the epoch."""
        self.delivered = 0
        """The newest command that the loop was given."""
        self.checkpoint_epoch = 0
        """The epoch after which the run would go on if this process died now."""
        self._pause_command = 0
        self._pause_at = 0.0
        self._asked = ""
        self._store, self._run_id, self._attempt, self._control = store, run_id, attempt, control
        self._epochs: list[dict[str, Any]] = []
        self._snapshots: list[dict[str, Any]] = []
        self._buffer = threading.Lock()
        self._flushing = threading.Lock()
        self._end = threading.Event()

    def __enter__(self) -> "Watcher":
        self.look()  # commands that were given before the start count from the first batch on
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add_epoch(self, record: Mapping[str, Any]) -> None:
        """Hand over an epoch's record; it is written within a moment."""
        with self._buffer:
            self._epochs.append(dict(record))

    def add_snapshot(self, snap: Mapping[str, Any]) -> None:
        """Hand over a snapshot; it is written within a moment."""
        with self._buffer:
            self._snapshots.append(dict(snap))

    def run(self) -> None:
        """Look again and again until :meth:`close`."""
        while not self._end.wait(PERIOD) and not self.lost:
            self.look()

    def close(self) -> None:
        """Stop looking."""
        self._end.set()
        if self.is_alive() and threading.current_thread() is not self:
            self.join()

    def look(self) -> None:
        """Show a sign of life, flush the progress and carry out commands once; a store that is away is tried again."""
        try:
            self.flush()
            if not self._store.beat(self._run_id, self.progress(), identity(), attempt=self._attempt):
                self._lose()
                return
            for command in self._store.take_commands(self._run_id, self._attempt):
                self._obey(command)
            self._park_if_late()
        except (SQLAlchemyError, OSError) as error:
            log.warning("The run store does not answer (%s); it is tried again.", error)
        except Exception:  # whatever it is, a run shall not die of its watcher
            log.exception("The watcher of run %s failed; it goes on.", self._run_id)

    def flush(self) -> None:
        """Write what was handed over; what cannot be written stays for the next time."""
        with self._flushing:  # two at once would drop what neither has written
            with self._buffer:
                epochs, snapshots = list(self._epochs), list(self._snapshots)
            try:
                if epochs:
                    self._store.write_epochs(self._run_id, epochs)
                if snapshots:
                    self._store.write_snapshots(self._run_id, snapshots)
            except IntegrityError:  # the run was deleted, and with it whatever the records belong to
                self._lose()
            with self._buffer:
                del self._epochs[: len(epochs)], self._snapshots[: len(snapshots)]

    def progress(self) -> dict[str, Any]:
        """How far the run is, as plain values."""
        pending = {"asked": self._asked} if self._asked in {"pause", "stop"} else {}
        return asdict(self._control.progress) | {
            "checkpoint_epoch": self.checkpoint_epoch,
            "memory_mb": memory_mb(),
            **pending,
        }

    def settle_pause(self) -> None:
        """The pause has taken effect."""
        self._store.settle_commands(self._run_id, self._pause_command, ("pause", "resume"))

    def _obey(self, command: Command) -> None:
        self._asked = command.kind
        if command.kind == "pause":
            self.pausing, self._pause_command, self._pause_at = True, command.id, time.monotonic()
        elif command.kind == "resume":
            self.pausing = False
            if not self.parked:
                self._store.settle_commands(self._run_id, command.id, ("pause", "resume"))
        elif command.kind == "stop":
            self.pausing = False
            self._control.stop()
        elif command.kind == "cancel":
            self._cancel()
        elif command.kind == "learning_rate":
            self._control.set_learning_rate(float(command.value))
        self.delivered = command.id

    def _cancel(self) -> None:
        # The state changes here and now, even where the loop is deep in reading data and looks at no flag.
        self._store.move(self._run_id, "cancelled", sources=("running",), attempt=self._attempt)
        self._store.settle_commands(self._run_id)
        self._lose()

    def _park_if_late(self) -> None:
        if self.pausing and not self.parked and time.monotonic() - self._pause_at > PARK_SECONDS:
            self.parked = True
            self._control.cancel()

    def _lose(self) -> None:
        self.lost = True
        self._control.cancel()
