"""The rows that were selected when the report was made."""

from core.drawing.markup import Markup, join, table, tag
from core.export.context import ReportContext
from core.export.explorer import ROW_NAMES
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.export.selection import chips, row_filter
from core.metrics.groups import parts_of
from core.words import count, number

LISTED = 100
_LABELS = {1: "anomaly", 0: "normal"}


@SECTIONS.register("selection")
class SelectionSection(ReportSection):
    """Words, size, and the highest scores among them."""

    title = "The selected rows"
    order = 15

    def build(self, context: ReportContext) -> Markup | None:
        """What was selected on Explore; None where nothing was."""
        says = context.says
        chip_words = chips(context)
        if not chip_words:
            return None
        choices = context.run.row_choices
        shown = context.view.rows if context.view.rows in choices else choices[0]
        found, size = context.run.page(parts_of(shown), row_filter(context), LISTED)
        reasons = context.reasons(found["row"].tolist()) if size else {}
        rows = [
            [
                tag("span", count(one.row), class_="name"),
                number(one.score, 5),
                "yes" if one.score > context.threshold else "no",
                *([tag("span", _LABELS.get(one.label, ""))] if context.run.labelled else []),
                *([", ".join(reason.feature for reason in reasons.get(int(one.row), []))] if reasons else []),
            ]
            for one in found.itertuples()
        ]
        headings = [says("Row"), "Score", "Flagged", *(["Label"] if context.run.labelled else [])]
        headings += ["Because of"] if reasons else []
        listed = f", the first {count(len(rows))} are listed" if size > len(rows) else ""
        return join(
            [
                tag("p", ([tag("span", words, class_="tag accent"), " "] for words in chip_words)),
                tag("p", tag("b", says.count(size)), f" of “{ROW_NAMES[shown].lower()}”{listed}."),
                table(headings, rows, numeric=(0, 1), long=len(rows) > 14) if rows else None,
            ]
        )
