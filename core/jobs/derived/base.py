"""What is derived from a finished run: where it lies beside the run, how it is computed, how it is read again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from core.errors import AnomalensError
from core.training.control import Control

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts

REQUEST = "request.json"
"""The file in a folder that says who wants the result."""
WAITING, LEARNING, SCORING, DONE, FAILED = "waiting", "learning", "scoring", "done", "failed"


class CancelledError(AnomalensError):
    """Nobody wants the result any more."""

    def __init__(self) -> None:
        super().__init__("It was cancelled. Ask for it again when you want it.")


@dataclass(frozen=True)
class Step:
    """One of several things that a computation does one after the other, such as a detector of a comparison."""

    title: str
    state: str = WAITING
    """waiting, learning, scoring, done or failed."""
    share: float = 0.0
    """How much of it is done, 0 to 1."""
    problem: str = ""
    """Why it failed, as a sentence."""


class WorkControl(Control):
    """How far a computation is, and whether it shall end.

    Parameters
    ----------
    listener
        Called with the steps whenever one of them changes.
    """

    def __init__(self, listener: Callable[[Mapping[str, Step]], None] = lambda steps: None) -> None:
        super().__init__()
        self.steps: dict[str, Step] = {}
        self._listener = listener

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return self.progress.batch / max(1, self.progress.batches)

    def begin(self, steps: Mapping[str, Step]) -> None:
        """Say which steps there are."""
        self.steps = dict(steps)
        self._listener(self.steps)

    def step(self, name: str, step: Step) -> None:
        """Say how far a step is.

        Raises
        ------
        CancelledError
            When nobody wants the result any more.
        """
        self.steps[name] = step
        self._listener(self.steps)
        self.check()

    def check(self) -> None:
        """End the computation here if nobody wants the result any more.

        Raises
        ------
        CancelledError
            When it was cancelled.
        """
        if self.ending:
            raise CancelledError


@dataclass(frozen=True)
class Derived(ABC):
    """One thing that is derived from runs, by its settings; the same settings are the same thing.

    A kind is a frozen dataclass that holds its settings. It is handed to workers, so it imports what it computes with
    inside :meth:`compute`.
    """

    noun: ClassVar[str]
    """What it is called: "the map"."""
    crashed: ClassVar[str]
    """What to say when the process that computed it ended, with a remedy."""
    own_process: ClassVar[bool] = True
    """Whether it is computed in a process that can be ended at any moment. False for what looks at its control every
    few rows and is quick: it begins sooner."""
    again: ClassVar[bool] = False
    """Whether to ask for what is there is to compute it anew."""

    @property
    def score(self) -> str:
        """The name of the run's score that it is about; empty for the run's own."""
        return ""

    @abstractmethod
    def folder(self, run_id: str) -> str:
        """Its folder beside a run, its own alone: the request, the progress and, for most kinds, the result."""

    @abstractmethod
    def last_file(self, run_id: str) -> str:
        """The file that is written last: where it is, all is done."""

    @abstractmethod
    def compute(self, run: FinishedRun, control: WorkControl) -> None:
        """Compute it, report to ``control`` how far it is, and write its files, :meth:`last_file` at the end.

        Raises
        ------
        AnomalensError
            With a sentence that says why it cannot be computed.
        """

    @abstractmethod
    def read(self, run: FinishedRun) -> Any:
        """What :meth:`compute` wrote.

        Raises
        ------
        DataError
            When it is not there.
        """

    def is_current(self, run: FinishedRun) -> bool:
        """Whether what is there is still true of the run."""
        return True

    def on_request(self, artifacts: Artifacts, run_id: str) -> None:  # noqa: B027 - most kinds note nothing
        """What else is noted when somebody asks for it."""

    def discard(self, artifacts: Artifacts, run_id: str) -> None:
        """Delete what was written before it was cancelled: by default everything but the request."""
        for path in artifacts.list(self.folder(run_id)):
            if not path.endswith(f"/{REQUEST}"):
                artifacts.delete(path)

    def forget(self, artifacts: Artifacts, run_id: str) -> None:
        """Delete what was computed, so that it is computed anew."""
        artifacts.delete(self.last_file(run_id))

    def settings(self) -> dict[str, Any]:
        """Its settings as plain values."""
        return asdict(self)
