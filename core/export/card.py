"""A run as one picture for a chat or a slide: its name, its key numbers, its scores and the threshold."""

from __future__ import annotations

import re
import textwrap
from datetime import datetime

from core.drawing import svg
from core.drawing.markup import Markup, tag
from core.drawing.svg import Colours
from core.export import figures, summary
from core.export.context import ReportContext
from core.export.explorer import ASSETS
from core.words import count, number, share

SIZES = {"chat": (1200, 630), "slide": (1920, 1080)}
LIGHT = Colours(
    normal="#2f6db3", anomaly="#d1590a", unknown="#8794a3", accent="#0b7269", threshold="#18222d",
    background="#ffffff", text="#18222d", muted="#566473", grid="#e6eaee",
)  # fmt: skip
_LETTER = 0.56
"""A letter's mean width, in parts of its size."""


def card_svg(context: ReportContext, now: datetime, size: str = "chat") -> Markup:
    """The card as SVG, in one of ``SIZES``."""
    width, height = SIZES[size]
    u = height / 630
    left = 0.4 * width
    title = context.text.title or summary.title(context)
    letters, lines = _wrapped(title, left - 78 * u, 46 * u)
    shapes: list[object] = [
        svg.rectangle(0, 0, width, height, fill=LIGHT.background),
        svg.rectangle(0, 0, width, 8 * u, fill=LIGHT.accent),
        _mark(48 * u, 44 * u, 1.25 * u),
        svg.text("Anomalens", 98 * u, 72 * u, size=22 * u, fill=LIGHT.text, font_weight="600"),
    ]
    y = 150 * u
    for line in lines:
        shapes.append(svg.text(line, 48 * u, y, size=letters, fill=LIGHT.text, font_weight="650"))
        y += 1.16 * letters
    byline = " · ".join(part for part in (context.text.author, f"{now.day} {now:%B %Y}") if part)
    shapes.append(svg.text(byline, 48 * u, y - 0.3 * letters + 12 * u, size=19 * u, fill=LIGHT.muted))
    shapes += _numbers(context, 48 * u, height - 218 * u, (left - 60 * u) / 2, u)
    shapes.append(_histogram(context, left + 24 * u, 52 * u, width - left - 64 * u, height - 116 * u, u))
    return svg.figure(width, height, shapes, label=f"{title}: {_flagged(context)}", class_=None)


def _wrapped(title: str, width: float, size: float) -> tuple[float, list[str]]:
    """Letters as large as they can be for the longest word to fit, and at most three lines of them."""
    longest = max((len(word) for word in title.split()), default=1)
    size = max(0.55 * size, min(size, width / (_LETTER * longest)))
    size = min(size, 0.82 * size if len(title) > 40 else size)
    return size, textwrap.wrap(title, max(8, int(width / (_LETTER * size))), max_lines=3, placeholder=" …")


def _flagged(context: ReportContext) -> str:
    says = context.says
    judged = sum(context.part_rows().values())
    return says(f"{count(context.outcome.flagged or 0)} of {count(judged)} rows flagged")


def _numbers(context: ReportContext, x: float, y: float, step: float, u: float) -> list[Markup]:
    says = context.says
    outcome, judged = context.outcome, sum(context.part_rows().values())
    facts = [(count(outcome.flagged or 0), says(f"of {count(judged)} rows flagged"))]
    if outcome.precision is not None and outcome.recall is not None:
        facts += [(share(outcome.precision), "of these are right"), (share(outcome.recall), "of the anomalies found")]
        facts.append((number(context.areas["roc"], 4), "AUROC"))
    else:
        facts += [(share(outcome.share), says("of the rows")), (number(outcome.threshold, 4), "threshold")]
        facts.append((count(context.run.result.get("train_rows", 0)), says("rows learned from")))
    made = []
    for place, (value, words) in enumerate(facts):
        left, top = x + step * (place % 2), y + 96 * u * (place // 2)
        colour = LIGHT.anomaly if place == 0 else LIGHT.text
        made.append(svg.text(value, left, top + 40 * u, size=42 * u, fill=colour, font_weight="650"))
        made.append(svg.text(words, left, top + 66 * u, size=18 * u, fill=LIGHT.muted))
    return made


def _histogram(context: ReportContext, x: float, y: float, width: float, height: float, u: float) -> Markup:
    says = context.says
    histogram = figures.histogram(
        context.grid, context.judged, context.threshold, axes=context.axes(), labelled=context.run.labelled,
        width=width, height=height - 40 * u, size=16 * u, colours=LIGHT, says=says,
    )  # fmt: skip
    rows = context.grid.rows(context.judged)
    made, place = [tag("g", histogram, transform=f"translate({x:.1f} {y + 40 * u:.1f})")], x + 84 * u
    for j in (1, 0, 2):
        if not rows[j]:
            continue
        words = f"{figures.CLASS_WORDS[j] if context.run.labelled else says('Rows')} ({count(int(rows[j]))})"
        colour = LIGHT.of_class(j, labelled=context.run.labelled)
        made.append(svg.rectangle(place, y + 7 * u, 16 * u, 16 * u, rx=f"{4 * u:g}", fill=colour))
        made.append(svg.text(words, place + 24 * u, y + 21 * u, size=17 * u, fill=LIGHT.text))
        place += (0.55 * 17 * len(words) + 52) * u
    return tag("g", made)


def _mark(x: float, y: float, scale: float) -> Markup:
    icon = (ASSETS / "icon.svg").read_text(encoding="utf-8")
    inner = re.sub(r"^\s*<svg[^>]*>|</svg>\s*$", "", icon.strip())
    return tag("g", Markup(inner), transform=f"translate({x:.1f} {y:.1f}) scale({scale:.3f})")
