"""A comparison of a run with classical detectors and other runs on the same rows.

Each detector's scores are kept as soon as they are there, so that a comparison that lost its worker, or was stopped,
goes on where it was.
"""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.baselines import BASELINES
from core.compare import files
from core.compare.request import ComparisonRequest, read_newest, write_newest
from core.errors import AnomalensError, UnknownNameError
from core.jobs.derived import DERIVED
from core.jobs.derived import request as requests
from core.jobs.derived.base import DONE, FAILED, CancelledError, Derived, Step, WorkControl

if TYPE_CHECKING:
    from core.compare.comparison_data import ComparisonData
    from core.compare.detect import Detected
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts
    from core.store.workspace import Workspace

log = logging.getLogger(__name__)


@DERIVED.register("comparison")
@dataclass(frozen=True)
class DerivedComparison(Derived):
    """The report of a comparison. What a classical detector learns by offers no way to stop it."""

    request: ComparisonRequest

    noun = "the comparison"
    crashed = (
        "The process that compared ended before all was done, most likely for want of memory. Try again, or choose "
        "fewer detectors: those that are done stay done."
    )
    # Whoever asks for what is there wants it anew: the run's threshold may have changed. Detectors' scores stay.
    again = True

    def folder(self, run_id: str) -> str:
        """Each choice of detectors and runs has its own."""
        return f"{files.folder(run_id)}/work/{self.request.key}"

    def last_file(self, run_id: str) -> str:
        """The report, beside those of other choices."""
        return files.report_path(run_id, self.request.key)

    def is_current(self, run: FinishedRun) -> bool:
        """Whether the report is about the threshold that the run has now."""
        kept = files.read_report(run, self.request.key)
        return kept is not None and bool(kept["threshold"] == run.result.get("threshold"))

    def on_request(self, artifacts: Artifacts, run_id: str) -> None:
        """One comparison of a run goes on at a time: an earlier one is stopped."""
        newest = read_newest(artifacts, run_id)
        if newest is not None and newest != self.request:
            earlier = DerivedComparison(newest)
            if requests.is_asked(artifacts, run_id, earlier):
                requests.cancel(artifacts, run_id, earlier)
        write_newest(artifacts, run_id, self.request)

    def forget(self, artifacts: Artifacts, run_id: str) -> None:
        """Delete the report, and what its detectors came to."""
        super().forget(artifacts, run_id)
        for name in self.request.detectors:
            files.delete_detected(artifacts, run_id, name)

    def discard(self, artifacts: Artifacts, run_id: str) -> None:
        """How far each detector was stays, for whoever goes on."""

    def compute(self, run: FinishedRun, control: WorkControl) -> None:
        """Let each detector learn and score, measure all of them, and check the run."""
        from core.checks import CheckInput
        from core.compare.comparison_data import ComparisonData
        from core.compare.detect import the_run
        from core.compare.report import curves, report
        from core.jobs.derived.checks import findings

        space, artifacts = run.space, run.space.artifacts
        control.begin(_steps(space, self.request))
        data, trained = ComparisonData.of(run), run.detector
        detected = [the_run(data)]
        detected += [_detector(artifacts, data, name, control) for name in self.request.detectors]
        detected += [_other_run(space, data, name, control) for name in self.request.others]
        made = report(data, detected, trained)
        control.check()
        made["checks"] = findings(run, CheckInput(data))
        control.check()
        made["curves"] = curves(data, detected)
        control.check()
        space.store.run(run.id)  # whoever deleted it meanwhile wants nothing of it to stay
        files.write_report(run, self.request.key, made)

    def read(self, run: FinishedRun) -> dict[str, Any]:
        """The report."""
        found: dict[str, Any] = run.space.artifacts.read_json(self.last_file(run.id))
        return found


def _steps(space: Workspace, request: ComparisonRequest) -> dict[str, Step]:
    """Every detector and run, waiting."""
    titles = {name: BASELINES[name].title for name in request.detectors}
    for other in request.others:
        try:
            titles[other] = space.store.run(other).name
        except UnknownNameError:
            titles[other] = other
    return {name: Step(title) for name, title in titles.items()}


def _detector(artifacts: Artifacts, data: ComparisonData, name: str, control: WorkControl) -> Detected:
    """A classical detector, computed now or kept from before; a failure is said and the others go on."""
    from core.compare.detect import CLASSICAL, Detected, detect

    def progress(state: str, share: float) -> None:
        control.step(name, replace(control.steps[name], state=state, share=share))

    found = files.read_detected(artifacts, data, name)
    if found is None:
        try:
            found = detect(data, name, progress)
            files.write_detected(artifacts, data, found)
        except CancelledError:
            raise
        except Exception as error:
            found = Detected(name, BASELINES[name].title, CLASSICAL, problem=_why(error, BASELINES[name].title))
    _end(found, control)
    return found


def _other_run(space: Workspace, data: ComparisonData, run_id: str, control: WorkControl) -> Detected:
    """Another run on the same rows; of one that is not it is said."""
    from core.compare.detect import NETWORK, Detected, another_run
    from core.results.finished_run import FinishedRun

    try:
        found = another_run(data, FinishedRun.open(space, run_id))
    except AnomalensError as error:
        found = Detected(run_id, control.steps[run_id].title, NETWORK, problem=str(error))
    _end(found, control)
    return found


def _end(detected: Detected, control: WorkControl) -> None:
    state = FAILED if detected.problem else DONE
    control.step(detected.name, Step(control.steps[detected.name].title, state, 1.0, detected.problem))


def _why(error: Exception, title: str) -> str:
    if isinstance(error, AnomalensError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{title} needs more memory than there is. Leave it out, or use a machine with more."
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full, so what {title} says could not be kept. Free some space and compare again."
    log.info("%s failed.", title, exc_info=error)
    first = (str(error).strip().splitlines() or ["no further word"])[0]
    return f"{title} cannot learn from these rows ({type(error).__name__}: {first})."
