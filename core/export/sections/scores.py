"""The scores and the threshold: where it is, why, what it promises, and the explorer to move it."""

from collections.abc import Callable

from core.drawing.markup import Markup, join, table, tag
from core.drawing.svg import Points
from core.export import figures
from core.export.context import ReportContext
from core.export.explorer import curves_words, data, explorer_words, grid_data
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.metrics.curves import Curve, precision_recall_curve, roc_curve
from core.scores import SCORES
from core.thresholds import THRESHOLDS
from core.thresholds.bootstrap import Interval, Intervals
from core.words import count, number, share


@SECTIONS.register("scores")
class ScoresSection(ReportSection):
    """Histogram, threshold, curves."""

    title = "Scores and threshold"
    order = 10

    def build(self, context: ReportContext) -> Markup:
        """Words, the explorer, and for paper a still figure and a table."""
        return join(
            [
                _words(context),
                _why(context),
                tag("div", _explorer(context), class_="card"),
                tag("div", _curves(context), class_="card") if context.areas["roc"] is not None else None,
                data("explorer-data", explorer_words(context)),
                data("curves-data", curves_words(context)),
                grid_data(context),
            ]
        )


def _words(context: ReportContext) -> Markup:
    says = context.says
    kinds = [SCORES[kind] for kind in context.run.score_config.kinds]
    names = " and ".join(kind.title.lower() for kind in kinds)
    return tag(
        "p",
        says(
            f"Every row has an anomaly score ({names}): the higher it is, the less the row resembles what the network "
            "has learned. A row is flagged when its score is above the threshold. "
        ),
        tag(
            "span",
            says(
                "Drag the line to see what another threshold does: the numbers, the curves and the list of rows follow."
            ),
            class_="only-screen",
        ),
    )


def _why(context: ReportContext) -> Markup:
    says = context.says
    outcome = context.outcome
    rule = dict(THRESHOLDS.items()).get(outcome.rule)
    said = [
        tag("h3", "Why this threshold"),
        tag("p", "It stands at ", tag("b", number(outcome.threshold, 4)), f", set by the rule {context.rule_words}."),
        tag("p", context.says(rule.when), class_="quiet") if rule else None,
        tag("p", outcome.guarantee, class_="promise") if outcome.guarantee else None,
        tag("p", outcome.caution, class_="warn") if outcome.caution else None,
    ]
    within = outcome.intervals or Intervals()
    rows = [
        (name, words(value), _range(interval, words))
        for name, value, interval, words in (
            ("Threshold", outcome.threshold, within.threshold, lambda v: number(v, 4)),
            ("Precision", outcome.precision, within.precision, share),
            ("Recall", outcome.recall, within.recall, share),
            ("False-positive rate", outcome.false_positive_rate, None, share),
            ("F1", outcome.f1, None, lambda v: number(v, 3)),
            (says("Flagged rows"), outcome.flagged, None, count),
            (says("Flagged rows a day"), outcome.alerts_per_day, None, lambda v: number(v, 3)),
        )
        if value is not None
    ]
    said.append(
        table(["Measure", "Value", says("With other rows like these (95 %)")], rows, numeric=(1,), class_="facts")
    )
    return join(said)


def _range(interval: Interval | None, words: Callable[[float], str]) -> str:
    return f"{words(interval[0])} to {words(interval[1])}" if interval else ""


def _explorer(context: ReportContext) -> Markup:
    says = context.says
    judged, labelled = context.judged, context.run.labelled
    drawn = figures.histogram(
        context.grid, judged, context.threshold, axes=context.axes(), labelled=labelled, says=says
    )
    still = tag(
        "figure",
        tag(
            "figcaption", "Anomaly scores", tag("span", says(f"{count(sum(context.part_rows().values()))} judged rows"))
        ),
        tag("div", drawn, data_paper="explorer"),
        figures.legend(context.grid, judged, labelled=labelled, says=says),
        class_="still",
    )
    return tag("div", still, tag("div", class_="live", data_mount="explorer"))


def _curves(context: ReportContext) -> Markup:
    normal, odd = (context.run.groups.scores(context.judged, (name,)) for name in ("normal", "anomaly"))
    roc, precise = roc_curve(normal, odd, points=400), precision_recall_curve(normal, odd, points=400)
    assert roc is not None
    assert precise is not None
    outcome, share_odd = context.outcome, odd.size / (odd.size + normal.size)
    alarms, recall, right = outcome.false_positive_rate, outcome.recall, outcome.precision
    still = tag(
        "div",
        _curve(
            roc, "ROC curve", f"AUROC {number(context.areas['roc'], 4)}", "False-positive rate", "Recall",
            None if alarms is None or recall is None else (alarms, recall), [(0, 0), (1, 1)],
        ),
        _curve(
            precise, "Precision and recall", f"average precision {number(context.areas['precision'], 4)}", "Recall",
            "Precision", None if recall is None or right is None else (recall, right), [(0, share_odd), (1, share_odd)],
        ),
        class_="two still",
    )  # fmt: skip
    return tag("div", still, tag("div", class_="live", data_mount="curves"))


def _curve(
    curve: Curve, name: str, about: str, x: str, y: str, here: tuple[float, float] | None, guess: Points
) -> Markup:
    drawn = figures.curve(curve, here, x_title=x, y_title=y, guess=guess, label=f"{name}, {about}")
    return tag("figure", tag("figcaption", name, tag("span", about)), drawn)
