"""The events of a series: their channels, sentences, shapes and files, their lanes, and a report of them."""

import json
import re
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from series_fixture import MOMENTS, PLANTED, SPIKE, STEP, PlantedSeries, write_series

from core.cli import main
from core.errors import DataError
from core.events.event import Event
from core.events.files import to_calendar, to_csv
from core.events.inspecting import correlations, error_map, surroundings, week_cell, weekly_profile
from core.events.joining import EventRule
from core.events.names import name_event, read_names
from core.events.sentences import ChannelChange, length_words, sentence
from core.events.shapes import families_of, nearest_of, signature
from core.events.telling import find_events, tell, usual_of
from core.export.report import LARGEST, report_html
from core.lanes.extremes import Extremes
from core.lanes.lanes import Lanes, has_lanes, open_lanes
from core.lanes.window import stretch
from core.store.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="module")
def space(home: Path) -> Workspace:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        return open_workspace()


@pytest.fixture(scope="module")
def series(space: Workspace, home: Path) -> PlantedSeries:
    return write_series(space, home)


@pytest.fixture(scope="module")
def lanes(series: PlantedSeries) -> Lanes:
    return open_lanes(series.run)


@pytest.fixture(scope="module")
def events(series: PlantedSeries, lanes: Lanes) -> tuple[Event, ...]:
    return tell(series.run, find_events(series.run), lanes=lanes, usual=usual_of(series.run, lanes))


def test_an_event_is_told_with_what_its_channels_did_at_that_hour(events):
    first, spike = events
    assert first.sentence == ("pressure fell to a third of what it is at this hour, for 1 hour; flow followed.")
    assert [one.channel for one in first.channels] == ["pressure", "flow"]
    assert sum(one.share for one in first.channels) == pytest.approx(1)
    assert (first.start_row, first.end_row) == (PLANTED.start, PLANTED.stop - 1)
    assert first.labelled
    assert not spike.labelled
    assert spike.peak_row == SPIKE
    assert spike.sentence.startswith("pressure rose to")


def test_the_figures_of_a_threshold_count_events(series):
    found = find_events(series.run).figures
    assert (found.labelled, found.found, found.false_alarms, found.median_delay) == (1, 1, 1, 0.0)
    assert find_events(series.run, rule=EventRule(least=2)).figures.false_alarms == 0


def test_a_stretch_has_every_moment_or_the_extremes_of_each_column(series, lanes):
    assert has_lanes(series.run)
    score = Extremes.of(series.scores)
    time = lanes.order.time
    whole = stretch(lanes, score, time[0], time[-1], 100)
    assert not whole.full
    assert whole.moments == MOMENTS
    assert np.nanmax(whole.arrays["actual:0"]) == 60.0
    near = stretch(lanes, score, time[SPIKE - 5], time[SPIKE + 5], 100)
    assert near.full
    assert near.arrays["row"].tolist() == list(range(SPIKE - 6, SPIKE + 7))
    assert np.allclose(near.arrays["actual:0"], series.frame["pressure"][SPIKE - 6 : SPIKE + 7])
    packed = near.pack(key="k")
    header = json.loads(packed[8 : 8 + struct.unpack("<I", packed[:4])[0]])
    assert [name for name, _, _ in header["arrays"]] == ["time", "row", "score", "actual:0", "actual:1"]


def test_what_is_kept_of_lanes_is_read_again(series, lanes):
    again = open_lanes(series.run)
    edges = np.arange(0, MOMENTS + 1, 500)
    for one, other in zip(lanes.actual, again.actual, strict=True):
        assert np.array_equal(one.between(edges), other.between(edges), equal_nan=True)
    assert not again.expected


def test_one_sees_around_an_event_a_normal_stretch_errors_the_week_and_correlations(series, lanes, events):
    usual, normal = usual_of(series.run, lanes), np.arange(MOMENTS) < 1_800
    around = surroundings(lanes, Extremes.of(series.scores), events[0], usual, normal)
    assert around.nearest_start is not None
    assert around.nearest_start < lanes.order.time[1_800]
    off = error_map(lanes, events[0], usual)
    inside = (off.at >= events[0].start) & (off.at <= events[0].end)
    assert np.nanmean(off.off[0, inside]) > 10 * np.nanmean(off.off[0, ~inside])
    profile = weekly_profile(lanes, 0)
    assert profile is not None
    assert profile.shape == (7, 24)
    assert np.isfinite(profile).all()
    pair = correlations(lanes, events[0])
    assert pair is not None
    assert np.allclose(np.diag(pair[1]), 1)


