"""A run as a report: one HTML file that needs no server and no network, with the threshold explorer inside.

The sections are files in ``core/export/sections``; scripts and styles are those of ``assets``, put into the page. It
may load nothing and run nothing else: its content security policy names its own scripts by their hashes.

It is made here and not in the dashboard, because the command line writes it too and the engine imports no screen. That
is why its figures are our own: counts and curves as SVG, and the explorer's plain scripts, instead of Plotly's 4.8 MB.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from core.drawing.markup import Markup, paragraphs, tag
from core.errors import DataError
from core.export import summary
from core.export.context import ReportContext
from core.export.explorer import ASSETS, CURVES, EXPLORER, LANES, part, script, style
from core.export.sections import sections
from core.modalities.nouns import ROWS
from core.words import count, number, share

if TYPE_CHECKING:
    from core.export.text import ReportText
    from core.export.view import ReportView
    from core.results.finished_run import FinishedRun

LARGEST = 6_000_000
"""Bytes that a report may have."""


def report_html(
    run: FinishedRun,
    view: ReportView | None = None,
    text: ReportText | None = None,
    *,
    now: datetime | None = None,
) -> str:
    """The report of a finished run.

    Parameters
    ----------
    run
        A finished run, under the score that is reported on.
    view
        The threshold and the rows that it opens with; the run's own by default.
    text
        Its words; those that are kept beside the run by default.
    now
        Its date; today by default.

    Raises
    ------
    AnomalensError
        When the rule that was asked for comes to no threshold.
    """
    return render(ReportContext(run, view, text), now or datetime.now(UTC))


def render(context: ReportContext, now: datetime) -> str:
    """The page of a context."""
    built = [
        (name, context.says(section.title), content)
        for name, section in sections()
        if name not in context.text.left_out and (content := section.build(context)) is not None
    ]
    title = context.text.title or summary.title(context)
    main = tag(
        "main",
        _hero(context, title, now),
        (_section(context, name, heading, content) for name, heading, content in built),
        _footer(context, now),
    )
    toc = tag(
        "nav", (tag("a", heading, href=f"#{name}") for name, heading, _ in built), class_="toc", aria_label="Contents"
    )
    explorer = any("data-mount" in content for _, _, content in built)
    scripts = [script(EXPLORER, "explorer_mount"), script(CURVES, "curves_mount")] if explorer else []
    if lanes := any('data-mount="lanes"' in content for _, _, content in built):
        scripts.append(script(LANES, "lanes_mount"))
    if any("data-map" in content for _, _, content in built):
        scripts.append(f"{_asset('mounting.js')}\n{_asset('map_mount.js')}")
    scripts.append(_asset("page.js"))
    body = tag(
        "body",
        _top(),
        tag("div", toc, main, class_="page"),
        [part("explorer"), part("curves")] if explorer else None,
        part("lanes", "lanes") if lanes else None,
        (tag("script", Markup(source), type="module") for source in scripts),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag(
            "meta",
            http_equiv="Content-Security-Policy",
            content=policy(tuple(scripts), (_style(), style())),
        ),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="generator", content="Anomalens"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(_style())),
    )
    page = Markup("<!doctype html>\n") + tag("html", head, body, lang="en", data_theme="auto")
    if len(page.encode()) > LARGEST:
        raise DataError(
            f"A report must stay below {LARGEST:,} bytes. This one has {len(page.encode()):,}. Shorten its notes, or "
            "leave sections out."
        )
    return str(page)


def policy(scripts: tuple[str, ...], styles: tuple[str, ...]) -> str:
    """A content security policy that allows these scripts and styles, and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src {' '.join(_hash(one) for one in scripts)}; "
        f"style-src {' '.join(_hash(one) for one in styles)}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _hero(context: ReportContext, title: str, now: datetime) -> Markup:
    parts = [context.text.author, f"{now.day} {now:%B %Y}", f"run “{context.run.name}”"]
    words = context.text.summary or summary.summary(context)
    return tag(
        "section",
        tag("p", "Anomaly report", class_="kicker"),
        tag("h1", title),
        tag("p", " · ".join(part for part in parts if part), class_="byline"),
        tag("div", paragraphs(words), class_="summary"),
        _tiles(context),
        class_="hero",
    )


def _tiles(context: ReportContext) -> Markup:
    says = context.says
    outcome, areas = context.outcome, context.areas
    judged = sum(context.part_rows().values())
    facts = [
        (
            says("Test rows" if context.judged == ("test",) else "Rows"),
            count(judged),
            "not seen in training" if context.judged == ("test",) else says("all rows"),
        ),
        ("Flagged", count(outcome.flagged or 0), share(outcome.share)),
        ("Threshold", number(outcome.threshold, 4), "on the score's scale"),
    ]
    if outcome.precision is not None:
        facts.append(("Precision", share(outcome.precision), "of the flagged are right"))
        facts.append(("Recall", share(outcome.recall), "of the anomalies found"))
    if areas["roc"] is not None:
        facts.append(("AUROC", number(areas["roc"], 4), "0.5 is guessing"))
        facts.append(("Average precision", number(areas["precision"], 4), "over all thresholds"))
    if len(facts) < 5:
        facts.append(("Trained on", count(context.run.result.get("train_rows", 0)), says("rows")))
        columns = count(context.run.result.get("columns", 0))
        # Of what is no table the parts have a name of their own, and the columns are no parts of it.
        facts.append(("Features", columns, "columns") if says == ROWS else (says.parts.capitalize(), columns, "read"))
    tiles = (tag("div", tag("dt", name), tag("dd", value, tag("small", words))) for name, value, words in facts)
    return tag("dl", tiles, class_="tiles")


def _section(context: ReportContext, name: str, heading: str, content: Markup) -> Markup:
    note = context.text.notes.get(name, "")
    return tag(
        "section", tag("h2", heading), tag("div", paragraphs(note), class_="note") if note else None, content, id=name
    )


def _top() -> Markup:
    mark = Markup(re.sub(r"<svg ", '<svg aria-hidden="true" ', _icon(), count=1))
    return tag(
        "header",
        tag("span", mark, "Anomalens", class_="mark"),
        tag("button", "Theme: automatic", type="button", data_do="theme"),
        tag("button", "Print or save as PDF", type="button", data_do="print"),
        class_="top",
    )


def _footer(context: ReportContext, now: datetime) -> Markup:
    version = context.run.result.get("versions", {}).get("anomalens", "")
    return tag(
        "footer",
        f"Written by Anomalens {version} on {now:%Y-%m-%d %H:%M} UTC "
        f"from run {context.run.id}. This file is complete: it loads nothing and sends nothing.",
    )


@cache
def _asset(name: str) -> str:
    return (ASSETS / "report" / name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    """The report's own style, and that of samples, which the pages of the dashboard have too."""
    return _asset("report.css") + (ASSETS / "samples.css").read_text(encoding="utf-8")


@cache
def _icon() -> str:
    return (ASSETS / "icon.svg").read_text(encoding="utf-8").strip()
