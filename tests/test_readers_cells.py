"""Amounts and dates as people write them: read as in the file that was trained on, and not where they are names."""

from __future__ import annotations

import datetime as dt

import pyarrow.parquet as pq
import pytest

from core.readers import read_table
from core.readers.later import read_later
from core.readers.reading.trained.interpretation import Interpretation

DAY = dt.datetime


def read(tmp_path, text: str, name: str = "first.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    report = read_table(tmp_path / name, tmp_path / "out.parquet")
    return pq.read_table(tmp_path / "out.parquet").to_pydict(), report


@pytest.mark.parametrize(
    ("first", "later", "values"),
    [
        ('a\n"$1,234.50"\n"($2.25)"\n$3\n', 'a\n"$1,500"\n($7)\n', [1500.0, -7.0]),
        ("a\n€ 1.234\n€ 2.345,5\n", "a\n€ 1.299\n€ 7\n", [1299.0, 7.0]),
        ("a\n12.5-\n3.5\n", "a\n1-\n2\n", [-1.0, 2.0]),
        ("a\n1.5%\n2.5%\n", "a\n1%\n2\n", [1.0, 2.0]),
        ('a\n"Nov 14,2013"\n"Nov 15,2013"\n', 'a\n"Dec 1,2013"\n"May 2,2014"\n', [DAY(2013, 12, 1), DAY(2014, 5, 2)]),
        ("a\n2013-11-14 10:00 CET\n2013-11-15 10:00 CET\n", "a\n2014-07-01 10:00 CEST\n", [DAY(2014, 7, 1, 8)]),
    ],
)
def test_a_later_file_is_read_as_the_first_was(tmp_path, first, later, values):
    _, report = read(tmp_path, first)
    kept = Interpretation.from_dict(report.interpretation.to_dict())
    (tmp_path / "later.csv").write_text(later, encoding="utf-8")
    read_later(tmp_path / "later.csv", tmp_path / "later.parquet", kept, ["a"])
    assert pq.read_table(tmp_path / "later.parquet").to_pydict()["a"] == values


def test_months_that_come_further_down_are_dates_too(tmp_path):
    names = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober")
    names = (*names, "november", "december")
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=place) for place in range(365)]
    values, report = read(tmp_path, "d;x\n" + "".join(f"{d.day} {names[d.month - 1]} {d.year};1\n" for d in days))
    assert [moment.date() for moment in values["d"]] == days
    assert "text" not in " ".join(report.notes)


def test_an_amount_after_thousands_of_plain_numbers_is_a_number_and_said(tmp_path):
    rows = "".join(f"{place},{place / 2}\n" for place in range(21_000))
    values, report = read(tmp_path, "a,b\n" + rows + "$5,(3.5)\n")
    assert (values["a"][-1], values["b"][-1]) == (5.0, -3.5)
    assert "signs of money" in " ".join(report.notes)


@pytest.mark.parametrize("days", [["2024-01-01", "2024-02-13"], ["2024-01-01 10:00", "2024-02-13 11:00:30"]])
def test_plain_dates_have_no_offset(tmp_path, days):
    assert read(tmp_path, "a;b\n" + "".join(f"{day};1\n" for day in days))[1].notes == ()


@pytest.mark.parametrize(
    "cells",
    [
        ["A1-MAY", "A2-MAY"], ["12 may 99 x", "13 may 99 x"], ["(100) 555-1234", "(101) 555-1235"], ["1-6", "2-7"],
        ["may 12", "may 13"], ["EUR1", "EUR2"], ["12 kg", "13 kg"], ["A-", "B-"], ["1.2.3", "1.2.4"], ["$", "$$"],
    ],
)  # fmt: skip
def test_names_are_neither_amounts_nor_dates(tmp_path, cells):
    values, _ = read(tmp_path, "a;b\n" + "".join(f"{cell};{place}\n" for place, cell in enumerate(cells * 3)))
    assert values["a"] == cells * 3