def test_a_name_stays_with_an_event_at_another_threshold(series, lanes, events):
    name_event(series.run, events[0], "  Valve\nclosed ")
    again = tell(series.run, find_events(series.run, 3.5), lanes=lanes, usual=usual_of(series.run, lanes))
    assert [one.title for one in again] == ["Event 1: Valve closed", "Event 2"]
    name_event(series.run, events[0], "")
    assert read_names(series.run) == ()


def test_the_week_begins_on_monday():
    # 2026-03-02 was a Monday.
    assert week_cell(np.array([1_772_409_600.0])).tolist() == [0]


def test_events_are_written_for_spreadsheets_and_calendars(series, events):
    lines = to_csv(events, "time").splitlines()
    assert len(lines) == 3
    assert "2026-03-09T08:00:00Z" in lines[1]
    calendar = to_calendar(events, series.run, "time", STEP)
    assert calendar.count("BEGIN:VEVENT") == 2
    assert "DTSTART:20260309T080000Z\r\nDTEND:20260309T090000Z" in calendar
    assert all(len(line.encode()) <= 75 for line in calendar.split("\r\n"))
    with pytest.raises(DataError, match="Choose CSV or JSON"):
        to_calendar(events, series.run, "order", 1)


def test_the_command_line_tells_the_same(series, events, home, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    with pytest.raises(SystemExit) as end:
        main(["events", series.run.id, "--json", "--out", str(tmp_path / "events.csv")])
    printed = capsys.readouterr()
    assert end.value.code == 0, printed.err
    told = json.loads(printed.out)
    assert [one["sentence"] for one in told["events"]] == [one.sentence for one in events]
    assert told["figures"]["found"] == 1
    assert (tmp_path / "events.csv").read_text().count("\n") == 3


def test_a_report_holds_the_time_line_and_the_events(series):
    page = report_html(series.run)
    drawn = [int(number.replace(",", "")) for number in re.findall(r"<h3>Moment ([\d,]+)</h3>", page)]
    assert SPIKE in drawn
    # One picture of each stretch: its other moments look the same.
    assert all(b - a > 128 for a, b in pairwise(sorted(drawn)))
    assert len(page.encode()) < LARGEST
    assert 'data-mount="lanes"' in page
    assert "pressure fell to a third of what it is at this hour" in page


def test_the_first_figures_of_a_report_are_in_the_words_of_series(space, tmp_path):
    page = report_html(write_series(space, tmp_path, labels=False).run)
    assert re.search(r"<dt>Trained on</dt>\s*<dd>1,800<small>moments</small>", page)
    assert re.search(r"<dt>Channels</dt>\s*<dd>2<small>read</small>", page)


def change(name: str, **more: float) -> ChannelChange:
    return ChannelChange(**{"channel": name, "share": 0.5, "actual": 5.0, "usual": 5.0, "off": 0.0, "swing": 1.0,
                            "missing": 0.0, "begins": 0, **more})  # fmt: skip


@pytest.mark.parametrize(
    ("did", "said"),
    [
        ({"actual": 10.0, "off": 9.0}, "x rose to twice what is usual, for 5 minutes."),
        ({"actual": 4.0, "off": -3.0}, "x fell to 4.000, where 5.000 is usual, for 5 minutes."),
        ({"actual": -1.0, "off": -3.0}, "x fell to -1.000, where 5.000 is usual, for 5 minutes."),
        ({"swing": 0.0}, "x stood still at 5.000, for 5 minutes."),
        ({"swing": 3.0}, "x swung three times as much as usual, for 5 minutes."),
        ({"missing": 1.0}, "x was missing, for 5 minutes."),
        ({}, "x took a course that was not expected, for 5 minutes."),
    ],
)
def test_what_a_channel_did_is_said_in_plain_words(did, said):
    assert sentence([change("x", **did)], 9, "5 minutes", "what is usual") == said


def test_lengths_are_said_as_people_count_time():
    assert [length_words(n, "time", 1) for n in (300, 3_600, 5_400, 86_400, 30, 0.25)] == [
        "5 minutes", "1 hour", "90 minutes", "1 day", "30 seconds", "0.25 seconds"
    ]  # fmt: skip
    assert length_words(7, "order", 7) == "7 moments"


def test_events_of_one_shape_are_a_family_however_long_they_are():
    shares = np.array([0.8, 0.2])
    up, down = np.stack([np.linspace(0, 9, 30), np.zeros(30)], 1), np.stack([np.linspace(0, -9, 50), np.zeros(50)], 1)
    found = np.stack([signature(z, shares) for z in (up, down, up[::2], down[::3], up[::5])])
    families = families_of(found)
    assert families[0] == families[2] == families[4] == 1
    assert families[1] == families[3] == 2
    assert nearest_of(found)[1] == 3
