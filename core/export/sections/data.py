"""The data: what was looked at, and what each column is."""

from core.drawing.markup import Markup, join, table, tag
from core.export.context import ReportContext
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.index.schema import Column, Schema
from core.words import count, plural, share

MOST = 120
"""Columns that are listed."""
_PARTS = {
    "train": "Training: the network learned from these",
    "validation": "Validation: watched over the training",
    "test": "Test: judged only, never seen in training",
    "unused": "Unused",
}


@SECTIONS.register("data")
class DataSection(ReportSection):
    """Rows, parts, columns."""

    title = "The data"
    order = 60

    def build(self, context: ReportContext) -> Markup:
        """A sentence, the parts, and a table of the columns."""
        columns = _columns(context.run.schema) if context.run.has_schema else None
        return join([_words(context), _notes(context), _parts(context), columns])


def _words(context: ReportContext) -> Markup:
    says = context.says
    if not context.run.has_dataset:
        return tag("p", "The dataset was deleted since; what the run itself wrote of it is told here.")
    dataset, schema = context.run.dataset, context.run.schema
    columns = plural(dataset.columns, "column")
    beside = f"of {columns}" if context.run.modality.reads_columns else f"and {columns} of what is known beside them"
    said = [f"{dataset.name}: {says.count(dataset.rows)} {beside}"]
    if dataset.test_rows:
        said.append(f", {count(dataset.test_rows)} of them from a second file")
    said.append(f", read into the workspace on {dataset.created_at.day} {dataset.created_at:%B %Y}.")
    if schema.label:
        said.append(
            says(
                f" The column “{schema.label}” says what a row is. The network never reads it: it only judges the "
                "outcome"
            )
            + (
                ", and keeps known anomalies out of the training."
                if context.run.recipe.split.train_on == "normal"
                else "."
            )
        )
    elif not context.run.labelled:
        said.append(says(" No column says which rows are anomalies."))
    return tag("p", said)


def _notes(context: ReportContext) -> Markup | None:
    """What was decided without being asked, as the pages tell it."""
    notes = context.run.notes
    return tag("ul", (tag("li", note.text) for note in notes), class_="quiet") if notes else None


def _parts(context: ReportContext) -> Markup:
    says = context.says
    rows = []
    for part, words in _PARTS.items():
        found = context.part_rows((part,))
        total = sum(found.values())
        if total:
            kinds = [count(found[name]) for name in ("normal", "anomaly", "unknown")]
            rows.append([words, count(total), *(kinds if context.run.labelled else [])])
    headings = ["Part", says("Rows"), *(["Normal", "Anomaly", "Without label"] if context.run.labelled else [])]
    return table(headings, rows, numeric=(1, 2, 3, 4))


def _columns(schema: Schema) -> Markup:
    shown = schema.columns[:MOST]
    rows = [
        [tag("span", c.name, class_="name"), _kind(c), c.role, share(c.missing) if c.missing else "–", _example(c)]
        for c in shown
    ]
    left = len(schema.columns) - len(shown)
    return join(
        [
            tag("h3", "Columns"),
            table(["Column", "Kind", "Role", "Missing", "For example"], rows, numeric=(3,), long=len(rows) > 14),
            tag("p", f"And {plural(left, 'more column', 'more columns')}.", class_="quiet") if left else None,
        ]
    )


def _kind(column: Column) -> str:
    return (
        f"{column.kind}, {plural(column.levels, 'value')}"
        if column.kind == "category" and column.levels
        else column.kind
    )


def _example(column: Column) -> str:
    return column.example if len(column.example) <= 40 else column.example[:39] + "…"
