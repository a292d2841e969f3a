"""What a comparison says beside its verdict: curves, average precision, agreement, disagreements, and what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.compare.agreement import WORDS
from core.drawing.markup import Markup, join, table, tag
from core.export import figures
from core.modalities.nouns import Nouns
from core.words import count, number, percent

DISAGREEING = 8
"""Rows of each side that are listed."""
_CLASSES = {1: "anomaly", 0: "normal"}
_SIDES = {"network": "The network puts these high, the classical detectors low", "classical": "The other way round"}
_CURVES = {
    "roc": ("ROC", "False-positive rate", "Recall"),
    "precision": ("Precision and recall", "Recall", "Precision"),
}

Report = Mapping[str, Any]


def caption(report: Report, says: Nouns) -> str:
    """On what the detectors were compared, and how sure that is."""
    rows = says.count(report["rows"], "judged")
    anomalies = f", {count(report['anomalies'])} of them anomalies" if report["anomalies"] else ""
    draws = f"; intervals from {count(report['draws'])} bootstrap draws" if report["draws"] else ""
    return f"Compared on {rows}{anomalies}{draws}."


def failed(report: Report, says: Nouns) -> Markup:
    """What went wrong with a detector, or must be known of it."""
    told = [(one["title"], one["problem"] or one.get("note", "")) for one in report["detectors"]]
    return join(tag("p", f"{title}: {says(words)}", class_="quiet") for title, words in told if words)


def curves(report: Report) -> Markup:
    """The curves of all detectors over each other."""
    drawn = []
    for kind, (title, x_title, y_title) in _CURVES.items():
        lines = (report.get("curves") or {}).get(kind) or []
        if lines:
            words = tag("figcaption", title, tag("span", "the run is the strong line"))
            figure = figures.several_curves(lines, x_title=x_title, y_title=y_title, label=title)
            drawn.append(tag("figure", words, figure))
    return tag("div", drawn, class_="two") if drawn else Markup("")


def agreement(report: Report, says: Nouns) -> Markup:
    """How much each pair of detectors agrees; a detector has its number above a column."""
    found = report.get("agreement") or {}
    titles: Sequence[str] = found.get("titles") or ()
    if len(titles) < 2:
        return Markup("")
    parts: list[Markup] = [tag("h3", "Agreement")]
    for kind, (name, words) in WORDS.items():
        rows = [
            [tag("span", f"{i + 1} {title}", class_="name" if not i else None), *(_cell(v) for v in values)]
            for i, (title, values) in enumerate(zip(titles, found.get(kind) or (), strict=False))
        ]
        if rows:
            numbers = [str(k + 1) for k in range(len(titles))]
            parts.append(tag("p", says(f"{name}. {words}"), class_="quiet"))
            parts.append(table(["Detector", *numbers], rows, numeric=range(1, len(titles) + 1), class_="compared"))
    return join(parts)


def disagreements(report: Report, says: Nouns) -> Markup:
    """The rows on which the network and the classical detectors disagree most, and what speaks for either."""
    parts: list[Markup] = []
    for side, words in _SIDES.items():
        rows = [
            [
                count(one["row"]),
                tag("span", label, class_=f"tag {label}") if (label := _CLASSES.get(one["label"], "")) else "–",
                number(100 * one["network"], 3),
                number(100 * one["classical"], 3),
                _reasons(one["network_because"]),
                _reasons(one["nearest_because"]),
            ]
            for one in report.get("disagreements") or ()
            if one["high"] == side
        ][:DISAGREEING]
        if rows:
            headings = [says("Row"), "Label", "Network", "Classical", "Network because of", "Unlike its neighbours in"]
            parts += [tag("p", f"{words}."), table(headings, rows, numeric=(0, 2, 3))]
    if not parts:
        return Markup("")
    words = says(
        "Percentiles among the compared rows, 100 is the most anomalous; of the classical detectors the median."
    )
    return join([tag("h3", says("Rows on which they disagree most")), tag("p", words, class_="quiet"), *parts])


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _reasons(because: Sequence[Sequence[Any]]) -> str:
    # A share is not torn from its sign.
    return ", ".join(f"{name} {percent(value)}".replace(" %", "\u00a0%") for name, value in because)
