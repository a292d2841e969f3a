"""A comparison as a worker makes it: asked for, told while it goes on, and kept with its run.

Each detector's scores are kept as soon as they are there, so that a comparison that lost its worker, or was stopped,
goes on where it was. A library's own step, such as the learning of one detector, cannot be interrupted: a comparison
that is stopped ends behind it.
"""

import errno
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.baselines import BASELINES
from core.compare import files
from core.errors import AnomalensError, ConfigError, UnknownNameError
from core.jobs.comparison_request import (
    DONE,
    FAILED,
    WAITING,
    ComparisonRequest,
    ComparisonStatus,
    StoppedError,
    Teller,
    ask,
    asked,
    forget,
    standing,
    stop,
    tell,
    wanted,
)
from core.jobs.worker import reachable
from core.settings import Settings
from core.store.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from core.checks import CheckInput
    from core.compare.comparison_data import ComparisonData
    from core.compare.detect import Detected
    from core.store.records import Run

log = logging.getLogger(__name__)

Told = Callable[[dict[str, dict[str, Any]]], None]


def detectors(names: str) -> tuple[str, ...]:
    """The classical detectors of a list with commas, or ``all``; in the order of a picker.

    Raises
    ------
    UnknownNameError
        For a name that there is not.
    ConfigError
        When none is named.
    """
    chosen = list(BASELINES) if names.strip() == "all" else [n.strip() for n in names.split(",") if n.strip()]
    if not chosen:
        raise ConfigError(f"Name the detectors, with commas between: {', '.join(BASELINES)}. Or say all.")
    return tuple(sorted(dict.fromkeys(chosen), key=lambda name: BASELINES[name].order))


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
        with Teller(space.artifacts, run_id) as told:
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
        if wanted(space.artifacts, run_id):
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
    from core.checks import CheckInput
    from core.detector.experiment import load

    comparison_data = _ground(space, space.store.run(run_id))
    return _checked(space, CheckInput(comparison_data, load(space.artifacts, run_id)))


def compare_run(
    run_id: str, plan: ComparisonRequest, settings: Settings, told: Told = lambda steps: None, *, again: bool = False
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
    from core.checks import CheckInput
    from core.compare.detect import the_run
    from core.compare.report import curves, report
    from core.detector.experiment import load

    for name in plan.detectors:
        BASELINES[name]
    steps = _steps(space, plan)
    told(steps)
    comparison_data, trained = _ground(space, run), load(space.artifacts, run_id)
    detected = [the_run(space.artifacts, comparison_data)]
    detected += [_one(space, comparison_data, name, steps, told, again=again) for name in plan.detectors]
    detected += [_other(space, comparison_data, name, steps, told) for name in plan.others]
    made = report(comparison_data, detected, trained)
    told(steps)
    made["checks"] = _checked(space, CheckInput(comparison_data, trained))
    told(steps)
    made["curves"] = curves(comparison_data, detected)
    told(steps)
    space.store.run(run_id)  # whoever deleted it meanwhile wants nothing of it to stay
    files.write_report(space.artifacts, run_id, plan.key, made)
    return made


def _ground(space: Workspace, run: "Run") -> "ComparisonData":
    from core.compare.comparison_data import ComparisonData
    from core.index.table import Table

    return ComparisonData.of(space.artifacts, Table.open(space.store.dataset(run.dataset_id), space.artifacts), run)


def _steps(space: Workspace, plan: ComparisonRequest) -> dict[str, dict[str, Any]]:
    titles = {name: BASELINES[name].title for name in plan.detectors}
    for other in plan.others:
        try:
            titles[other] = space.store.run(other).name
        except UnknownNameError:
            titles[other] = other
    return {name: {"title": title, "state": WAITING, "share": 0.0, "problem": ""} for name, title in titles.items()}


def _one(
    space: Workspace,
    comparison_data: "ComparisonData",
    name: str,
    steps: dict[str, dict[str, Any]],
    told: Told,
    *,
    again: bool,
) -> "Detected":
    """A classical detector, computed now or kept from before; a failure is told and the others go on."""
    from core.compare.detect import CLASSICAL, Detected, detect

    def doing(state: str, share: float) -> None:
        steps[name] |= {"state": state, "share": share}
        told(steps)

    found = None if again else files.read_detected(space.artifacts, comparison_data, name)
    if found is None:
        try:
            found = detect(comparison_data, name, doing)
            files.write_detected(space.artifacts, comparison_data, found)
        except StoppedError:
            raise
        except Exception as error:
            problem = _why(error, BASELINES[name].title)
            found = Detected(name, BASELINES[name].title, CLASSICAL, problem=problem)
    _ended(found, steps, told)
    return found


def _other(
    space: Workspace, comparison_data: "ComparisonData", run_id: str, steps: dict[str, dict[str, Any]], told: Told
) -> "Detected":
    """Another run on the same rows; one that is not is told."""
    from core.compare.detect import NETWORK, Detected, another_run

    try:
        found = another_run(space.artifacts, comparison_data, space.store.run(run_id))
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
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full, so what {title} says could not be kept. Free some space and compare again."
    log.info("%s failed.", title, exc_info=error)
    first = (str(error).strip().splitlines() or ["no further word"])[0]
    return f"{title} cannot learn from these rows ({type(error).__name__}: {first})."


def _checked(space: Workspace, case: "CheckInput") -> list[dict[str, Any]]:
    from core.checks import CHECKS, Finding

    run_id = case.comparison_data.run.id
    kept = files.read_checks(space.artifacts, run_id)
    if kept is not None:
        return kept
    found = []
    for name, cls in sorted(CHECKS.items(), key=lambda item: item[1].order):
        try:
            finding = cls().look(case)
        except Exception as error:  # a check that fails says so, and the others go on
            log.info("The check %s of run %s failed.", name, run_id, exc_info=error)
            finding = Finding("skipped", f"It could not be made ({type(error).__name__}: {error}).")
        found.append(cls.told(name, finding))
    space.store.run(run_id)
    files.write_checks(space.artifacts, run_id, found)
    return found


__all__ = [
    "ComparisonRequest",
    "ComparisonStatus",
    "StoppedError",
    "Teller",
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
