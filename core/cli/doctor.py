"""`anomalens doctor`: looks over the workspace, says what is damaged, gone or left behind, and mends what can be."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.base import command
from core.cli.support.output import echo, print_json
from core.cli.support.workspace import workspace

if TYPE_CHECKING:
    from core.doctor.findings import Mended, StoreFault


@command("doctor", order=140)
def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended, and remove leftovers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check database, files and leftovers; exit code 1 where something is wrong."""
    from core.doctor.checkup import examine
    from core.doctor.findings import Mended
    from core.doctor.repair import repair as mend

    space = workspace()
    found = examine(space)
    done = list(mend(space, found)) if repair else [Mended(finding, False, "") for finding in found]
    wrong = [one for one in done if not one.mended and not one.finding.harmless]
    if as_json:
        print_json({"findings": [one.to_dict() for one in done], "wrong": len(wrong)})
    else:
        _say(found, done, repair)
    if wrong:
        raise typer.Exit(1)


def _say(found: "list[StoreFault]", done: "list[Mended]", repaired: bool) -> None:
    from core.doctor.findings import KINDS

    if not found:
        echo("All is well: the database, every file with its checksum, and no leftovers.")
        return
    for kind, heading in KINDS.items():
        ones = [one for one in done if one.finding.kind == kind]
        if ones:
            echo(f"{heading} ({len(ones):,})")
        for one in ones:
            echo(f"  {one.finding.sentence}" + (f" {one.sentence}" if one.sentence else ""))
    if not repaired:
        echo("Mend what can be mended: anomalens doctor --repair")
