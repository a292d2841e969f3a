"""`anomalens explain`: why rows of a finished run are odd, one by one or as families."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.output import as_text, echo, print_json, print_pairs, print_table
from core.cli.support.workspace import workspace
from core.errors import ConfigError
from core.readers.reading.report import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.explain.explanation import Explanation
    from core.explain.families.stored import Families
    from core.results.finished_run import FinishedRun

MOST = 10
"""Rows that are told without ``--row``."""
FEATURES = 8


@command("explain", order=60)
def explain(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    row: Annotated[int | None, typer.Option(metavar="N", help="One row of its dataset, counted from 0.", min=0)] = None,
    families: Annotated[bool, typer.Option("--families", help="Group the flagged rows by why they are odd.")] = False,
    named: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="N=NAME", help="With --families: what family N is called; may be repeated."),
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="METHOD", help="With --row: exchange, gradients (integrated) or shapley.")
    ] = "exchange",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say why rows are odd: one row, the families of the flagged ones, or the ten most anomalous in a sentence each."""
    if families and row is not None:
        raise ConfigError("One row or the families of all flagged rows: leave out --row or --families.")
    if named and not families:
        raise ConfigError("--name needs the families. Say --families --name '1=SYN flood'.")
    space = workspace()
    found = find_finished(space, run)
    from core.jobs.derived.families import DerivedFamilies
    from core.jobs.derived.work import derive_here
    from core.jobs.row_questions import explain_row

    if families:
        grouped = derive_here(found, DerivedFamilies("", found.threshold, found.judged))
        _families(found, grouped, _named(found, grouped, named or ()), as_json)
    elif row is not None:
        _explanation(found, explain_row(found.id, row, space.settings, method=method), as_json)
    else:
        top = found.rows.ranked(found.judged, MOST)["row"]
        _explanations(found, [explain_row(found.id, int(number), space.settings) for number in top], as_json)


def _explanation(run: "FinishedRun", explanation: "Explanation", as_json: bool) -> None:
    if as_json:
        print_json(explanation.to_dict())
        return
    says = run.nouns
    echo(f"{says('Row')} {explanation.row:,}: {explanation.sentence or 'nothing stands out.'}")
    flagged = "flagged" if explanation.score > explanation.threshold else "not flagged"
    print_pairs(
        [
            ("score", f"{explanation.score:.6g} ({flagged})"),
            ("rank", f"{explanation.rank:,} of {explanation.rows:,}"),
            ("p-value", f"{explanation.p_value:.3g} among {explanation.held_out:,} held-out normal {says.samples}"),
            (
                "nearest",
                ", ".join(f"{near.row:,}" for near in explanation.nearest) + f" (normal training {says.samples})",
            ),
        ]
    )
    if explanation.note:
        echo(f"Note: {explanation.note}")
    if explanation.enough is not None:
        names = ", ".join(step.feature for step in explanation.steps[: explanation.enough])
        it = "it" if explanation.enough == 1 else "them"
        echo(f"no longer flagged with {names} as the nearest normal {says.sample} has {it}")
    print_table(
        [says.part, "actual", "expected", "usual error", "share"],
        [
            [r.feature, r.actual, r.expected, as_text(r.spread), f"{r.contribution:.1%}"]
            for r in explanation.reasons[:FEATURES]
        ],
    )


def _explanations(run: "FinishedRun", explanations: "list[Explanation]", as_json: bool) -> None:
    if as_json:
        print_json({"rows": [found.to_dict() for found in explanations]})
        return
    print_table(
        [run.nouns.sample, "score", "why"], [[found.row, found.score, found.sentence] for found in explanations]
    )


def _named(run: "FinishedRun", families: "Families", assignments: "Sequence[str]") -> dict[int, str]:
    """The names of the families after those of the command line were given."""
    from core.explain.families.names import name_family, names_of, read_names

    for one in assignments:
        number, equals, name = one.partition("=")
        if not equals or not number.strip().isdecimal():
            raise ConfigError(f"--name {one} must have the form number=name, such as --name '1=SYN flood'.")
        name_family(run, families, int(number), name)
    return names_of(families, read_names(run))


def _families(run: "FinishedRun", families: "Families", names: dict[int, str], as_json: bool) -> None:
    values: dict[str, Any] = {
        "threshold": families.threshold,
        "flagged": families.flagged,
        "families": [{**family.to_dict(), "name": names.get(family.number, "")} for family in families.families],
    }
    if as_json:
        print_json(values)
        return
    from core.explain.families.names import titles_of

    says, titles = run.nouns, titles_of(families, names)
    rows_in = f"{says.count(families.flagged, 'flagged')} above {families.threshold:.6g}"
    echo(f"{rows_in} in {counted(len(families.families), 'group')}")
    if not families.families:
        return
    rows = [
        [
            f"{family.number}: {titles[family.number]}" if family.number in titles else family.number or "others",
            family.rows,
            f"{family.anomalies / family.labelled:.1%}" if family.labelled else "-",
            family.typical,
            family.sentence or "no reason in common",
        ]
        for family in families.families
    ]
    print_table(["family", says.samples, "anomalies", f"typical {says.sample}", "why"], rows)
