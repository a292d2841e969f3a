"""`anomalens export`: the flagged rows of a run as a file, with scores, reasons, verdicts and their lines."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.files import check_target
from core.cli.support.output import echo
from core.cli.support.workspace import workspace
from core.errors import ConfigError


@command("export", order=65)
def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the rows are written: .csv, .xlsx or .parquet.")],
    top: Annotated[
        int | None, typer.Option(metavar="N", help="So many of the highest scores, flagged or not.", min=1)
    ] = None,
    score: Annotated[
        str, typer.Option(metavar="NAME", help="Another score that was computed for the run; its own by default.")
    ] = "",
) -> None:
    """Write the flagged rows, the highest score first, with their reasons, verdicts, file name and line number."""
    check_target(out, "flagged.csv")
    from core.triage.listed_rows import ENDINGS, EXPLAINED, as_file, listed_rows

    ending = out.suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        raise ConfigError(f"Rows are written as .csv, .xlsx or .parquet. Got {out.name}. Choose another ending.")
    space = workspace()
    found = find_finished(space, run, score)
    from core.jobs.row_questions import row_reasons
    from core.results.row_filter import RowFilter

    choice = RowFilter() if top else RowFilter(low=found.threshold)
    limit = top or len(found.scored)
    rows, _ = found.scored.page(found.judged, choice, limit)
    first = rows[:EXPLAINED].tolist()
    reasons = row_reasons(found.id, first, space.settings, found.score) if found.has_networks and first else None
    out.write_bytes(as_file(listed_rows(found, rows, found.threshold, reasons), ending))
    what = "" if top else "flagged"
    echo(f"Wrote {found.nouns.count(len(rows), what)} to {out}.")
