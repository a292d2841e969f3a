"""`anomalens score`: score the rows of another file with a trained run."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.datasets import check_sources
from core.cli.support.files import check_target, is_folder, local_file, named_files
from core.cli.support.output import echo, reading, say
from core.cli.support.reading_options import reading_options
from core.cli.support.workspace import workspace
from core.errors import ConfigError
from core.params import build, to_dict
from core.readers.reading.options import ReadOptions
from core.recipe import ScoreConfig
from core.scores import score_names

if TYPE_CHECKING:
    from core.modalities.contract import Samples

NEW = (
    "The file with the rows to score, in the same columns; a folder or several files where a dataset is several; or "
    "an address that the operator allows."
)
"""What is scored."""


@command("score", order=20)
@reading_options
def score(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    data: Annotated[list[str], typer.Argument(metavar="DATA", help=NEW)],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the scores are written, as CSV; needed without --keep.")
    ] = None,
    maps: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A folder for pictures of where each image is odd; made where there is none."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the rows as a run of their own, with Explore, report and exports.")
    ] = False,
    kind: Annotated[
        str,
        typer.Option(
            "--score",
            metavar="KIND",
            help=f"Another score than the run's own: {', '.join(score_names())}; up to four, with + between, are "
            "averaged.",
        ),
    ] = "",
    scale: Annotated[
        str, typer.Option(metavar="SCALE", help="Another scale than the run's own: none, minmax, probability, rank …")
    ] = "",
    *,
    options: ReadOptions,
) -> None:
    """Score the rows of a file: a CSV with row, score and flagged (1 above the run's threshold); or keep them.

    Kept they are a run of their own on the dashboard, judged at this run's threshold, and it is said how far they have
    drifted from the rows that it was trained on.
    """
    check_sources(data, "", label="", normal=None)
    if out is None and not keep:
        raise ConfigError("Say where the scores go, --out scores.csv, or that they are kept as a run: --keep")
    if out is not None:
        check_target(out, "scores.csv")
    space = workspace()
    found = find_finished(space, run)
    from core.detector.new_samples import score_file, score_files
    from core.modalities.recognise import refuse_unread
    from core.results.threshold_saving import set_by

    other = _other(found.recipe.score, kind, scale)
    if other:
        # What is usual under another score, the run's own training rows say; it is kept beside the run.
        from core.jobs.derived.score import DerivedScore
        from core.jobs.derived.work import derive_here

        derive_here(found, DerivedScore(other))
        found = found.under(other)
    if keep:
        from core.judging.judged_file import JUDGED_BY, judge_file

        with ExitStack() as stack, reading(data[0]) as progress:
            if len(data) == 1 and not is_folder(data[0]):
                local = stack.enter_context(local_file(data[0]))
                files, name = [local.path], local.name
            else:
                files, name = list(named_files(data).values()), Path(data[0]).name
            judged = judge_file(found, files, name=name, origin=data[0], options=options, progress=progress)
        result = judged.result or {}
        echo(str(result[JUDGED_BY]["drift"]))
        rows = found.nouns.count(int(result["rows"]))
        echo(f"{rows} judged, {int(result['flagged']):,} flagged: the run {judged.id}, {judged.name}.")
        echo(f"Look at it: start anomalens, then open http://localhost:8501/explore?run={judged.id}")
        if out is None:
            return
    assert out is not None
    trained = found.detector

    def each(samples: "Samples") -> None:
        if maps is None:
            return
        maps.mkdir(parents=True, exist_ok=True)
        for name, content in found.modality.map_files(found, samples):
            (maps / name).write_bytes(content)

    if len(data) == 1 and not is_folder(data[0]):
        with local_file(data[0]) as file, reading(data[0]) as progress:
            scored = score_file(trained, file.path, out, name=file.name, options=options, progress=progress, each=each)
    else:
        refuse_unread(found.modality, options)
        with reading(data[0]) as progress:
            scored = score_files(trained, named_files(data), out, progress=progress, each=each)
    say(list(scored.notes))
    about = space.artifacts.read_json(f"{found.score_folder}/model.json")
    by = found.nouns(f" ({rule} on the rows judged in the run)") if (rule := set_by(about)) else ""
    echo(f"{scored.counted} scored, {scored.flagged:,} flagged above {trained.threshold:.6g}{by}: {out}")


def _other(config_of_run: ScoreConfig, kind: str, scale: str) -> str:
    """The name of the score that was asked for; empty for the run's own."""
    changes: dict[str, str] = {"normalise": scale} if scale else {}
    if kind:
        kinds = kind.split("+")
        if len(kinds) > 4:
            raise ConfigError(f"At most four scores are averaged. Got {len(kinds)}: {kind}. Leave some out.")
        changes |= dict(zip(("kind", "beside", "third", "fourth"), [*kinds, "none", "none", "none"], strict=False))
    config = build(ScoreConfig, to_dict(config_of_run) | changes)
    return "" if config == config_of_run else config.name
