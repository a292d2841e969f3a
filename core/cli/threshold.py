"""`anomalens threshold`: apply one threshold rule to a finished run, or compare all of them."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.base import command
from core.cli.runs import find_finished
from core.cli.support.output import as_text, echo, print_json, print_pairs, print_table
from core.cli.support.recipes import unknown
from core.cli.support.workspace import workspace
from core.errors import ConfigError, DataError
from core.thresholds import THRESHOLDS, Evidence, rule_names

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.thresholds.lab import Outcome


@command("threshold", order=30)
def threshold(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or name; anomalens runs lists them.")],
    rule: Annotated[str, typer.Option(metavar="RULE", help="The rule; without one all are shown side by side.")] = "",
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the rule, such as fdr=0.1; may be repeated."),
    ] = None,
    score: Annotated[
        str, typer.Option(metavar="NAME", help="Another score that was computed for the run; its own by default.")
    ] = "",
    surer: Annotated[
        bool,
        typer.Option(
            "--surer",
            help="Where few rows were held out: train five times on parts of the training rows, score the others, and "
            "set the run's threshold by these too.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    save: Annotated[
        bool, typer.Option("--save", help="Make it the run's threshold, which anomalens score uses from then on.")
    ] = False,
) -> None:
    """Set the threshold of a finished run by a rule, with its guarantee and, where there are labels, how well it does.

    The rules: conformal (a false-discovery rate that is kept), percentile, value, fpr, pot, mad, iqr, contamination,
    alerts, f1, youden, cost.
    """
    from core.results.run_evidence import run_evidence
    from core.thresholds.bootstrap import Resamples
    from core.thresholds.lab import evaluate, side_by_side, with_intervals

    settings = dict(_pair(assignment) for assignment in assignments or ())
    if not rule and (settings or save):
        raise ConfigError(f"--{'save' if save else 'set'} needs to know which rule is meant. Say --rule conformal")
    if rule and rule not in THRESHOLDS:
        raise unknown("threshold rule", rule, rule_names())
    space = workspace()
    found = find_finished(space, run, score)
    if surer:
        from core.judging.surer import make_surer

        found = make_surer(found)
    evidence = run_evidence(found)
    if not rule:
        outcomes = side_by_side(evidence)
        resamples = Resamples(evidence)
        _show_all(found, evidence, [with_intervals(outcome, resamples) for outcome in outcomes], as_json=as_json)
        return
    outcome = evaluate(rule, settings, evidence)
    if outcome.problem:
        raise DataError(found.nouns(outcome.problem))
    outcome = with_intervals(outcome, Resamples(evidence))
    if save:
        from core.results.threshold_saving import save_threshold

        save_threshold(found, outcome)
    if as_json:
        print_json({"run": found.id, "rows": evidence.batch.size} | outcome.to_dict() | {"saved": save})
    else:
        _show(found, evidence, outcome, save)


def _pair(assignment: str) -> tuple[str, str]:
    key, equals, value = assignment.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {assignment} must have the form key=value, such as --set fdr=0.1.")
    return key.strip(), value.strip()


def _show(run: "FinishedRun", evidence: Evidence, outcome: "Outcome", saved: bool) -> None:
    """One rule, a line for each thing known of it."""
    from core.thresholds.bootstrap import Intervals

    says, within = run.nouns, outcome.intervals or Intervals()
    pairs = [(name, value) for name, value in _settings(outcome.settings)]
    pairs += [("threshold", f"{outcome.threshold:.6g}{_range(within.threshold)}")]
    pairs += [
        ("flagged", f"{as_text(outcome.flagged)} of {says.count(evidence.batch.size, 'judged')} ({outcome.share:.2%})")
    ]
    if outcome.alerts_per_day is not None:
        pairs.append(("alerts a day", as_text(outcome.alerts_per_day)))
    if evidence.labelled:
        pairs.append(("precision", f"{as_text(outcome.precision)}{_range(within.precision)}"))
        pairs.append(("recall", f"{as_text(outcome.recall)}{_range(within.recall)}"))
        held_out = within.held_out_f1
        pairs.append(("F1", as_text(outcome.f1) + (f" (held out {held_out:.4g})" if held_out is not None else "")))
        pairs.append(("false alarms", as_text(outcome.false_positive_rate)))
        pairs.append(("cost", as_text(outcome.cost)))
    echo(f"{outcome.title} on {run.name}")
    print_pairs(pairs)
    for sentence in (outcome.guarantee, outcome.caution):
        if sentence:
            echo(says(sentence))
    if saved:
        echo(
            says(
                f"It is the run's threshold from now on: anomalens score {run.id} flags new rows above it. What is "
                "promised is promised for the rows judged here; set it again when the rows to come have changed."
            )
        )


def _settings(settings: Any) -> list[tuple[str, str]]:
    return [(name, as_text(value)) for name, value in settings.items() if value != ""]


def _range(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" (95 %: {interval[0]:.4g} to {interval[1]:.4g})"


def _show_all(run: "FinishedRun", evidence: Evidence, outcomes: "list[Outcome]", *, as_json: bool) -> None:
    """Every rule, a line each, and below why some have no threshold."""
    if as_json:
        print_json({"run": run.id, "rows": evidence.batch.size, "table": [outcome.to_dict() for outcome in outcomes]})
        return
    columns = ["threshold", "flagged", "share"]
    columns += ["alerts_per_day"] if evidence.per_day else []
    columns += ["precision", "recall", "f1", "false_positive_rate", "cost"] if evidence.labelled else []
    rows = [
        [
            outcome.rule,
            ", ".join(f"{name}={value}" for name, value in _settings(outcome.settings)),
            *(getattr(outcome, name) for name in columns),
        ]
        for outcome in outcomes
    ]
    print_table(["rule", "settings", *(name.replace("_", " ") for name in columns)], rows)
    for outcome in outcomes:
        if outcome.problem:
            echo(f"{outcome.rule}: {run.nouns(outcome.problem)}")
