"""Of series: the time line, to be zoomed and with the threshold that is dragged, and its events with their pictures."""

from __future__ import annotations

from core.drawing.markup import Markup, join, table, tag
from core.errors import AnomalensError
from core.events.event import Event, stamp_words
from core.events.inspecting import surroundings
from core.events.picture import event_picture
from core.events.sentences import length_words
from core.events.telling import find_events, tell, usual_of
from core.export.context import ReportContext
from core.export.explorer import data
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.export.sections._time_line import MOST_CHANNELS, lanes_words
from core.lanes.extremes import Extremes
from core.lanes.lanes import Lanes, has_lanes, open_lanes
from core.words import count, number, share

PICTURES, LISTED = 6, 60
"""Events with a picture, and in the table."""
_COLUMNS = 220


@SECTIONS.register("events")
class EventsSection(ReportSection):
    """The time line and what happened on it."""

    title = "Time line and events"
    order = 12

    def build(self, context: ReportContext) -> Markup | None:
        """None where the samples are no moments of series, or their dataset is gone."""
        run = context.run
        try:
            if not has_lanes(run):
                return None
            lanes, found = open_lanes(run), find_events(run, context.threshold, parts=context.judged)
        except AnomalensError:
            return None
        usual = usual_of(run, lanes)
        said = {row: one.entry.verdict for row, one in context.verdicts.rows.items()} if context.verdicts else {}
        told = tell(run, found, lanes=lanes, usual=usual, verdicts=said)
        words = lanes_words(context, lanes, found, told, _channels(lanes, told))
        figures = found.figures.words(found.order.kind)
        row, scored = lanes.order.row, run.scored
        normal = scored.among(("train",))[row] & (scored.label[row] != 1)
        score = Extremes.of(scored.score[row].astype("float32"))
        highest = sorted(told, key=lambda one: -one.score)[:PICTURES]
        pictures = [
            _article(
                lanes, one, event_picture(lanes, one, surroundings(lanes, score, one, usual, normal, columns=_COLUMNS))
            )
            for one in sorted(highest, key=lambda one: one.number)
        ]
        return join(
            [
                tag("p", f"{figures[:1].upper()}{figures[1:]}."),
                tag("div", tag("div", class_="live", data_mount="lanes"), class_="card only-screen"),
                join(pictures),
                _table(found.order.kind, told) if len(told) > PICTURES else None,
                data("lanes-data", words),
            ]
        )


def _channels(lanes: Lanes, told: tuple[Event, ...]) -> list[int]:
    """The channels that have made most of the events, in their own order."""
    weight = dict.fromkeys(lanes.channels, 0.0)
    for event in told:
        for one in event.channels:
            weight[one.channel] += one.share
    first = sorted(range(len(lanes.channels)), key=lambda c: -weight[lanes.channels[c]])[:MOST_CHANNELS]
    return sorted(first)


def _article(lanes: Lanes, event: Event, picture: Markup) -> Markup:
    kind = lanes.order.kind
    facts = [
        f"{stamp_words(kind, event.start)} to {stamp_words(kind, event.end)}{' UTC' if kind == 'time' else ''}",
        length_words(event.length, kind, event.moments),
        f"highest score {number(event.score, 4)}",
        *([] if event.labelled is None else ["labelled" if event.labelled else "not labelled"]),
        *([f"judged {event.verdict}"] if event.verdict else []),
    ]
    shares = ", ".join(f"{one.channel} {share(one.share)}" for one in event.channels[:5] if one.share >= 0.01)
    return tag(
        "article",
        tag("h3", event.title + (f", {event.series}" if event.series else "")),
        tag("p", event.sentence) if event.sentence else None,
        tag("p", " · ".join(facts), class_="quiet"),
        tag("figure", picture),
        tag("p", f"Shares of what is odd: {shares}.", class_="quiet") if len(event.channels) > 1 and shares else None,
        class_="event",
    )


def _table(kind: str, told: tuple[Event, ...]) -> Markup:
    rows = [
        (f"{one.number} {one.name}".strip(), stamp_words(kind, one.start), length_words(one.length, kind, one.moments),
         number(one.score, 4), one.sentence)
        for one in sorted(told, key=lambda event: -event.score)[:LISTED]
    ]  # fmt: skip
    said = f"The {count(LISTED)} highest of {count(len(told))} events" if len(told) > LISTED else "All events"
    return join(
        [
            tag("h3", f"{said}, the highest score first"),
            table(["Event", "Start", "Length", "Score", "Why"], rows, numeric=(0, 3), class_="facts"),
        ]
    )
