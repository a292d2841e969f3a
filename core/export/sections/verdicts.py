"""The verdicts: what people decided about rows, and what that says of all that are flagged."""

import numpy as np

from core.drawing.markup import Markup, join, table, tag
from core.export.context import ReportContext
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.triage.current_verdicts import RowVerdict
from core.words import count, number, plural, share

LISTED = 100
KINDS = {"anomaly": "anomaly", "normal": "normal", "unsure": "muted"}
"""Each verdict's colour."""


@SECTIONS.register("verdicts")
class VerdictsSection(ReportSection):
    """Sentence, table."""

    title = "What people decided"
    order = 40

    def build(self, context: ReportContext) -> Markup | None:
        """The verdicts on the dataset's rows as they stand; None where there are none."""
        says = context.says
        current_verdicts = context.verdicts
        if current_verdicts is None or not current_verdicts.rows:
            return None
        scores = context.scores_of(list(current_verdicts.rows))
        rows_shown = sorted(current_verdicts.rows, key=lambda row: -scores.get(row, -np.inf))[:LISTED]
        left = len(current_verdicts.rows) - len(rows_shown)
        rows = [_row(row, current_verdicts.rows[row], scores.get(row), context.threshold) for row in rows_shown]
        headings = [says("Row"), "Score", "Verdict", "Comment", "Tag", "Who", "When (UTC)", "Others say"]
        return join(
            [
                _words(context),
                table(headings, rows, numeric=(0, 1), long=len(rows) > 14),
                tag("p", says(f"And {plural(left, 'more verdict')} on rows with lower scores."), class_="quiet")
                if left
                else None,
            ]
        )


def _words(context: ReportContext) -> Markup:
    says = context.says
    current_verdicts, found = context.verdicts, context.verdict_precision
    assert current_verdicts is not None
    said = [one.entry.verdict for one in current_verdicts.rows.values()]
    words = ", ".join(f"{count(said.count(name))} {name}" for name in KINDS if name in said)
    conflicts = sum(one.conflict for one in current_verdicts.rows.values())
    made = [tag("p", f"{says.count(len(said))} of the dataset were judged: {words}.")]
    if found is not None and found.value is not None and found.low is not None and found.high is not None:
        within = "" if found.low == found.high else f" (95 %: {share(found.low)} to {share(found.high)})"
        made.append(
            tag(
                "p",
                tag("b", says(f"{share(found.value)} of the flagged rows that were judged are anomalies{within}")),
                f", {count(found.anomalies)} of {count(found.decided)}. {found.about}",
                class_="promise",
            )
        )
    if conflicts:
        made.append(
            tag(
                "p",
                f"People see {says.count(conflicts)} differently; the latest verdict counts.",
                class_="warn",
            )
        )
    return join(made)


def _row(row: int, judged: RowVerdict, score: float | None, threshold: float) -> list[object]:
    entry = judged.entry
    flagged = None if score is None else number(score, 5) if score > threshold else f"{number(score, 5)} (not flagged)"
    return [
        tag("span", count(row), class_="name"),
        flagged or "–",
        tag("span", entry.verdict, class_=f"tag {KINDS.get(entry.verdict, 'muted')}"),
        entry.comment,
        entry.tag,
        entry.author,
        f"{entry.at:%Y-%m-%d %H:%M}",
        ", ".join(f"{other.author}: {other.verdict}" for other in judged.others),
    ]
