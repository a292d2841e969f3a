"""`anomalens notebook`: a run as a notebook, to go on with in Jupyter."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.base import command
from core.cli.runs import find_run
from core.cli.support.files import check_target
from core.cli.support.output import echo
from core.cli.support.workspace import workspace


@command("notebook", order=90)
def notebook(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the notebook is written, as .ipynb.")],
) -> None:
    """Write a run as a notebook: the same steps, settings and seed."""
    check_target(out, "run.ipynb")
    space = workspace()
    found = find_run(space.store, run)
    from core.export.notebook import run_notebook

    out.write_text(run_notebook(space, found), encoding="utf-8")
    echo(f"Wrote {out}. Open it with Jupyter.")
