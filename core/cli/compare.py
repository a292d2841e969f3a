"""`anomalens compare`: compare a run with classical detectors and other runs on the same rows."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.output import console, echo, print_json, print_table
from core.cli.support.workspace import workspace

if TYPE_CHECKING:
    from core.jobs.derived.base import Step
    from core.modalities.nouns import Nouns

_STANDINGS = {"wins": "better", "loses": "worse", "tie": "no difference", "": ""}


@command("compare", order=40)
def compare(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    baselines: Annotated[
        str, typer.Option(metavar="NAMES", help="Classical detectors, with commas between (knn,lof), or all.")
    ] = "all",
    beside: Annotated[
        str,
        typer.Option("--with", metavar="RUNS", help="Other runs on the same rows, by id or name, with commas between."),
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Measure anew what was measured before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare a run with classical detectors on the same rows, and check it: intervals, agreement, a plain verdict."""
    from core.compare.request import ComparisonRequest, detectors
    from core.jobs.derived.comparison import DerivedComparison
    from core.jobs.derived.work import derive_here

    space = workspace()
    found = find_finished(space, run)
    names = [name.strip() for name in beside.split(",") if name.strip()]
    others = [find_finished(space, name).id for name in names]
    request = ComparisonRequest(detectors(baselines), tuple(other for other in others if other != found.id))
    with _progress() as listener:
        report = derive_here(found, DerivedComparison(request), again=again, listener=listener)
    if as_json:
        print_json({name: value for name, value in report.items() if name != "curves"})
    else:
        _print(report, found.nouns)


def _print(report: dict[str, Any], says: "Nouns") -> None:
    able = [one for one in report["detectors"] if not one["problem"]]
    headings = ("detector", "AUROC", "avg. precision", "precision", "recall", "learnt from", "fit s", "score s", "")
    rows = []
    for one in able:
        measures = [_interval(one["measures"].get(name)) for name in ("auroc", "average_precision")]
        shares = [one["measures"].get(name, {}).get("value") for name in ("precision", "recall")]
        seconds = [one["fit_seconds"], one["score_seconds"]]
        rows.append([one["title"], *measures, *shares, one["learnt_from"], *seconds, _STANDINGS[one["standing"]]])
    print_table(headings, rows)
    echo(says(report["verdict"]["sentence"]))
    failed = [f"{one['title']}: {one['problem']}" for one in report["detectors"] if one["problem"]]
    noted = [f"{one['title']}: {one['note']}" for one in able if one["note"]]
    sentences = [report["beside"], *report["verdict"]["advice"], *report["advice"], *report["notes"], *noted, *failed]
    for sentence in filter(None, sentences):
        echo(f"- {says(sentence)}")
    for check in report["checks"]:
        if check["level"] == "warning":
            echo(says(f"Warning: {check['found']} {check['why']} {check['remedy']}"))


def _interval(interval: dict[str, float] | None) -> str:
    return "-" if interval is None else f"{interval['value']:.3f} [{interval['low']:.3f}, {interval['high']:.3f}]"


@contextmanager
def _progress() -> Iterator[Callable[[Mapping[str, "Step"]], None]]:
    """A bar on a terminal while detectors learn and score."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    screen = console(error=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("reading", total=1.0)

        def show(steps: Mapping[str, "Step"]) -> None:
            at_work = [step.title for step in steps.values() if step.state in {"learning", "scoring"}]
            share = sum(step.share for step in steps.values()) / max(1, len(steps))
            bar.update(task, completed=share, description=at_work[0] if at_work else "measuring")

        yield show
