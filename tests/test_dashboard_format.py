"""Numbers for people."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import format


@pytest.mark.parametrize(
    ("x", "written"),
    [
        (0, "0"),
        (12345.678, "12,346"),
        (3.14159, "3.14"),
        (0.001234, "0.00123"),
        (0.00001234, "1.23e-05"),
        (123456789, "1.23e+08"),
        (-42.42, "-42.4"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_a_number_has_three_significant_digits(x, written):
    assert format.number(x) == written


@pytest.mark.parametrize(
    ("x", "written"),
    [(0.0312, "3.1 %"), (0, "0 %"), (1, "100 %"), (0.0004, "< 0.1 %"), (0.99999, "> 99.9 %"), (None, "–")],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(x, written):
    assert format.share(x) == written


@pytest.mark.parametrize(("x", "written"), [(0.456, "46 %"), (0, "0 %"), (1, "100 %"), (0.999, "100 %")])
def test_one_of_many_parts_is_told_in_whole_percent(x, written):
    assert format.percent(x) == written


@pytest.mark.parametrize(
    ("n", "written"), [(0, "0 bytes"), (999, "999 bytes"), (3_300_000, "3.3 MB"), (1.5e9, "1.5 GB"), (7e13, "70000 GB")]
)
def test_a_size_has_the_unit_that_fits(n, written):
    assert format.size(n) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.42, "0.4 s"), (12.3, "12 s"), (59.7, "1 min"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (None, "–")],
)
def test_a_duration_is_told_in_the_two_largest_units(seconds, written):
    assert format.duration(seconds) == written


@pytest.mark.parametrize(
    ("before", "written"), [(5, "just now"), (300, "5 min ago"), (7200, "2 h ago"), (864_000, "12 Nov 2026")]
)
def test_a_moment_is_told_by_its_distance(before, written):
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert format.ago(now - timedelta(seconds=before), now) == written


def test_a_time_without_a_zone_is_utc():
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert format.ago(datetime(2026, 11, 22, 11), now) == "1 h ago"


def test_one_thing_has_no_plural():
    assert [format.plural(1, "row"), format.plural(2000, "row"), format.plural(2, "query", "queries")] == [
        "1 row",
        "2,000 rows",
        "2 queries",
    ]


def test_options_of_the_same_name_are_told_apart_by_their_id():
    assert format.distinct({"a1": "cardio", "b2": "cardio", "c3": "wine"}) == {
        "a1": "cardio  ·  a1",
        "b2": "cardio  ·  b2",
        "c3": "wine",
    }
