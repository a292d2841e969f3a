"""`anomalens report`: a run as a report to send, one HTML file, and as PDF and pictures where there is a browser."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.files import check_target
from core.cli.support.output import echo
from core.cli.support.recipes import unknown
from core.cli.support.workspace import workspace
from core.errors import ConfigError
from core.thresholds import THRESHOLDS, rule_names

if TYPE_CHECKING:
    from core.export.context import ReportContext
    from core.results.finished_run import FinishedRun


@command("report", order=100)
def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the report is written, as .html.")],
    rule: Annotated[
        str, typer.Option("--threshold", metavar="RULE", help="A threshold rule; the run's own threshold by default.")
    ] = "",
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the rule, such as fdr=0.1; may be repeated."),
    ] = None,
    score: Annotated[
        str, typer.Option(metavar="NAME", help="Another score that was computed for the run; its own by default.")
    ] = "",
    title: Annotated[str, typer.Option(metavar="TEXT", help="The report's title.")] = "",
    author: Annotated[str, typer.Option(metavar="TEXT", help="Who answers for it.")] = "",
    families: Annotated[
        bool, typer.Option("--families/--no-families", help="Group the flagged rows by why they are odd.")
    ] = True,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write it as PDF too; needs Chromium or Chrome.")] = False,
    png: Annotated[bool, typer.Option("--png", help="Write it as one tall picture too; needs the same.")] = False,
    card: Annotated[
        bool, typer.Option("--card", help="Write picture cards for a chat and a slide too; needs the same.")
    ] = False,
) -> None:
    """Write a report of a run: one file that needs no server and no network, the threshold can be moved in it."""
    check_target(out, "report.html")
    if rule and rule not in THRESHOLDS:
        raise unknown("threshold rule", rule, rule_names())
    if assignments and not rule:
        raise ConfigError("--set needs to know which rule is meant. Say --threshold conformal")
    space = workspace()
    found = find_finished(space, run, score)
    from dataclasses import replace

    from core.export.context import ReportContext
    from core.export.report import render
    from core.export.view import ReportView

    view = ReportView(score=score, rule=rule, settings=dict(_pair(one) for one in assignments or ()))
    context = ReportContext(found, view)
    context.text = replace(context.text, title=title or context.text.title, author=author or context.text.author)
    if families:
        from core.jobs.derived.families import DerivedFamilies
        from core.jobs.derived.work import derive_here

        derive_here(found, DerivedFamilies(found.score, context.threshold, context.judged))
    _ask_networks(found)
    now = datetime.now(UTC)
    page = render(context, now)
    out.write_text(page, encoding="utf-8")
    echo(f"Wrote {out}, {len(page.encode()) / 1000:,.0f} kB. It opens in any browser, without a network.")
    _pictures(context, page, out, now, pdf=pdf, png=png, card=card)


def _ask_networks(run: "FinishedRun") -> None:
    """What was expected of the moments of series is in the report where the run kept its networks."""
    from core.lanes.lanes import has_lanes

    if run.has_networks and has_lanes(run):
        from core.jobs.derived.expected import DerivedExpected
        from core.jobs.derived.work import derive_here

        derive_here(run, DerivedExpected())


def _pictures(
    context: "ReportContext", page: str, out: Path, now: datetime, *, pdf: bool, png: bool, card: bool
) -> None:
    """What the browser of this machine makes of it, beside the file."""
    from core.export import pictures
    from core.export.card import SIZES, card_svg

    files: dict[Path, Any] = {}
    if pdf:
        files[out.with_suffix(".pdf")] = lambda: pictures.pdf(page)
    if png:
        files[out.with_suffix(".png")] = lambda: pictures.png(page)
    for name, size in SIZES.items() if card else ():
        files[out.with_name(f"{out.stem}-{name}.png")] = lambda name=name, size=size: pictures.picture(
            card_svg(context, now, name), *size
        )
    for path, make in files.items():
        path.write_bytes(make())
        echo(f"Wrote {path}.")


def _pair(assignment: str) -> tuple[str, str]:
    key, equals, value = assignment.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {assignment} must have the form key=value, such as --set fdr=0.1.")
    return key.strip(), value.strip()
