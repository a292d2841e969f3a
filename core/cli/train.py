"""`anomalens train`: read a file, train on it, say how it went. The run is on the dashboard like any other."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from core.cli.base import command
from core.cli.support.datasets import DATA, check_sources, ingested, kind_of, labelled
from core.cli.support.kind_options import KindOptions, kind_options
from core.cli.support.output import as_text, echo, print_json, print_pairs
from core.cli.support.reading_options import reading_options
from core.cli.support.recipes import check_device, chosen_recipe, with_split
from core.cli.support.workspace import workspace
from core.errors import AnomalensError, ConfigError
from core.readers.reading.options import ReadOptions

if TYPE_CHECKING:
    from core.store.records import Run
    from core.store.workspace import Workspace


_IN_WORDS = ("background_rejection", "judged", "unmeasured", "parts", "notes")
"""Values that are told in a sentence, or beside others."""


@command("train", order=10)
@reading_options
@kind_options
def train(
    data: Annotated[list[str], typer.Argument(metavar="DATA", help=DATA)],
    label: Annotated[str, typer.Option(metavar="COL", help="Column that says which rows are anomalies.")] = "",
    normal: Annotated[
        list[str] | None, typer.Option(metavar="VALUE", help="A value of that column that is normal; may be repeated.")
    ] = None,
    test: Annotated[
        str, typer.Option(metavar="FILE", help="Second file, whose rows are judged and never trained on.")
    ] = "",
    signal: Annotated[
        str, typer.Option(metavar="FILE", help="Second file, all of whose rows are anomalies (background and signal).")
    ] = "",
    preset: Annotated[str, typer.Option(metavar="NAME", help="Preset to start from; Recommended by default.")] = "",
    model: Annotated[str, typer.Option(metavar="NAME", help="Model to start from, with its own defaults.")] = "",
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting, such as training.epochs=50; may be repeated."),
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="SPLIT", help="normals, random, chronological, or the column that names the parts.")
    ] = "",
    seed: Annotated[int | None, typer.Option(help="Same seed, same device: the same numbers.", min=0)] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda:0, mps …")] = "",
    name: Annotated[str, typer.Option(help="The run's name on the dashboard.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    *,
    options: ReadOptions,
    kind: KindOptions,
) -> None:
    """Train on a file, score every row of it, and print how it went."""
    if test and signal:
        raise ConfigError("--test and --signal are two meanings of one second file. Give one of them.")
    check_sources(data, test or signal, label=label, normal=normal)
    modality = kind_of(data, test or signal, kind)
    said_settings = [*(f"{name}={value}" for name, value in kind.settings.items()), *(assignments or [])]
    recipe_for = partial(chosen_recipe, preset, model, said_settings, seed=seed, device=device)
    recipe = recipe_for(modality=modality)
    check_device(recipe.device)
    space = workspace()
    dataset = ingested(
        space, data, test or signal, second_is="anomalies" if signal else "test", options=options, kind=kind
    )
    try:
        schema = labelled(space, dataset, label, normal)
        if dataset.modality != modality:
            recipe = recipe_for(modality=dataset.modality)
        said = any(assignment.startswith("split.") for assignment in assignments or ())
        recipe = with_split(recipe, split, dataset, schema, said=said)
        run = space.store.create_run(dataset.id, recipe, name)
    except AnomalensError:
        # What was a mistake leaves nothing behind.
        space.delete_dataset(dataset.id)
        raise
    from core.cli.support.follow import follow

    run = follow(space, run)
    if run.result is None or run.state == "failed":
        _explain_end(space, run)
    if as_json:
        print_json(summary(space, run))
    else:
        _show(space, run)


def summary(space: "Workspace", run: "Run") -> dict[str, Any]:
    """What one run came to, as ``--json`` prints it."""
    from core.notes.run import run_notes

    result = run.result or {}
    values: dict[str, Any] = {"run": run.id, "model": run.recipe.model}
    values |= {"rows": result["rows"], "features": result["columns"]}
    for key in ("epochs", "seconds", "threshold", "flagged"):
        values[key] = result.get(key)
    values["judged"] = result["rows_judged"]
    for key in ("auroc", "average_precision"):
        values[key] = result.get(key)
    if run.recipe.preset == "Collider" and result.get("background_rejection"):
        values["background_rejection"] = result["background_rejection"]
    values["unmeasured"] = result["unmeasured"]
    values["parts"] = result["parts"]
    values["notes"] = [note.to_dict() for note in run_notes(space, run)]
    return values


def _explain_end(space: "Workspace", run: "Run") -> NoReturn:
    """Say why there is no result: exit code 2 where the data or the settings are to blame, 1 for everything else."""
    if run.state == "failed" and not space.artifacts.exists(f"runs/{run.id}/error.txt"):
        raise AnomalensError(run.reason)
    echo(f"anomalens: Run {run.id} is {run.state}. {run.reason}".rstrip(), error=True)
    raise typer.Exit(1)


def _show(space: "Workspace", run: "Run") -> None:
    from core.detector.result import flagged_elsewhere
    from core.modalities.nouns import nouns_of
    from core.notes.run import notes_of_result

    says = nouns_of(run.recipe.modality)
    values: Mapping[str, Any] = summary(space, run)
    rejection = values.get("background_rejection")
    # Where all rows are judged there are no others.
    elsewhere = flagged_elsewhere(values["parts"], says) if (run.result or {}).get("judged") == "test" else ""
    rows = [[says(key.replace("_", " ")), as_text(value)] for key, value in values.items() if key not in _IN_WORDS]
    flagged = f"{values['flagged']:,} of {values['judged']:,} judged"
    place = next(i for i, (name, _) in enumerate(rows) if name == "flagged")
    rows[place][1] = f"{flagged}, {elsewhere}" if elsewhere else flagged
    if rejection:
        at_least = "at least " if rejection.get("bound") else ""
        rows.append([f"1/ε_b at ε_s = {rejection['signal_efficiency']:g}", at_least + as_text(rejection["value"])])
    print_pairs(rows)
    for note in notes_of_result(run.result or {}):
        echo(note.text)
    echo(f"Look at it: start anomalens, then open http://localhost:8501/explore?run={run.id}")
