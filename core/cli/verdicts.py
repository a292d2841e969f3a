"""`anomalens verdicts`: list the verdicts on the rows of a run's dataset; add, undo, export them."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.files import check_target
from core.cli.support.output import echo, print_json, print_pairs, print_table
from core.cli.support.workspace import workspace
from core.errors import ConfigError, DataError
from core.words import plural, share

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.triage.current_verdicts import CurrentVerdicts, RowVerdict
    from core.triage.summary import Summary

SHOWN = 20


@command("verdicts", order=70)
def verdicts(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    add: Annotated[
        list[str] | None,
        typer.Option(metavar="ROW=VERDICT", help="A verdict: anomaly, normal or unsure; may be repeated."),
    ] = None,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="With --add: why.")] = "",
    tag: Annotated[str, typer.Option(metavar="TAG", help="With --add: a word to find these rows by.")] = "",
    author: Annotated[str, typer.Option(metavar="NAME", help="Who says so; the name of this account by default.")] = "",
    undo: Annotated[int | None, typer.Option(metavar="ROW", help="Take back the verdict that counts on a row.")] = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over verdicts on the same rows in another dataset.")
    ] = False,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the verdicts, as CSV or, to a .parquet, as Parquet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the verdicts on the rows of a run's dataset and what they come to; they survive training again."""
    if (comment or tag) and not add:
        raise ConfigError("A comment or a tag belongs to a verdict. Say --add ROW=anomaly")
    given = dict(_pair(pair) for pair in add or ())
    if export is not None:
        check_target(export, "verdicts.csv")
        if export.suffix.lower() not in (".csv", ".parquet"):
            raise ConfigError(f"Verdicts are written as .csv or .parquet. Got {export.name}. Choose another ending.")
    space = workspace()
    found = find_finished(space, run)
    from core.triage.adoption import adopt as take_over
    from core.triage.adoption import verdicts_on_same_rows
    from core.triage.recording import record
    from core.triage.run import Triage

    triage = Triage(found)
    who = author or getpass.getuser()
    if undo is not None:
        counts = triage.current_verdicts().rows.get(undo)
        if counts is None:
            raise DataError(found.nouns(f"There is no verdict on row {undo:,} to take back."))
        space.store.undo_verdict(found.record.dataset_id, counts.entry.id, who)
    if given:
        record(found, given, who, comment=comment, tag=tag, shown_by="command")
    elsewhere = verdicts_on_same_rows(space.store, found.record.dataset_id, found.table)
    if adopt and elsewhere:
        take_over(space.store, found.record.dataset_id, elsewhere)
        elsewhere = []
    current = triage.current_verdicts()
    if export is not None:
        _export(found, current, export)
    summary = triage.summary(current)
    if as_json:
        values = {"run": found.id, "dataset": found.record.dataset_id, **summary.to_dict(), "elsewhere": len(elsewhere)}
        print_json(values | {"verdicts": [_record(row, one) for row, one in current.rows.items()]})
    else:
        _show(found, current, summary, len(elsewhere))


def _pair(pair: str) -> tuple[int, str]:
    row, equals, verdict = pair.partition("=")
    if not equals or not (row.strip().isascii() and row.strip().isdecimal()):
        raise ConfigError(f"--add {pair} must have the form ROW=VERDICT, such as --add 17=anomaly.")
    return int(row), verdict.strip().lower()


def _export(run: "FinishedRun", current: "CurrentVerdicts", file: Path) -> None:
    from core.triage.export import as_csv, as_parquet, verdicts_frame

    frame = verdicts_frame(current, run, run.threshold)
    if file.suffix.lower() == ".parquet":
        file.write_bytes(as_parquet(frame))
    else:
        file.write_text(as_csv(frame), encoding="utf-8", newline="")


def _record(row: int, judged: "RowVerdict") -> dict[str, Any]:
    entry = judged.entry
    return {
        "row": row,
        "verdict": entry.verdict,
        "score": entry.score,
        "comment": entry.comment,
        "tag": entry.tag,
        "author": entry.author,
        "at": entry.at.isoformat(timespec="seconds"),
        "others": [{"author": other.author, "verdict": other.verdict} for other in judged.others],
    }


def _show(run: "FinishedRun", current: "CurrentVerdicts", summary: "Summary", elsewhere: int) -> None:
    says = run.nouns
    if elsewhere:
        echo(f"{plural(elsewhere, 'verdict')} on the same {says.samples} in another dataset; --adopt takes them over.")
    if not current.rows:
        echo(f"No verdicts yet. Give one: --add {says.sample.upper()}=anomaly, or on the Triage page.")
        return
    found, suggestion = summary.precision, summary.suggestion
    pairs = [("flagged", f"{summary.flagged_judged:,} of {says.count(summary.flagged)} judged")]
    if found.value is not None and found.low is not None and found.high is not None:
        within = f"95 %: {share(found.low)} to {share(found.high)}"
        pairs.append(("precision", f"{share(found.value)} ({within}), {found.anomalies:,} of {found.decided:,}"))
    pairs += [("verdicts", ", ".join(f"{count:,} {verdict}" for verdict, count in summary.counts.items()))]
    if summary.conflicts:
        pairs.append(("disagreed", says.count(summary.conflicts)))
    if suggestion.threshold is not None:
        caught = f"{suggestion.caught:,} of {plural(suggestion.anomalies, 'judged anomaly', 'judged anomalies')}"
        alarms = f"{suggestion.alarms:,} of {suggestion.normal:,} judged normal"
        pairs.append(("suggested threshold", f"{suggestion.threshold:.6g}: above it {caught} and {alarms}"))
    echo(f"Verdicts on {run.name}")
    print_pairs(pairs)
    echo(says(found.about))
    rows = [
        [
            row,
            one.entry.verdict,
            one.entry.score,
            one.entry.author,
            one.entry.at.strftime("%Y-%m-%d %H:%M"),
            one.entry.tag,
            one.entry.comment,
            ", ".join(f"{other.author}: {other.verdict}" for other in one.others),
        ]
        for row, one in list(current.rows.items())[:SHOWN]
    ]
    print_table([says.sample, "verdict", "score", "who", "when (UTC)", "tag", "comment", "others say"], rows)
    if len(current.rows) > SHOWN:
        echo(f"and {len(current.rows) - SHOWN:,} more; --export FILE writes all.")
