"""The job of a worker that does one trial of a search: suggest a recipe, train, prune, evaluate, record.

It is done as every run is (:class:`core.jobs.training_job.TrainingJob`): claimed, watched, paused into a checkpoint
when the search is stopped, taken up again by any worker. What is known of it stands in the run's result; no model is
kept.
"""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from core.errors import TrainingError
from core.jobs.retries import retried
from core.jobs.training_job import TrainingJob
from core.search.lifecycle import seconds_left
from core.search.plan import SearchPlan
from core.search.study import RUNGS, Study, params_of
from core.store.records import Run
from core.store.workspace import Workspace

if TYPE_CHECKING:
    from optuna.trial import Trial

    from core.detector.experiment import Experiment
    from core.search.candidate import Candidate

OUT_OF_TIME = "The search's time was up."


class TrialJob(TrainingJob):
    """A trial in the hands of this process; see :class:`core.jobs.training_job.TrainingJob`."""

    def __init__(self, workspace: Workspace, run: Run, attempt: int) -> None:
        super().__init__(workspace, run, attempt)
        assert run.search_id is not None
        search = retried(lambda: workspace.store.search(str(run.search_id)))
        self._search, self._plan = search, SearchPlan.from_dict(search.plan)
        self._deadline = time.monotonic() + seconds_left(search)
        self._study: Study | None = None
        self._trial: Trial | None = None
        self._known: dict[str, Any] = dict(run.result or {})
        self._recipe = run.recipe
        self._outcome, self._why = "", ""
        self._begun, self._before = time.monotonic(), float(self._known.get("seconds", 0.0))

    def _experiment(self) -> "Experiment":
        from core.index.schema import Schema
        from core.modalities.recognise import modality_of
        from core.search.candidate import Candidate

        if self._run.retries > 1:
            raise TrainingError("Its worker died of it more than once, most likely for want of memory.")
        self._study = Study(self._store, self._search.id, self._plan)
        self._begin(self._study)
        dataset = retried(lambda: self._store.dataset(self._run.dataset_id))
        schema = Schema.from_dict(self._artifacts.read_json(f"searches/{self._search.id}/schema.json"))
        samples = modality_of(dataset.modality).open(dataset, self._artifacts, schema)
        return Candidate(samples, self._recipe, self._plan)

    def _begin(self, study: Study) -> None:
        """Take up what an earlier attempt began, or begin."""
        self._trial = study.resume(self._run.id) if self._known else None
        if self._trial is not None:
            return
        self._trial, self._recipe = study.begin(self._run.id, self._run.trial or 1)
        self._known = {"params": dict(params_of(self._trial)), "signals": []}
        self._write()

    def _train_and_save(self, experiment: "Experiment") -> bool:
        candidate = cast("Candidate", experiment)
        if self._train(candidate):
            return True
        if self._watcher.lost or self._outcome:
            return False
        assert candidate.outcome is not None
        outcome = candidate.outcome
        self._known |= {"value": outcome.value, "parts": outcome.parts, "probe": outcome.probe}
        self._known |= {"estimate": outcome.estimate}
        self._outcome = "complete"
        return False

    def _train(self, experiment: "Experiment") -> bool:
        """Train to the end, to a pause, or until there is no hope; whether it was a pause."""
        from core.training.records import EpochRecord

        candidate = cast("Candidate", experiment)
        for step in candidate.run(self._control, self._checkpoint()):
            assert isinstance(step, EpochRecord)
            self._watcher.add_epoch(step.to_dict())
            if self._watcher.lost:
                break
            self._known["epochs"] = [step.epoch, step.epochs]
            if self._hopeless(candidate, step) or self._out_of_time():
                self._outcome = "pruned"
                break
            self._checkpoint_if_due(candidate, step.epoch)
            if self._watcher.pausing and not self._watcher.parked:
                self._write_checkpoint(candidate, step.epoch)
                return True
        return self._watcher.parked and not self._watcher.lost and not self._outcome

    def _hopeless(self, candidate: "Candidate", step: Any) -> bool:
        """Look at the trial when a part of its training is over; whether it is to be ended."""
        done = [signal[0] for signal in self._known["signals"]]
        percent = max((p for p in RUNGS if 100 * step.epoch >= p * step.epochs), default=0)
        if not percent or percent in done or step.epoch == step.epochs:
            return False
        signal = candidate.signal()
        self._known["signals"].append([percent, signal])
        self._write()
        assert self._study is not None
        assert self._trial is not None
        if not self._study.hopeless(self._trial, percent, signal):
            return False
        self._why = f"After {percent} % of its training it was behind the others."
        return True

    def _out_of_time(self) -> bool:
        if time.monotonic() < self._deadline:
            return False
        self._why = OUT_OF_TIME
        return True

    def _conclude(self, experiment: "Experiment", paused: bool) -> None:
        if self._watcher.lost or paused or not self._outcome:
            self._write()
            super()._conclude(experiment, paused)
            return
        assert self._study is not None
        assert self._trial is not None
        if self._outcome == "complete":
            self._study.complete(self._trial, self._known["value"])
        else:
            self._study.prune(self._trial)
        self._known["outcome"] = self._outcome
        self._write()
        self._end("done", self._why)

    def _fail(self, error: Exception) -> None:
        if not self._watcher.lost:
            if self._study is not None and self._trial is not None:
                with suppress(Exception):  # the sentence in the run is what counts
                    self._study.fail(self._trial)
            self._known["outcome"] = "failed"
            self._write()
        super()._fail(error)

    def _write(self) -> None:
        self._known["seconds"] = round(self._before + time.monotonic() - self._begun, 3)
        retried(lambda: self._store.write_trial(self._run.id, self._recipe, self._known, self._attempt))
