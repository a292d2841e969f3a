"""The first words of a report, from its numbers: what was looked at, what stands out, how far that can be trusted."""

from __future__ import annotations

import re

from core.export.context import ReportContext
from core.words import count, number, plural, share


def title(context: ReportContext) -> str:
    """The report's title where nobody wrote one."""
    name = context.run.dataset.name if context.run.has_dataset else context.run.name
    return f"Anomalies in {name}"


def summary(context: ReportContext) -> str:
    """The summary where nobody wrote one; paragraphs of plain text."""
    text = "\n\n".join(
        part
        for part in (_found(context), _reasons(context), _quality(context), _verdicts(context), _promise(context))
        if part
    )
    # A number and its sign stay on one line.
    return re.sub(r"(?<=\d) %", "\u00a0%", text)


def _found(context: ReportContext) -> str:
    says = context.says
    outcome, result = context.outcome, context.run.result
    rows, judged = int(result.get("rows", 0)), sum(context.part_rows().values())
    columns = int(result.get("columns", 0))
    learnt = f"An autoencoder learned from {says.count(int(result.get('train_rows', 0)))} what is ordinary"
    where = f" in the {says.count_parts(columns)} of {context.run.dataset.name}" if context.run.has_dataset else ""
    looked = (
        f"It then judged {says.count(judged)} that it had not seen"
        if context.judged == ("test",)
        else f"It then judged all {says.count(rows)}"
    )
    return (
        f"{learnt}{where}. {looked}: {says.count(outcome.flagged or 0)} ({share(outcome.share)}) "
        f"{'stands' if outcome.flagged == 1 else 'stand'} out and should be looked at."
    )


def _reasons(context: ReportContext) -> str:
    """The largest families, in the sentences of their typical rows."""
    says = context.says
    families = [family for family in context.families.families if family.number] if context.families else []
    if len(families) < 2:
        return ""
    first = families[0]
    name = context.family_names.get(first.number, "")
    frequent = f"The most frequent ({f'{name}, ' if name else ''}{says.count(first.rows)}): {first.sentence}"
    return f"They are odd for {count(len(families))} reasons. {frequent}"


def _quality(context: ReportContext) -> str:
    says = context.says
    outcome, rows = context.outcome, context.part_rows()
    if outcome.precision is None or outcome.recall is None:
        if context.run.labelled:
            return ""
        return says(
            "No label says which rows are anomalies, so that nobody can say how many of these are. They are ordered by "
            "how unlike the ordinary rows they are: begin at the top."
        )
    caught = round(outcome.recall * rows["anomaly"])
    alarms = (outcome.flagged or 0) - caught if not rows["unknown"] else None
    text = says(
        f"Where a label says what a row is: {count(caught)} of "
        f"{plural(rows['anomaly'], 'known anomaly', 'known anomalies')} are found ({share(outcome.recall)}), and "
        f"{share(outcome.precision)} of the flagged rows are anomalies"
    )
    text += f", the other {count(alarms)} are false alarms." if alarms else "."
    auroc = context.areas["roc"]
    if auroc is not None:
        text += says(
            f" An anomaly scores higher than an ordinary row in {share(auroc)} of all cases (AUROC {number(auroc, 4)})."
        )
    return text


def _verdicts(context: ReportContext) -> str:
    says = context.says
    found = context.verdict_precision
    if found is None or found.value is None or found.low is None or found.high is None:
        return ""
    within = "" if found.low == found.high else f"; 95 %: {share(found.low)} to {share(found.high)}"
    return (
        f"People have judged {says.count(found.decided, 'flagged')}: {count(found.anomalies)} are anomalies "
        f"({share(found.value)}{within})."
    )


def _promise(context: ReportContext) -> str:
    # What to be careful about stands beside the threshold: it needs more words than a summary has.
    return context.outcome.guarantee
