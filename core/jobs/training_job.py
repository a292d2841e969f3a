"""One attempt at a run: read the data, train from the checkpoint if there is one, save, record how it ended."""

import errno
import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from core.detector import replay
from core.errors import AnomalensError, TrainingError, UnknownNameError
from core.jobs.retries import retried
from core.jobs.watcher import Watcher
from core.store.records import Run
from core.store.workspace import Workspace
from core.training.control import Control

if TYPE_CHECKING:
    from core.detector.experiment import Experiment
    from core.training.records import Snapshot

log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 1.0
"""Least time between two checkpoints; a slow storage stretches it, so that writing takes a twentieth of the time."""
_REPORT = "Please report it."


class TrainingJob:
    """A run in the hands of this process.

    Parameters
    ----------
    workspace
        Where its data are and its results go.
    run
        As it was when it was claimed.
    attempt
        The number of the claim; whatever is written bears it.
    """

    def __init__(self, workspace: Workspace, run: Run, attempt: int) -> None:
        self._store, self._artifacts = workspace.store, workspace.artifacts
        self._run, self._attempt = run, attempt
        self._folder = f"runs/{run.id}"
        self._control = Control()
        self._watcher = Watcher(self._store, run.id, attempt, self._control)
        self._written_at = 0.0
        self._write_seconds = 0.0
        self._seen = 0
        self._settled = 0

    def execute(self) -> None:
        """Do it all; whatever happens, the run's state says it in a sentence."""
        if self._run.problem:
            self._end("failed", self._run.problem)
            return
        try:
            with self._watcher:
                experiment = self._experiment()
                paused = self._train_and_save(experiment)
            self._conclude(experiment, paused)
        except KeyboardInterrupt:
            self._end("cancelled", "It was interrupted at the keyboard.")
            raise
        except Exception as error:
            self._fail(error)

    def _experiment(self) -> "Experiment":
        from core.detector.experiment import Experiment
        from core.index.schema import Schema
        from core.modalities.recognise import modality_of
        from core.notes.run import FILE as NOTES
        from core.notes.run import keep_dataset_notes, notes_of_dataset

        dataset = retried(lambda: self._store.dataset(self._run.dataset_id))
        # As it was when the run began: somebody may change it before the run goes on from its checkpoint.
        path = f"{self._folder}/schema.json"
        if not self._artifacts.exists(path):
            self._artifacts.write_json(path, dataset.schema)
        schema = Schema.from_dict(self._artifacts.read_json(path))
        samples = modality_of(dataset.modality).open(dataset, self._artifacts, schema)
        if not self._artifacts.exists(f"{self._folder}/{NOTES}"):
            keep_dataset_notes(self._artifacts, self._folder, notes_of_dataset(dataset, schema, samples.index))
        return Experiment(samples, self._run.recipe)

    def _train_and_save(self, experiment: "Experiment") -> bool:
        """Train and write the results; whether it was paused instead."""
        paused, failure = False, None
        try:
            paused = self._train(experiment)
        except TrainingError as error:
            failure = error
        if experiment.finished and not paused and not self._watcher.lost:
            # After a failure too: the last good weights have been scored, and can be explored.
            experiment.save(self._artifacts, self._folder)
            self._record(experiment)
        if failure is not None:
            raise failure
        return paused

    def _train(self, experiment: "Experiment") -> bool:
        """Train to the end, or to a pause; whether it was a pause."""
        from core.training.records import EpochRecord

        steps: Iterator[Any] = experiment.run(self._control, self._checkpoint())
        for step in steps:
            if isinstance(step, EpochRecord):
                self._watcher.add_epoch(step.to_dict())
                self._checkpoint_if_due(experiment, step.epoch)
            else:
                self._watcher.add_snapshot(step.to_dict())
                self._keep_epoch(step)
            if self._watcher.lost:
                break
            if self._watcher.pausing and not self._watcher.parked and isinstance(step, EpochRecord):
                self._write_checkpoint(experiment, step.epoch)
                return True
        return self._watcher.parked and not self._watcher.lost

    def _keep_epoch(self, snapshot: "Snapshot") -> None:
        """Leave what a replay shows of this epoch, and its weights."""
        try:
            replay.write(self._artifacts, self._folder, snapshot.epoch, snapshot.sample, snapshot.weights)
        except OSError as error:  # a full disk shall not end a training that goes well
            log.warning("Epoch %d of run %s could not be kept: %s", snapshot.epoch, self._run.id, error)

    def _checkpoint(self) -> bytes | None:
        """What an earlier attempt left; None when there is nothing, or nothing that can be read."""
        from core.training.checkpoint import unpack

        path = f"{self._folder}/checkpoint.safetensors"
        if not self._artifacts.exists(path):
            return None
        content = self._artifacts.read_bytes(path)
        try:
            unpack(content)
        except TrainingError as error:
            log.warning("Run %s starts over: %s", self._run.id, error)
            return None
        self._watcher.checkpoint_epoch = int(self._run.progress.get("checkpoint_epoch") or 0)
        return content

    def _checkpoint_if_due(self, experiment: "Experiment", epoch: int) -> None:
        """Write a checkpoint when it is time, or when a command must not be forgotten."""
        # A command that was delivered before the last epoch ended has been obeyed in this one.
        obeyed, self._seen = self._seen, self._watcher.delivered
        pause = max(CHECKPOINT_SECONDS, 20 * self._write_seconds)
        if time.monotonic() - self._written_at < pause and obeyed <= self._settled:
            return
        if self._write_checkpoint(experiment, epoch) and obeyed > self._settled:
            with suppress(Exception):  # read again and obeyed again by the next attempt, should there be one
                self._store.settle_commands(self._run.id, obeyed, ("learning_rate",))
            self._settled = obeyed

    def _write_checkpoint(self, experiment: "Experiment", epoch: int) -> bool:
        begin = time.monotonic()
        try:
            # Whoever goes on from it does not do these epochs again, so their records must be there already.
            self._watcher.flush()
            self._artifacts.write_bytes(f"{self._folder}/checkpoint.safetensors", experiment.checkpoint())
        except (OSError, SQLAlchemyError) as error:  # a full disk shall not end a training that goes well
            log.warning("The checkpoint of run %s could not be written: %s", self._run.id, error)
            return False
        finally:
            self._written_at = time.monotonic()
            self._write_seconds = self._written_at - begin
        self._watcher.checkpoint_epoch = epoch
        return True

    def _conclude(self, experiment: "Experiment", paused: bool) -> None:
        if self._watcher.lost:
            self._forget_if_cancelled()
        elif paused:
            self._park()
        elif experiment.finished:
            stopped = experiment.ended == "stopped"
            self._end(
                "stopped" if stopped else "done", "It was stopped; the best weights were kept." if stopped else ""
            )
        else:
            self._end("cancelled", "It was stopped before its first epoch was over, so there was nothing to keep.")

    def _park(self) -> None:
        """Give the worker free; the checkpoint holds all that is needed to go on."""
        retried(self._watcher.flush)
        values = {"progress": self._watcher.progress()}
        retried(
            lambda: self._store.move(self._run.id, "paused", sources=("running",), attempt=self._attempt, values=values)
        )
        retried(self._watcher.settle_pause)

    def _record(self, experiment: "Experiment") -> None:
        retried(self._watcher.flush)
        retried(lambda: self._store.beat(self._run.id, self._watcher.progress(), attempt=self._attempt))
        retried(lambda: self._store.write_result(self._run.id, experiment.result.to_dict(), self._attempt))

    def _end(self, state: str, reason: str) -> None:
        self._watcher.close()
        moved = retried(
            lambda: self._store.move(self._run.id, state, reason, sources=("running",), attempt=self._attempt)
        )
        if moved and state != "cancelled":
            self._artifacts.delete(f"{self._folder}/checkpoint.safetensors")
        if moved:
            retried(lambda: self._store.settle_commands(self._run.id))
        self._forget_if_cancelled()

    def _forget_if_cancelled(self) -> None:
        """Delete the files of a run that was cancelled or deleted while this process wrote them."""
        try:
            state = retried(lambda: self._store.run(self._run.id).state)
        except UnknownNameError:
            state = "cancelled"
        if state == "cancelled":
            self._artifacts.delete(self._folder)

    def _fail(self, error: Exception) -> None:
        if self._watcher.lost:
            self._forget_if_cancelled()
            return
        reason = failure_reason(error)
        if not isinstance(error, AnomalensError):
            if _REPORT in reason:
                log.error("Run %s failed.", self._run.id, exc_info=error)
            with suppress(OSError):
                text = "".join(traceback.format_exception(error))
                self._artifacts.write_bytes(f"{self._folder}/error.txt", text.encode())
        retried(self._watcher.flush)
        self._end("failed", reason)


def failure_reason(error: BaseException) -> str:
    """Why a run failed, for its user."""
    text = str(error).strip()
    if isinstance(error, AnomalensError):
        return text
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full, so the results could not be saved. Free some space and train again."
    if isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__ or "allocate memory" in text:
        return "The memory was not enough. Choose a smaller batch or network, fewer members, or another device."
    first = text.splitlines()[0] if text else "no further word"
    return f"An error inside the program ended it ({type(error).__name__}: {first}). {_REPORT}"
