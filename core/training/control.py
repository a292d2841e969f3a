"""Commands to a computation, and its progress: flags that one thread sets and a loop looks at between two batches.

It knows neither where the commands come from (a watcher reads them from the run store) nor what a run is.
"""

import threading
from dataclasses import dataclass


@dataclass
class Progress:
    """How far training is; written by the loop, read by whoever shows it. Plain numbers, no lock needed."""

    epoch: int = 0
    epochs: int = 0
    batch: int = 0
    batches: int = 0
    rows_per_second: float = 0.0
    phase: str = "preparing"
    """preparing, training, scoring or done."""


class Control:
    """Commands to a training loop that runs in this process."""

    def __init__(self) -> None:
        self.progress = Progress()
        self._go = threading.Event()
        self._go.set()
        self._ending = ""
        self._learning_rate: float | None = None

    def pause(self) -> None:
        """Let the loop wait before its next batch."""
        self._go.clear()

    def resume(self) -> None:
        """Let a waiting loop go on."""
        self._go.set()

    def stop(self) -> None:
        """End after this batch and keep the best weights."""
        self._ending = self._ending or "stopped"
        self._go.set()

    def cancel(self) -> None:
        """End after this batch and keep nothing."""
        self._ending = "cancelled"
        self._go.set()

    def set_learning_rate(self, rate: float) -> None:
        """Train on with another learning rate; the schedule goes on from it."""
        self._learning_rate = rate

    @property
    def paused(self) -> bool:
        """Whether the loop is asked to wait."""
        return not self._go.is_set()

    @property
    def ending(self) -> str:
        """Empty while training goes on, else "stopped" or "cancelled"."""
        return self._ending

    def wait(self) -> None:
        """Return at once, or as soon as a pause is over."""
        self._go.wait()

    def take_learning_rate(self) -> float | None:
        """The new learning rate, once."""
        rate, self._learning_rate = self._learning_rate, None
        return rate
