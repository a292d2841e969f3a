"""`anomalens bundle`: a run as a zip file to run elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.files import check_target
from core.cli.support.output import echo
from core.cli.support.workspace import workspace


@command("bundle", order=110)
def bundle(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the bundle is written, as .zip.")],
    score: Annotated[
        str, typer.Option(metavar="NAME", help="Another score that was computed for the run; its own by default.")
    ] = "",
) -> None:
    """Write a run as a zip file: model, encoding, recipe, schema, threshold and a script that scores with them."""
    check_target(out, "run.zip")
    space = workspace()
    found = find_finished(space, run, score)
    from core.export.bundle import bundle as pack
    from core.export.context import ReportContext

    content = pack(ReportContext(found))
    out.write_bytes(content)
    new = "new_rows.csv" if found.modality.reads_columns else "FILE"
    echo(f"Wrote {out}, {len(content) / 1000:,.0f} kB. Unpack it anywhere, and run: python score.py {new}")
