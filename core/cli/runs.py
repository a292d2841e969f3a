"""`anomalens runs`: every run of the workspace; and how a command finds the run that somebody means."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.base import command
from core.cli.support.output import echo, print_json, print_table, say
from core.cli.support.recipes import unknown
from core.cli.support.workspace import workspace
from core.errors import UnknownNameError

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.store.records import Run
    from core.store.runs import Store
    from core.store.workspace import Workspace

_RESULTS = ("rows", "threshold", "flagged", "auroc", "average_precision")


@command("runs", order=80)
def runs(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False) -> None:
    """List the runs of the workspace, the newest first."""
    store = workspace().store
    found = [_record(run) for run in store.runs()]
    if as_json:
        print_json(found)
    elif found:
        shown = ("run", "name", "dataset", "state", "model", "rows", "flagged", "auroc", "average_precision", "created")
        from core.modalities.nouns import nouns_of_all

        says = nouns_of_all(run.recipe.modality for run in store.runs())
        headings = [says(heading.replace("average_precision", "avg. precision")) for heading in shown]
        print_table(headings, [[record[name] for name in shown] for record in found])
    else:
        echo("No runs yet. Start one: anomalens train data.csv")
    say(_abandoned(store))


def _abandoned(store: "Store") -> list[str]:
    """A sentence if there are runs that were begun and that no process has in hand any more."""
    from core.jobs.supervisor import gone

    names = [lease.run_id for lease in store.leases() if lease.state == "running" and gone(lease)]
    if not names:
        return []
    one = len(names) == 1
    return [
        f"{'Run' if one else 'Runs'} {', '.join(names)} {'is' if one else 'are'} not worked on: the process that had "
        f"{'it' if one else 'them'} is gone. Start the dashboard (anomalens), and {'it goes' if one else 'they go'} on."
    ]


def find_finished(space: "Workspace", name: str, score: str = "") -> "FinishedRun":
    """The finished run of that id or name, under its own score or another one.

    Raises
    ------
    UnknownNameError
        When there is none, or more than one.
    NotFittedError
        When it has no scores.
    """
    from core.results.finished_run import FinishedRun

    return FinishedRun(space, find_run(space.store, name), score)


def find_run(store: "Store", wanted: str) -> "Run":
    """The run of that id, or the only one of that name.

    Raises
    ------
    UnknownNameError
        When there is none, or more than one; the message names near misses.
    """
    runs = store.runs()
    matches = [run for run in runs if run.id == wanted] or [run for run in runs if run.name == wanted]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(run.id for run in matches)
        raise UnknownNameError(f"{len(matches)} runs are called {wanted!r}. Say which by its id: {ids}.")
    raise unknown("run", wanted, [name for run in runs for name in (run.id, run.name)], "See the list: anomalens runs.")


def _record(run: "Run") -> dict[str, Any]:
    result = run.result or {}
    times = {"created": run.created_at, "finished": run.finished_at}
    return {
        "run": run.id,
        "name": run.name,
        "dataset": run.dataset_name,
        "state": run.state,
        "reason": run.reason,
        "model": run.recipe.model,
        "preset": run.recipe.preset,
        **{name: result.get(name) for name in _RESULTS},
        **{name: at.isoformat(timespec="seconds") if at else None for name, at in times.items()},
        "notes": run.notes,
        "tags": list(run.tags),
    }
