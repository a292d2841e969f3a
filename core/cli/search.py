"""`anomalens search`: look for the best recipe; the search is on the dashboard, where it can be watched and resumed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.base import command
from core.cli.support.datasets import DATA, check_sources, ingested, labelled
from core.cli.support.kind_options import KindOptions, kind_options
from core.cli.support.output import as_text, echo, print_json, print_pairs, print_table
from core.cli.support.reading_options import reading_options
from core.cli.support.recipes import check_device, unknown, with_split
from core.cli.support.workspace import workspace
from core.errors import AnomalensError, ConfigError
from core.readers.reading.options import ReadOptions

if TYPE_CHECKING:
    from core.search.leaderboard import Leaderboard, Trial
    from core.search.plan import SearchPlan
    from core.store.records import Search
    from core.store.workspace import Workspace

_SHOWN = 10


@command("search", order=50)
@reading_options
@kind_options
def search(
    data: Annotated[list[str] | None, typer.Argument(metavar="DATA", help=DATA)] = None,
    label: Annotated[str, typer.Option(metavar="COL", help="Column that says which rows are anomalies.")] = "",
    normal: Annotated[
        list[str] | None, typer.Option(metavar="VALUE", help="A value of that column that is normal; may be repeated.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="Recipes that are tried; 20 where no minutes are given.", min=1, max=1000)
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Time in which they are tried.", min=0.01)] = None,
    models: Annotated[str, typer.Option(metavar="A,B", help="Models that are tried; all that suit any table.")] = "",
    objective: Annotated[
        str, typer.Option(help="labels, unlabelled, or auto: labels where there are enough of them.")
    ] = "auto",
    split: Annotated[
        str, typer.Option(metavar="SPLIT", help="normals, random, chronological, or the column that names the parts.")
    ] = "",
    pruner: Annotated[
        str, typer.Option(help="What ends bad trials early: median, halving, hyperband, none.")
    ] = "median",
    steps: Annotated[
        int, typer.Option(help="Optimizer steps of a trial at most; a kept run gets all that its recipe says.", min=10)
    ] = 2_000,
    at_once: Annotated[
        int, typer.Option(help="Trials at a time, each in a process; 1 needs no other process.", min=0, max=256)
    ] = 0,
    seed: Annotated[int, typer.Option(help="Same seed, one trial at a time: the same trials.", min=0)] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda:0, mps …")] = "auto",
    name: Annotated[str, typer.Option(help="The search's name on the dashboard.")] = "",
    resume: Annotated[str, typer.Option(metavar="STUDY", help="Go on with a search, by its id or name.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Train the best recipe as an ordinary run afterwards.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    *,
    options: ReadOptions,
    kind: KindOptions,
) -> None:
    """Look for the best recipe: by labels, or without any by synthetic anomalies and agreement."""
    from core.search.plan import SearchPlan

    space = workspace()
    if resume and options.said:
        raise ConfigError("A search that goes on reads no file. Leave out how it is written, or --resume.")
    if resume:
        found = _resumed(space, resume, data or [], trials, minutes)
    else:
        if not data:
            raise ConfigError("A search needs data. Name a file, or go on with a search: --resume STUDY.")
        values = {
            "objective": objective,
            "trials": trials if trials is not None else 0 if minutes else 20,
            "minutes": minutes or 0.0,
            "pruner": pruner,
            "trial_steps": steps,
            "at_once": at_once,
            "seed": seed,
            "device": device,
            "models": [model.strip() for model in models.split(",") if model.strip()],
        }
        found = _started(space, data, label, normal, split, SearchPlan.from_dict(values), name, options, kind)
    from core.cli.support.follow_search import follow_search

    found = follow_search(space, found.id, at_once)
    kept = _kept(space, found) if keep and found.state == "done" else ""
    now = _leaderboard(space, found)
    if as_json:
        print_json(summary(space, found, now) | ({"run": kept} if keep else {}))
    else:
        _show(found, now, kept)
    if found.state == "failed":
        echo(f"anomalens: Search {found.id} failed. {found.reason}", error=True)
        raise typer.Exit(1)


def summary(space: "Workspace", search: "Search", now: "Leaderboard") -> dict[str, Any]:
    """What a search came to, as ``--json`` prints it."""
    best = now.trial(now.best)
    recipe = None if best is None else space.store.run(best.run_id).recipe.to_dict()
    return {
        "study": search.id,
        "name": search.name,
        "dataset": search.dataset_name,
        "state": search.state,
        "objective": search.plan["objective"],
        "note": search.division.get("note", ""),
        "trials": [_record(trial) for trial in now.trials],
        "best": None if best is None else {**_record(best), "recipe": recipe},
        "estimate": now.estimate,
    }


def find_search(space: "Workspace", name: str) -> "Search":
    """The search of that id, or the only one of that name.

    Raises
    ------
    UnknownNameError
        When there is none; names near misses.
    ConfigError
        When there is more than one.
    """
    searches = space.store.searches()
    matches = [s for s in searches if s.id == name] or [s for s in searches if s.name == name]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(s.id for s in matches)
        raise ConfigError(f"{len(matches)} searches are called {name!r}. Say which by its id: {ids}.")
    known = [word for s in searches for word in (s.id, s.name)]
    raise unknown("search", name, known, "Start one: anomalens search data.csv.")


def _started(
    space: "Workspace",
    data: list[str],
    label: str,
    normal: list[str] | None,
    split: str,
    plan: "SearchPlan",
    name: str,
    options: ReadOptions,
    kind: KindOptions,
) -> "Search":
    from dataclasses import replace

    from core import catalogue
    from core.recipe import Recipe
    from core.search import lifecycle

    check_sources(data, "", label=label, normal=normal)
    known = [model.name for model in catalogue.models()]
    for model in plan.models:
        if model not in known:
            raise unknown("model", model, known)
    if not space.settings.scheduler:
        check_device(plan.device)
    dataset = ingested(space, data, "", second_is="test", options=options, kind=kind)
    try:
        schema = labelled(space, dataset, label, normal)
        split_config = with_split(Recipe(split=plan.split), split, dataset, schema).split
        started = lifecycle.start(space, dataset.id, replace(plan, split=split_config), name)
    except AnomalensError:
        # What was a mistake leaves nothing behind.
        space.delete_dataset(dataset.id)
        raise
    return started


def _resumed(space: "Workspace", name: str, data: list[str], trials: int | None, minutes: float | None) -> "Search":
    from core.search import lifecycle

    found = find_search(space, name)
    if data and Path(data[0]).name != found.dataset_name:
        raise ConfigError(
            f"Search {found.id} is on {found.dataset_name!r}, not on {Path(data[0]).name!r}. Leave out DATA, or "
            "--resume."
        )
    lifecycle.resume(space, found.id, trials=trials, minutes=minutes)
    return space.store.search(found.id)


def _kept(space: "Workspace", search: "Search") -> str:
    """Train the best recipe in full; the id of the run."""
    from core.cli.support.follow import follow
    from core.search import lifecycle

    search, recipe, name = lifecycle.trial_recipe(space, search.id)
    return follow(space, space.store.create_run(search.dataset_id, recipe, name)).id


def _leaderboard(space: "Workspace", search: "Search") -> "Leaderboard":
    from core.search.leaderboard import leaderboard

    return leaderboard(search, space.store.trials(search.id))


def _record(trial: "Trial") -> dict[str, Any]:
    return {
        "trial": trial.number,
        "state": trial.state,
        "name": trial.name,
        "model": trial.model,
        "value": trial.value,
        "rank": trial.rank,
        "measures": dict(trial.measures),
        "params": dict(trial.params),
        "seconds": trial.seconds,
        "reason": trial.reason,
    }


def _show(search: "Search", now: "Leaderboard", kept: str) -> None:
    ended = sorted((t for t in now.trials if t.value is not None), key=_order)
    ranked = search.plan["objective"] != "labels"
    headings = ["trial", "recipe", "synthetic AP" if ranked else "avg. precision", "mean rank", "seconds"]
    rows = [[t.number, t.name, t.value, t.rank, t.seconds] for t in ended[:_SHOWN]]
    if not ranked:
        headings, rows = headings[:3] + headings[4:], [row[:3] + row[4:] for row in rows]
    if rows:
        print_table(headings, rows)
    counts = ", ".join(f"{count} {state}" for state, count in now.counts.items())
    pairs = [["study", search.id], ["state", search.state], ["judged by", search.plan["objective"]], ["trials", counts]]
    best = now.trial(now.best)
    if best is not None:
        pairs.append(["best", f"trial {best.number}, {best.name}"])
    if now.estimate is not None:
        interval = f"{as_text(now.estimate['low'])} to {as_text(now.estimate['high'])}"
        pairs.append(["estimate", f"average precision {as_text(now.estimate['average_precision'])} ({interval})"])
    if kept:
        pairs.append(["run", kept])
    print_pairs(pairs)
    if search.division.get("note"):
        echo(search.division["note"])
    if search.state == "stopped":
        echo(f"Go on: anomalens search --resume {search.id}")
    echo(f"Look at it: start anomalens, then open http://localhost:8501/search?search={search.id}")


def _order(trial: "Trial") -> tuple[float, float]:
    return (trial.rank or 0.0, -(trial.value or 0.0))
