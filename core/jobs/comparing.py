"""A comparison as a worker makes it: asked for, told while it goes on, and kept with its run.

``runs/<id>/compare/plan.json`` says what was asked for and whether it shall go on, ``progress.json`` how far each
detector is and, after a failure of the whole, why. Each detector's scores are kept as soon as they are there, so that a
comparison that lost its worker, or was stopped, goes on where it was. A library's own step, such as the learning of
one detector, cannot be interrupted: a comparison that is stopped ends behind it.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.baselines import BASELINES
from core.compare import files
from core.errors import AnomalensError, ConfigError, DataError, UnknownNameError
from core.jobs.worker import reachable
from core.settings import Settings
from core.store.artifacts import Artifacts
from core.store.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from core.checks import Case
    from core.compare.detect import Detected
    from core.compare.ground import Ground
    from core.store.records import Run

log = logging.getLogger(__name__)

TELL_SECONDS = 0.4
BEAT_SECONDS = 2.0
SILENT_SECONDS = 30.0
"""A progress that was not renewed for so long is that of a worker that is gone."""
WAITING, DONE, FAILED = "waiting", "done", "failed"

Told = Callable[[dict[str, dict[str, Any]]], None]


@dataclass(frozen=True)
class Plan:
    """What a run shall be compared with."""

    detectors: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Other runs on the same rows."""

    @property
    def key(self) -> str:
        """The name of its report."""
        return files.key(self.detectors, self.others)

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain values."""
        return {"detectors": list(self.detectors), "others": list(self.others)}


@dataclass(frozen=True)
class Standing:
    """How far a comparison is."""

    ready: bool = False
    running: bool = False
    stopped: bool = False
    problem: str = ""
    """Why all of it failed, as a sentence."""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of each detector by name: "title", "state" (waiting, learning, scoring, done or failed), "share", "problem"."""


class StoppedError(Exception):
    """Nobody wants this comparison any more: it was stopped, or another one was asked for."""


def detectors(names: str) -> tuple[str, ...]:
    """The classical detectors of a list with commas, or ``all``; in the order of a picker.

    Raises
    ------
    UnknownNameError
        For a name that there is not.
    ConfigError
        When none is named.
    """
    wanted = list(BASELINES) if names.strip() == "all" else [n.strip() for n in names.split(",") if n.strip()]
    if not wanted:
        raise ConfigError(f"Name the detectors, with commas between: {', '.join(BASELINES)}. Or say all.")
    return tuple(sorted(dict.fromkeys(wanted), key=lambda name: BASELINES[name].order))


def asked(artifacts: Artifacts, run_id: str) -> Plan | None:
    """What a run was last asked to be compared with; None when nobody did."""
    found = _asked(artifacts, run_id)
    return Plan(tuple(found["detectors"]), tuple(found["others"])) if found else None


def ask(artifacts: Artifacts, run_id: str, plan: Plan) -> None:
    """Write down what a run shall be compared with; a worker does it when the run is done, or when it is called."""
    forget(artifacts, run_id)
    # Whoever asks for what is there wants it anew: the run's threshold may have changed. Scores stay.
    artifacts.delete(files.report_path(run_id, plan.key))
    # Whoever is at an earlier wish sees by the word that it is not this one.
    artifacts.write_json(_plan_path(run_id), plan.to_dict() | {"word": secrets.token_hex(8), "stopped": False})


def stop(artifacts: Artifacts, run_id: str) -> None:
    """Let what a run is being compared with go no further; what is done stays, and goes on when it is asked for."""
    found = _asked(artifacts, run_id)
    if found:
        artifacts.write_json(_plan_path(run_id), found | {"stopped": True})


def _asked(artifacts: Artifacts, run_id: str) -> dict[str, Any]:
    """The plan as it was written; empty when nobody asked."""
    try:
        found: dict[str, Any] = artifacts.read_json(_plan_path(run_id))
    except DataError:
        return {}
    return found


def _plan_path(run_id: str) -> str:
    return f"{files.folder(run_id)}/plan.json"


def standing(artifacts: Artifacts, run_id: str, plan: Plan) -> Standing:
    """How far a comparison is; all false when nobody makes it, or whoever did is gone."""
    if artifacts.exists(files.report_path(run_id, plan.key)):
        return Standing(ready=True)
    stopped = bool(_asked(artifacts, run_id).get("stopped"))
    try:
        told: dict[str, Any] = artifacts.read_json(f"{files.folder(run_id)}/progress.json")
    except DataError:
        return Standing(stopped=stopped)
    if stopped:
        return Standing(stopped=True, steps=told["steps"])
    if told["problem"]:
        return Standing(problem=str(told["problem"]))
    return Standing(running=time.time() - told["at"] < SILENT_SECONDS, steps=told["steps"])


