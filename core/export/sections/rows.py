"""The rows that stand out most, with what made their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.drawing.markup import Markup, join, tag
from core.errors import DataError
from core.explain.stored import stored_explanation
from core.export.context import ReportContext
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.export.sections.verdicts import KINDS
from core.export.selection import chips, row_filter
from core.modalities.nouns import Nouns
from core.modalities.recognise import modality_of
from core.results.row_filter import CELLS, RowFilter
from core.words import count, number

if TYPE_CHECKING:
    import pandas as pd

    from core.explain.explanation import FeatureReason

LISTED = 200
PRINTED = 24
"""Rows that are listed on the screen, and of these on paper."""
DRAWN, DRAWN_BYTES = 6, 3_000_000
APART = 128
"""Of samples that follow each other in time those are drawn that lie further apart: neighbours look the same."""
"""Samples that are drawn, where their kind of data draws more than columns, and what their markup takes at most."""
OF_EACH_CELL = 60
"""Rows of each cell of the confusion matrix, and of a selection, that can be shown beside the first."""
_CLASSES = {1: ("anomaly", "anomaly"), 0: ("normal", "normal")}


@SECTIONS.register("rows")
class RowsSection(ReportSection):
    """A table that follows the threshold."""

    title = "The rows that stand out"
    order = 30

    def build(self, context: ReportContext) -> Markup | None:
        """The judged rows with the highest scores."""
        says = context.says
        found = context.top(LISTED)
        if found.empty:
            return None
        first = set(found["row"].tolist())
        found = _with_other_cells(context, found)
        reasons = context.reasons(found["row"].tolist())
        families = context.families
        family = dict(zip(families.row.tolist(), families.family.tolist(), strict=True)) if families else {}
        labelled = context.run.labelled
        headings = [("#", "n"), (says("Row"), "n"), ("Score", "n"), *([("Label", None)] if labelled else [])]
        # Where all rows are ranked together those that trained are marked as such.
        headings += [("Part", None)] if context.judged != ("test",) else []
        verdicts = {row: one.entry.verdict for row, one in context.verdicts.rows.items()} if context.verdicts else {}
        headings += [("Verdict", None)] if verdicts else []
        headings += [("Family", None)] if family else []
        headings += [("Because of", None)] if reasons else []
        head = tag("tr", (tag("th", words, class_=kind, scope="col") for words, kind in headings))
        body = [
            _row(
                rank if int(one.row) in first else None,
                one,
                reasons.get(int(one.row), ()),
                context,
                family,
                context.family_names,
                verdicts,
                with_reasons=bool(reasons),
            )
            for rank, one in enumerate(found.itertuples(), 1)
        ]
        flagged = context.outcome.flagged or 0
        listed = min(flagged, len(first))
        said = (
            says(f"The first {count(listed)} of {count(flagged)} flagged rows.")
            if flagged > listed
            else _all(flagged, says)
        )
        return join(
            [
                tag(
                    "p",
                    says("The highest scores first. Rows are counted from 0 in the order of the file. "),
                    "Beside a value stands what the network expected there, and the part of the error that it makes. "
                    if reasons
                    else None,
                    tag("b", said, data_listed=True),
                    tag("span", data_chips=True, class_="only-screen"),
                    tag("span", f" On paper the first {PRINTED} are shown.", class_="only-paper")
                    if listed > PRINTED
                    else None,
                ),
                tag(
                    "div",
                    tag("table", tag("thead", head), tag("tbody", body), class_="rows"),
                    class_="wide long",
                    tabindex="0",
                ),
                _drawn(context, _to_draw(context, [row for row in found["row"].tolist() if row in first])),
            ]
        )


def _to_draw(context: ReportContext, rows: list[int]) -> list[int]:
    """The first of the rows; of moments the highest of each stretch."""
    if not modality_of(context.run.recipe.modality).in_time:
        return rows[:DRAWN]
    kept: list[int] = []
    for row in rows:
        if len(kept) < DRAWN and all(abs(row - other) > APART for other in kept):
            kept.append(row)
    return kept


def _drawn(context: ReportContext, rows: list[int]) -> Markup | None:
    """The first samples as the page draws them, beside what was expected; of a table the list above says as much."""
    modality = modality_of(context.run.recipe.modality)
    if not modality.draws_samples or not context.run.has_samples:
        return None
    kept: list[Markup] = []
    for row in rows:
        try:
            picture = context.renderer.preview(context.run.samples, row)
        except DataError:
            # What lay beside the index may be gone; the list stands without it.
            continue
        if sum(map(len, kept)) + len(picture) > DRAWN_BYTES:
            break
        lines, known = context.run.rows.explanation(row), context.run.rows.one(row)
        stored = None if lines is None else stored_explanation(lines, {"row": row, **(known or {})}, context.threshold)
        name = tag("h3", f"{context.says('Row')} {count(row)}")
        kept.append(
            tag("div", name, picture, context.renderer.compare(stored) if stored else None, class_="drawn-sample")
        )
    return join(kept) if kept else None


def _with_other_cells(context: ReportContext, rows: pd.DataFrame) -> pd.DataFrame:
    """The first rows, what was selected, and the highest of each cell of the matrix, for who selects one."""
    import pandas as pd

    more = []
    if chips(context):
        more.append(context.run.page(context.judged, row_filter(context), OF_EACH_CELL)[0])
    for _, label, flagged in CELLS.values() if context.run.labelled else ():
        choice = (
            RowFilter(low=context.threshold, label=label) if flagged else RowFilter(high=context.threshold, label=label)
        )
        more.append(context.run.page(context.judged, choice, OF_EACH_CELL)[0])
    listed_rows = pd.concat([rows, *more], ignore_index=True).drop_duplicates("row")
    return listed_rows.sort_values(["score", "row"], ascending=[False, True], kind="stable")


def _all(flagged: int, says: Nouns) -> str:
    if not flagged:
        return says("No row scores above the threshold.")
    return f"{says.count(flagged, 'flagged')}."


def _row(
    rank: int | None,
    one: object,
    reasons: Sequence[FeatureReason],
    context: ReportContext,
    family: dict[int, int],
    names: dict[int, str],
    verdicts: dict[int, str],
    *,
    with_reasons: bool,
) -> Markup:
    row, score, label = int(getattr(one, "row", 0)), float(getattr(one, "score", 0.0)), int(getattr(one, "label", -1))
    cells = [
        tag("td", "–" if rank is None else count(rank), class_="n quiet"),
        tag("td", count(row), class_="n name"),
        tag("td", number(score, 5), class_="n"),
    ]
    if context.run.labelled:
        words, kind = _CLASSES.get(label, ("", ""))
        cells.append(tag("td", tag("span", words, class_=f"tag {kind}") if words else None))
    if context.judged != ("test",):
        cells.append(tag("td", str(getattr(one, "part", "")), class_="quiet"))
    if verdicts:
        said = verdicts.get(row, "")
        cells.append(tag("td", tag("span", said, class_=f"tag {KINDS.get(said, 'muted')}") if said else "–"))
    member = family.get(row)
    if family:
        cells.append(tag("td", "–" if member is None else names.get(member, str(member)) if member else "other"))
    if with_reasons:
        cells.append(tag("td", context.renderer.reasons(reasons), class_="sample-reasons"))
    return tag(
        "tr",
        cells,
        data_score=repr(score),
        data_label=label if context.run.labelled else None,
        data_family=None if member is None else str(member),
        data_extra=rank is None,
        hidden=rank is None or score <= context.threshold,
        class_="more" if rank is None or rank > PRINTED else None,
    )
