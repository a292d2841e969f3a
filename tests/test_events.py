"""Flagged moments joined to events, and what events say of a threshold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events.figures import event_figures
from core.events.joining import EventRule, end_threshold, joined
from core.lanes.time_order import TimeOrder


def ends(moments, scores, threshold=0.5, **rule):
    found = joined(moments, np.asarray(scores, float), threshold, EventRule(**{"gap": 0, **rule}))
    return list(zip(found.first.tolist(), found.last.tolist(), strict=True))


def every(n, step=60.0):
    return TimeOrder.of(1.7e9 + step * np.arange(n))


def test_flagged_moments_that_follow_each_other_are_one_event():
    assert ends(every(9), [0, 1, 1, 0, 0, 1, 0, 1, 1]) == [(1, 2), (5, 5), (7, 8)]


def test_pauses_up_to_the_gap_are_swallowed():
    assert ends(every(9), [0, 1, 1, 0, 0, 1, 0, 1, 1], gap=1) == [(1, 2), (5, 8)]
    assert ends(every(9), [0, 1, 1, 0, 0, 1, 0, 1, 1], gap=2) == [(1, 8)]


def test_events_that_are_too_short_are_left_out_and_counted():
    found = joined(every(9), np.array([0, 1, 1, 0, 0, 1, 0, 1, 1.0]), 0.5, EventRule(gap=0, least=2))
    assert found.first.tolist() == [1, 7]
    assert found.left_out == 1


def test_an_event_goes_on_while_the_score_stays_above_the_end():
    score = [0, 0.4, 1, 0.4, 0, 0.4, 0.3, 0]
    assert ends(every(8), score) == [(2, 2)]
    # Three times as many moments: those of 0.4 that touch the one above the threshold belong to it.
    assert ends(every(8), score, widen=3.0) == [(1, 3)]


def test_no_event_runs_over_a_hole_or_from_one_series_into_the_next():
    time = np.array([0, 1, 2, 5000, 5001, 5002.0])
    assert ends(TimeOrder.of(time), np.ones(6), gap=10) == [(0, 2), (3, 5)]
    two = TimeOrder.of(np.tile(np.arange(3.0), 2), series=np.repeat([0, 1], 3), names=("a", "b"))
    assert ends(two, np.ones(6), gap=10) == [(0, 2), (3, 5)]


def test_moments_are_put_into_the_order_of_time_and_those_without_one_are_counted():
    moments = TimeOrder.of(np.array([3.0, 1.0, np.nan, 2.0]))
    assert moments.row.tolist() == [1, 3, 0]
    assert moments.unplaced == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(0, 5), st.integers(1, 5), st.floats(1, 4))
def test_every_flagged_moment_is_in_one_event_unless_that_is_too_short(score, gap, least, widen):
    scores, moments = np.array(score), every(len(score))
    found = joined(moments, scores, 0.7, EventRule(gap=gap, least=least, widen=widen))
    assert (found.first[1:] > found.last[:-1]).all()
    assert (found.last - found.first + 1 >= least).all()
    inside = np.zeros(len(score), bool)
    for first, last, peak in zip(found.first, found.last, found.peak, strict=True):
        inside[first : last + 1] = True
        assert scores[peak] == scores[first : last + 1].max() > 0.7
    if not found.left_out:
        assert inside[scores > 0.7].all()
        assert found.flagged.sum() == (scores > 0.7).sum()


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=40), st.floats(1, 9))
def test_the_end_is_never_above_the_threshold(score, widen):
    assert end_threshold(np.array(score), 1.0, widen) <= 1.0


def test_a_shift_in_time_changes_no_event():
    rng = np.random.default_rng(0)
    time, score = np.sort(rng.random(300)) * 1000, rng.random(300)
    assert ends(TimeOrder.of(time), score, gap=3) == ends(TimeOrder.of(time + 1e6), score, gap=3)


def test_figures_count_labelled_events_false_alarms_and_the_delay():
    moments = every(2880)
    labels, score = np.zeros(2880, np.int8), np.zeros(2880)
    labels[100:200], labels[500:600] = 1, 1
    score[104:110], score[300:303] = 1, 1
    found = event_figures(moments, joined(moments, score, 0.5, EventRule()), labels)
    assert (found.events, found.labelled, found.found, found.false_alarms) == (2, 2, 1, 1)
    assert found.median_delay == 240
    assert found.alerts_per_day == pytest.approx(1.0)
    assert found.words() == "2 labelled events, 1 found, after 4 min; 1 false alarm; 1.0 alerts a day"
    assert (
        replace(found, found=2, median_delay=0.0)
        .words()
        .startswith("2 labelled events, 2 found, half of them at once;")
    )
    assert replace(found, alerts_per_day=0.038).words().endswith("; an alert every 26 days")


def test_an_event_that_goes_on_already_when_a_labelled_one_begins_has_found_it_at_once():
    moments, labels, score = every(50), np.zeros(50, np.int8), np.zeros(50)
    labels[20:30], score[15:25] = 1, 1
    found = event_figures(moments, joined(moments, score, 0.5, EventRule()), labels)
    assert (found.found, found.median_delay, found.false_alarms) == (1, 0.0, 0)


def test_without_labels_events_are_counted_alone():
    moments = every(50)
    found = event_figures(moments, joined(moments, np.ones(50), 0.5, EventRule()), np.full(50, -1, np.int8))
    assert (found.events, found.labelled, found.found) == (1, None, None)
