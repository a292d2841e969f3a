"""What the method cannot do, in plain words, and what of it matters for this run."""

from core.drawing.markup import Markup, tag
from core.export.context import ReportContext
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.words import count

FEW = 50


@SECTIONS.register("limits")
class LimitsSection(ReportSection):
    """Sentences."""

    title = "What this cannot tell"
    order = 80

    def build(self, context: ReportContext) -> Markup:
        """General limits, and this run's own."""
        return tag("ul", (tag("li", sentence) for sentence in _limits(context)))


def _limits(context: ReportContext) -> list[str]:
    says = context.says
    rows, recipe = context.part_rows(), context.run.recipe
    learnt = int(context.run.result.get("train_rows", 0))
    sentences = [
        says(
            "Odd is not wrong. A score says how unlike the training rows a row is, not that it does harm; somebody who "
            "knows the data has to look."
        ),
        says(
            f"What is ordinary was learned from {says.count(learnt)}. When ordinary "
            "rows change (new customers, new software, another season), scores rise for no other "
            "reason: train again then."
        ),
        says(
            "The columns named beside a row are those in which it differs from what was expected. They say where to "
            "look, not what caused it.",
            parts=True,
        ),
    ]
    if not context.run.labelled:
        sentences.append(
            says(
                "There are no labels, so neither how many anomalies were missed nor how many flagged rows are false "
                "alarms is known. Anomalies among the training rows count as ordinary, all the more the more alike "
                "they are."
            )
        )
    elif recipe.split.train_on == "all":
        sentences.append(
            says(
                "Rows labelled as anomalies trained as well, as chosen; anomalies like those look more ordinary for it."
            )
        )
    if context.judged != ("test",):
        sentences.append(
            says(
                "The judged rows include those that the network learned from, which it knows better than new ones: on "
                "new rows expect somewhat more false alarms."
            )
        )
    if 0 < rows["anomaly"] < FEW:
        sentences.append(
            says(
                f"Only {count(rows['anomaly'])} of the judged rows are labelled as anomalies, so that precision, "
                "recall and the curves may well be different with others; the intervals say how much."
            )
        )
    if context.run.labelled:
        sentences.append(
            says(
                "Precision depends on how common anomalies are. Where they are rarer than in the judged rows, fewer of "
                "the flagged rows are right, at the same threshold."
            )
        )
    if context.outcome.rule in ("f1", "youden", "cost"):
        sentences.append(
            says(
                "The threshold was chosen with the labels of the rows that it is then measured on, so that these "
                "numbers are somewhat too good."
            )
        )
    sentences.append("Scores of different runs have different scales; compare their ranks, not their values.")
    return sentences