def tell(artifacts: Artifacts, run_id: str, steps: dict[str, dict[str, Any]], problem: str = "") -> None:
    """Write how far each detector is, or why all failed."""
    told = {"at": time.time(), "steps": steps, "problem": problem}
    artifacts.write_json(f"{files.folder(run_id)}/progress.json", told)


def forget(artifacts: Artifacts, run_id: str) -> None:
    """Forget a progress or a failure, before it is tried again."""
    artifacts.delete(f"{files.folder(run_id)}/progress.json")


def compute_comparison(run_id: str, settings: Settings) -> None:
    """Make the comparison that a finished run was asked for, unless it is there.

    Notes
    -----
    It raises nothing: whatever goes wrong is told where :func:`standing` finds it.
    """
    from core.jobs.job import sentence

    space = open_workspace(reachable(settings))
    plan = asked(space.artifacts, run_id)
    if plan is None:
        return
    try:
        with _Teller(space.artifacts, run_id) as told:
            compare_run(run_id, plan, settings, told)
        forget(space.artifacts, run_id)
    except StoppedError:  # said where it was asked for
        return
    except UnknownNameError:  # deleted meanwhile: nobody is left to be told
        space.artifacts.delete(files.folder(run_id))
    except Exception as error:
        if not isinstance(error, AnomalensError):
            log.exception("The comparison of run %s failed.", run_id)
        tell(space.artifacts, run_id, {}, sentence(error))


def after_run(run_id: str, settings: Settings) -> None:
    """What follows a finished run in its worker: its checks, and the comparison if somebody asked for one.

    Raises nothing.
    """
    try:
        space = open_workspace(reachable(settings))
        if space.store.run(run_id).state not in {"done", "stopped"}:
            return
        found = _asked(space.artifacts, run_id)
        if found and not found.get("stopped"):
            compute_comparison(run_id, settings)
        else:
            check_run(run_id, settings)
    except UnknownNameError:
        return
    except Exception:  # the run itself is done and well
        log.warning("Run %s was not checked.", run_id, exc_info=True)


def check_run(run_id: str, settings: Settings) -> list[dict[str, Any]]:
    """The findings of every check of a finished run, made now or found where they were kept."""
    space = open_workspace(reachable(settings))
    known = files.read_checks(space.artifacts, run_id)
    if known is not None:
        return known
    from core.checks import Case
    from core.experiment import load

    ground = _ground(space, space.store.run(run_id))
    return _checked(space, Case(ground, load(space.artifacts, run_id)))


def compare_run(
    run_id: str, plan: Plan, settings: Settings, told: Told = lambda steps: None, *, again: bool = False
) -> dict[str, Any]:
    """The report of a comparison, made now or found where it was kept.

    Parameters
    ----------
    run_id
        A finished run.
    plan
        What to compare it with.
    settings
        Where the workspace is.
    told
        Takes how far each detector is; what it raises ends the comparison.
    again
        Measure anew what is there already.

    Raises
    ------
    UnknownNameError
        When the run is gone, or there is no such detector.
    DataError
        When the run has no networks, or its dataset is another one now.
    """
    space = open_workspace(reachable(settings))
    run = space.store.run(run_id)
    kept = None if again else files.read_report(space.artifacts, run_id, plan.key)
    if kept is not None and kept["threshold"] == (run.result or {}).get("threshold"):
        return kept
    from core.checks import Case
    from core.compare.detect import the_run
    from core.compare.report import curves, report
    from core.experiment import load

    for name in plan.detectors:
        BASELINES[name]
    steps = _steps(space, plan)
    told(steps)
    ground, trained = _ground(space, run), load(space.artifacts, run_id)
    detected = [the_run(space.artifacts, ground)]
    detected += [_one(space, ground, name, steps, told, again=again) for name in plan.detectors]
    detected += [_other(space, ground, name, steps, told) for name in plan.others]
    made = report(ground, detected, trained)
    told(steps)
    made["checks"] = _checked(space, Case(ground, trained))
    told(steps)
    made["curves"] = curves(ground, detected)
    told(steps)
    space.store.run(run_id)  # whoever deleted it meanwhile wants nothing of it to stay
    files.write_report(space.artifacts, run_id, plan.key, made)
    return made


def _ground(space: Workspace, run: "Run") -> "Ground":
    from core.compare.ground import Ground
    from core.data.table import Table

    return Ground.of(space.artifacts, Table.open(space.store.dataset(run.dataset_id), space.artifacts), run)


