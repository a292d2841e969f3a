"""The threshold explorer inside a report: the dashboard's own scripts and the data that they draw, without a server.

A report is one file. The scripts of ``assets/explorer`` are put into it as they are; ``assets/report`` answers them
what the server answers on a page.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from core.drawing.markup import Markup, tag
from core.export.context import ReportContext
from core.metrics.evaluation import rejection_at
from core.metrics.groups import CLASSES, parts_of
from core.results.grid_payload import pack
from core.results.run_evidence import explorer_rates
from core.thresholds import UNITS

ASSETS = Path(__file__).resolve().parents[2] / "assets"
ROW_NAMES = {"test": "Test", "validation": "Validation", "train": "Train", "unused": "Unused", "all": "All rows"}
EXPLORER = ("nouns", "grid", "pen", "histogram", "numbers", "explorer_view", "explorer_hands", "explorer")
LANES = (
    "nouns", "grid", "pen", "numbers", "times", "lanes/stretch", "lanes/lanes_view", "lanes/lanes_hands", "lanes/lanes"
)  # fmt: skip
CURVES = ("nouns", "grid", "pen", "numbers", "curves")
_EXPORTED = "export default function (component) {"
_UNLABELLED = (
    "These rows have no labels, so precision, recall, F1, the confusion matrix and the curves cannot be computed."
)


@cache
def script(names: tuple[str, ...], mount: str) -> str:
    """Some of the explorer's scripts and the report's own one that starts them, as one module."""
    source = "\n".join((ASSETS / "explorer" / f"{name}.js").read_text(encoding="utf-8") for name in names)
    assert source.count(_EXPORTED) == 1, f"{names[-1]}.js must export one component."
    source = source.replace(_EXPORTED, "function draw(component) {")
    mounting = [(ASSETS / "report" / f"{name}.js").read_text(encoding="utf-8") for name in ("mounting", mount)]
    return "\n".join([source, *mounting])


@cache
def style() -> str:
    """The explorer's own style, which holds within its shadow root alone."""
    names = ("explorer", "lanes/lanes")
    return "\n".join((ASSETS / "explorer" / f"{name}.css").read_text(encoding="utf-8") for name in names)


def part(name: str, folder: str = "") -> Markup:
    """A component's markup and style as a template that its script puts to use."""
    html = (ASSETS / "explorer" / folder / f"{name}.html").read_text(encoding="utf-8")
    return tag("template", tag("style", Markup(style())), Markup(html), id=f"{name}-part")


def data(name: str, values: object) -> Markup:
    """Plain values that a script reads; what would end the element is written so that it cannot."""
    encoded = json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    encoded = encoded.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return tag("script", Markup(encoded), type="application/json", id=name)


def grid_data(context: ReportContext) -> Markup:
    """The counts of every threshold, at most 100 KB at any number of rows."""
    packed, _ = pack(context.grid, context.run.id)
    return data("grid-data", base64.b64encode(packed).decode("ascii"))


def explorer_words(context: ReportContext) -> dict[str, Any]:
    """What the explorer is told beside the counts, as ``dashboard/explore/panels/threshold_panel.py`` tells it."""
    says = context.says
    choices = context.run.row_choices
    threshold = context.threshold
    number = _number(context)
    # The packed grid may have fewer steps than the counted one; the threshold's own counts travel apart.
    above = [[int(n) for n in row] for row in context.run.groups.above(threshold)[:, :, 0]]
    return {
        "key": context.run.id,
        "name": context.run.name,
        "turn": 0,
        "nouns": [context.says.sample, context.says.samples],
        "labelled": context.run.labelled,
        "unlabelled": says(_UNLABELLED),
        "rows": context.view.rows if context.view.rows in choices else choices[0],
        "choices": _choices(context),
        "axes": context.axes(),
        "zoom": None if context.view.zoom is None else list(context.view.zoom),
        "second": context.view.second,
        "costs": [10.0, 1.0],
        "rates": explorer_rates(context.run, context.evidence.rows_per_day),
        "band": None if context.view.band is None else list(context.view.band),
        "cell": context.view.cell if context.run.labelled else "",
        "reference": {rule: _reference(context, rule) for rule in ("percentile", "fpr")},
        "cut": {
            "rule": "value" if number is None else context.outcome.rule,
            "by": "" if number is not None else context.rule_words,
            "number": threshold if number is None else number,
            "threshold": threshold,
            "above": above,
            "own": True,
            "problem": "",
        },
    }


def curves_words(context: ReportContext) -> dict[str, Any]:
    """What the curves are told, as ``dashboard/explore/panels/curves_panel.py`` tells it."""
    normal, odd = (context.run.groups.scores(context.judged, (name,)) for name in ("normal", "anomaly"))
    at = rejection_at(normal, odd, 0.3)
    return {
        "key": context.run.id,
        "name": context.run.name,
        "nouns": [context.says.sample, context.says.samples],
        "labelled": context.run.labelled,
        "kind": "roc",
        "rows": context.run.row_choices[0],
        "choices": _choices(context),
        "measured": ",".join(context.judged),
        "areas": context.areas,
        "rejection": {"signal": at.signal_efficiency, "value": at.value, "bound": at.bound} if at else None,
    }


def _choices(context: ReportContext) -> list[list[Any]]:
    return [[name, context.says(ROW_NAMES[name]), list(parts_of(name))] for name in context.run.row_choices]


def _number(context: ReportContext) -> float | None:
    """The number of a rule that can be typed; None for the others, of which the value stands there."""
    settings = list(context.outcome.settings.values())
    if context.outcome.rule not in UNITS or not settings or not isinstance(settings[0], int | float):
        return None
    # What a rule set on another scale is not its number here.
    if not context.view.rule and not context.outcome.guarantee and context.run.score_config.normalise == "threshold":
        return None
    return float(settings[0])


def _reference(context: ReportContext, rule: str) -> dict[str, Any]:
    """The rows that a unit counts."""
    judged = rule == "fpr" and context.run.labelled
    parts = context.judged if judged else (context.run.reference,)
    classes = ("normal",) if judged else CLASSES
    return {
        "parts": list(parts),
        "classes": list(classes),
        "words": "judged normal" if judged else "held-out" if context.run.groups.crossed else context.run.reference,
        "rows": int(context.run.groups.scores(parts, classes).size),
    }
