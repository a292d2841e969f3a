"""`anomalens events`: the events of a finished run, flagged moments joined and told in a sentence each."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.files import check_target
from core.cli.support.output import echo, print_json, print_table, say
from core.cli.support.workspace import workspace
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.events.event import Event, RunEvents
    from core.results.finished_run import FinishedRun

MOST = 30
"""Events that are listed; a file has all that are told."""


@command("events", order=65)
def events(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    threshold: Annotated[
        float | None, typer.Option(metavar="SCORE", help="Moments that score above it are flagged; the run's own.")
    ] = None,
    gap: Annotated[
        int, typer.Option(metavar="STEPS", help="Flagged moments are one event where no more steps lie between them.")
    ] = 10,
    least: Annotated[int, typer.Option(metavar="N", help="Moments that an event has at least.")] = 1,
    widen: Annotated[
        float,
        typer.Option(
            metavar="X",
            help="An event ends where the score falls below what so many times as many moments exceed as the "
            "threshold.",
        ),
    ] = 1.0,
    every: Annotated[bool, typer.Option("--all", help="Of all rows, and not only of those that are judged.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write them to a file that ends in .csv, .json or .ics.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Join flagged rows that lie close together in time to events, and say of each when, how long and why."""
    from core.events.event import RunEvents
    from core.events.files import FORMATS, to_calendar, to_csv, to_records
    from core.events.joining import EventRule
    from core.events.telling import MOST as TOLD
    from core.events.telling import find_events
    from core.metrics.groups import PARTS
    from core.params import build

    ending = out.suffix.lower().lstrip(".") if out else ""
    if out is not None:
        if ending not in FORMATS:
            raise ConfigError(f"Events are written to files that end in .csv, .json or .ics. Got {out.name}.")
        check_target(out, f"events.{ending}")
    rule = build(EventRule, {"gap": gap, "least": least, "widen": widen})
    space = workspace()
    found = find_finished(space, run)
    joined: RunEvents = find_events(found, threshold, rule, PARTS if every else None)
    told = _told(found, joined)
    kind = joined.order.kind
    about = {
        "run": found.id,
        "threshold": joined.threshold,
        "rows": len(joined.order),
        "parts": list(PARTS if every else found.judged),
        "figures": joined.figures.to_dict(),
        "events": to_records(told, kind),
    }
    notes = []
    if len(joined) > len(told):
        notes.append(f"Of {len(joined):,} events the {TOLD:,} with the highest scores are told.")
    if joined.order.unplaced:
        notes.append(found.nouns(f"{joined.order.unplaced:,} rows have no time, and are in no event."))
    if joined.events.left_out:
        notes.append(f"{joined.events.left_out:,} events are shorter than {least:,} moments, and left out.")
    say(notes)
    if out is not None:
        import json

        text = {
            "csv": lambda: to_csv(told, kind),
            "json": lambda: json.dumps(about | {"notes": notes}, indent=1, default=str),
            "ics": lambda: to_calendar(told, found, kind, joined.order.step),
        }[ending]()
        out.write_text(text, encoding="utf-8", newline="")
    if as_json:
        print_json(about | {"notes": notes})
        return
    _show(joined, told)
    if out is not None:
        echo(f"{len(told):,} events: {out}")


def _told(run: "FinishedRun", found: "RunEvents") -> "tuple[Event, ...]":
    """The events in words; of series beside what the networks expected."""
    from core.events.telling import tell, usual_of
    from core.jobs.derived.expected import DerivedExpected
    from core.jobs.derived.work import derive_here
    from core.lanes.lanes import has_lanes, open_lanes
    from core.triage.current_verdicts import CurrentVerdicts

    said = {row: one.entry.verdict for row, one in CurrentVerdicts.of_run(run).rows.items()}
    if not has_lanes(run):
        return tell(run, found, verdicts=said)
    lanes = derive_here(run, DerivedExpected()) if run.has_networks else open_lanes(run)
    return tell(run, found, lanes=lanes, usual=usual_of(run, lanes), verdicts=said)


def _show(found: "RunEvents", told: "tuple[Event, ...]") -> None:
    from core.events.event import stamp_words
    from core.events.sentences import length_words

    kind = found.order.kind
    echo(f"{found.figures.words(kind)} above {found.threshold:.6g}")
    if not told:
        return
    series = len(found.order.names) > 1
    rows = [
        [
            f"{one.number} {one.name}".strip(), *([one.series] if series else []), stamp_words(kind, one.start),
            length_words(one.length, kind, one.moments), one.score,
            *([] if one.labelled is None else ["yes" if one.labelled else "no"]),
            one.sentence or ", ".join(f"{part.channel} {part.share:.0%}" for part in one.channels[:3]),
        ]
        for one in told[:MOST]
    ]  # fmt: skip
    labelled = any(one.labelled is not None for one in told)
    print_table(
        ["event", *["series"][:series], "start", "length", "score", *["labelled"][:labelled], "why"],
        rows,
    )
    if len(told) > MOST:
        echo(f"… and {len(told) - MOST:,} more; --json and --out have them.")