def _steps(space: Workspace, plan: Plan) -> dict[str, dict[str, Any]]:
    titles = {name: BASELINES[name].title for name in plan.detectors}
    for other in plan.others:
        try:
            titles[other] = space.store.run(other).name
        except UnknownNameError:
            titles[other] = other
    return {name: {"title": title, "state": WAITING, "share": 0.0, "problem": ""} for name, title in titles.items()}


def _one(
    space: Workspace, ground: "Ground", name: str, steps: dict[str, dict[str, Any]], told: Told, *, again: bool
) -> "Detected":
    """A classical detector, computed now or kept from before; a failure is told and the others go on."""
    from core.compare.detect import CLASSICAL, Detected, detect

    def doing(state: str, share: float) -> None:
        steps[name] |= {"state": state, "share": share}
        told(steps)

    found = None if again else files.read_detected(space.artifacts, ground, name)
    if found is None:
        try:
            found = detect(ground, name, doing)
            files.write_detected(space.artifacts, ground, found)
        except StoppedError:
            raise
        except Exception as error:
            problem = _why(error, BASELINES[name].title)
            found = Detected(name, BASELINES[name].title, CLASSICAL, problem=problem)
    _ended(found, steps, told)
    return found


def _other(space: Workspace, ground: "Ground", run_id: str, steps: dict[str, dict[str, Any]], told: Told) -> "Detected":
    """Another run on the same rows; one that is not is told."""
    from core.compare.detect import NETWORK, Detected, another_run

    try:
        found = another_run(space.artifacts, ground, space.store.run(run_id))
    except AnomalensError as error:
        found = Detected(run_id, str(steps[run_id]["title"]), NETWORK, problem=str(error))
    _ended(found, steps, told)
    return found


def _ended(found: "Detected", steps: dict[str, dict[str, Any]], told: Told) -> None:
    state = FAILED if found.problem else DONE
    steps[found.name] |= {"state": state, "share": 1.0, "problem": found.problem}
    told(steps)


def _why(error: Exception, title: str) -> str:
    if isinstance(error, AnomalensError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{title} needs more memory than there is. Leave it out, or use a machine with more."
    log.warning("%s failed.", title, exc_info=error)
    first = (str(error).strip().splitlines() or ["no further word"])[0]
    return f"{title} cannot learn from these rows ({type(error).__name__}: {first})."


def _checked(space: Workspace, case: "Case") -> list[dict[str, Any]]:
    from core.checks import CHECKS, Finding

    run_id = case.ground.run.id
    kept = files.read_checks(space.artifacts, run_id)
    if kept is not None:
        return kept
    found = []
    for name, cls in sorted(CHECKS.items(), key=lambda item: item[1].order):
        try:
            finding = cls().look(case)
        except Exception as error:  # a check that fails says so, and the others go on
            log.warning("The check %s of run %s failed.", name, run_id, exc_info=error)
            finding = Finding("skipped", f"It could not be made ({type(error).__name__}: {error}).")
        found.append(cls.told(name, finding))
    space.store.run(run_id)
    files.write_checks(space.artifacts, run_id, found)
    return found


class _Teller:
    """Writes the steps a few times a second, every change of a state at once, and signs of life in between.

    Told anything after somebody stopped the comparison, or asked for another one, it raises :class:`StoppedError`.
    """

    def __init__(self, artifacts: Artifacts, run_id: str) -> None:
        self._place = artifacts, run_id
        self._word = _asked(artifacts, run_id).get("word")
        self._over = False
        self._at = 0.0
        self._steps: dict[str, dict[str, Any]] = {}
        self._states: Sequence[str] = ()
        self._end, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._beat, name=f"compare {run_id}", daemon=True)

    def __enter__(self) -> "_Teller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def __call__(self, steps: dict[str, dict[str, Any]]) -> None:
        states = [str(step["state"]) for step in steps.values()]
        with self._lock:
            self._steps = {name: dict(step) for name, step in steps.items()}
        if states != self._states or time.monotonic() - self._at > TELL_SECONDS:
            self._states, self._at = states, time.monotonic()
            self._write()
        if self._over:
            raise StoppedError

    def _beat(self) -> None:
        while not self._end.wait(BEAT_SECONDS):
            self._write()

    def _write(self) -> None:
        with self._lock:
            found = _asked(*self._place)
            self._over = self._over or bool(found.get("stopped")) or found.get("word") != self._word
            # The progress is that of whoever was asked last.
            if not self._over:
                tell(*self._place, self._steps)


__all__ = [
    "Plan",
    "Standing",
    "StoppedError",
    "after_run",
    "ask",
    "asked",
    "check_run",
    "compare_run",
    "compute_comparison",
    "detectors",
    "forget",
    "standing",
    "stop",
    "tell",
]
