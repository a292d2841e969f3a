# ruff: noqa: E501 - files and their right values, one a line
"""Every line of a file is a row, the header, skipped for a reason, empty, or rejected; each is counted and said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readers import ReadReport, read_table
from core.readers.reading.text.lines import LineCounts

NAMES = ("time", "flow", "remark", "level")
REMARKS = ("dry", "wet; cold, icy", "two\nlines", "a\n\n# no comment\nb", 'a "quoted" word', "")


SAID = {
    "preamble": "before the table", "comments": "comment line", "units": "looks like units", "repeated": "the header w",
    "separators": "drawn", "footer": "below the table", "empty": "empty line", "rejected": "left out",
}  # fmt: skip
"""Words of the sentence about each kind of line."""


@dataclass
class Written:
    """A file as it is written line by line, and what each line is."""

    delimiter: str
    lines: list[str] = field(default_factory=list)
    rows: list[tuple[int, float, str | None, int]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, line: str) -> None:
        self.lines.append(line)
        self.kinds[kind] += 1

    def row(self, remark: str) -> None:
        at = len(self.rows)
        self.rows.append((at, at * 0.5, remark or None, 7 * at % 11))
        quoted = '"' + remark.replace('"', '""') + '"'
        # A quoted field with a line break in it takes several lines.
        self.add("rows", self.delimiter.join([str(at), str(at * 0.5), quoted, str(7 * at % 11)]))
        self.kinds["continued"] += remark.count("\n")


def interruption(written: Written, kind: str) -> None:
    """A line between the rows that is none."""
    d = written.delimiter
    lines = {
        "empty": "", "delimiters": d * 3, "blanks": f" {d} {d}{d} ", "comments": "# the pump was off",
        "comments of the table's width": d.join(["# the pump", "was off", "and", "then on"]),
        "repeated": d.join(NAMES), "separators": "-----", "rejected": d.join("1234567"),
    }  # fmt: skip
    kinds = {"delimiters": "empty", "blanks": "empty", "comments of the table's width": "comments"}
    written.add(kinds.get(kind, kind), lines[kind])


@st.composite
def files(draw: st.DrawFn) -> Written:
    written = Written(draw(st.sampled_from([",", ";", "\t", "|"])))
    d = written.delimiter
    for title in draw(st.lists(st.sampled_from(["Report of May", "Made by Ann"]), max_size=2)):
        written.add("preamble", title)
    for _ in range(draw(st.integers(0, 2))):
        written.add("empty", "")
    for _ in range(draw(st.integers(0, 2))):
        written.add("comments", "# exported by a machine")
    written.add("header", d.join(NAMES))
    if draw(st.booleans()):
        written.add("units", d.join(["s", "l/min", "", "mm"]))
    kinds = st.sampled_from(
        [
            "empty",
            "delimiters",
            "blanks",
            "comments",
            "comments of the table's width",
            "repeated",
            "separators",
            "rejected",
        ]
    )
    between = draw(st.dictionaries(st.integers(3, 60), st.lists(kinds, min_size=1, max_size=2), max_size=5))
    for at, remark in enumerate(draw(st.lists(st.sampled_from(REMARKS), min_size=30, max_size=60))):
        written.row(remark)
        for kind in between.get(at, ()):
            interruption(written, kind)
    if written.rows and draw(st.booleans()):
        written.row("the last")
        written.add("empty", "")
        written.add("footer", "Source: the water board")
    return written


@given(
    written=files(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    end=st.sampled_from(["\n", "\r\n"]),
    last_end=st.booleans(),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_in_are_rows_and_what_was_said_to_be_left_out(tmp_path, written, encoding, end, last_end):
    text = "\n".join(written.lines) + "\n" * last_end
    if not last_end and written.lines[-1] == "":
        text += "\n"
    (tmp_path / "x.csv").write_bytes(text.replace("\n", end).encode(encoding))
    report = read_table(tmp_path / "x.csv", tmp_path / "out.parquet")
    counts = report.lines
    assert counts == LineCounts(total=sum(written.kinds.values()), **written.kinds), report.notes
    assert counts.accounted == counts.total
    assert report.rows == counts.rows == len(written.rows)
    read = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert read["time"] == [row[0] for row in written.rows]
    assert read["flow"] == [row[1] for row in written.rows]
    assert [x and x.replace("\r\n", "\n") for x in read["remark"]] == [row[2] for row in written.rows]
    said = " ".join(report.notes)
    for kind, words in SAID.items():
        assert (words in said) == (written.kinds[kind] > 0), (kind, report.notes)


def read(tmp_path, text: str | bytes, name: str = "x.csv") -> tuple[dict[str, list[Any]], ReadReport]:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    report = read_table(tmp_path / name, tmp_path / "out.parquet")
    return pq.read_table(tmp_path / "out.parquet").to_pydict(), report


def numbers(d: str = ",", rows: int = 20) -> str:
    return "".join(f"{i}{d}{i * 1.5}{d}{20 - i}\n" for i in range(rows))


def lines(pattern: str, rows: int = 20) -> str:
    return "".join(pattern.format(i=i, j=i % 3, h=i * 0.5) + "\n" for i in range(rows))


TABLES = {
    "values that begin with a hash": (
        "ticket,owner,hours\n" + lines("#{i},ann,{j}", 60) + "INC,bob,1\n#250,ann\n", 62, "ticket owner hours", "1 row lacked"
    ),
    "a header that begins with a hash": (
        "#tag,likes,shares\n" + lines("#t{i},{i},{j}") + lines("t{i},{i},{j}"), 40, "tag likes shares", "without its '#'"
    ),
    "colours": ("colour,n\n" + lines("#ff00{i},{i}"), 20, "colour n", ""),
    "paths that begin with slashes": ("path,size\n" + lines("//server/x{i},{i}"), 20, "path size", ""),
    "rows that were commented out": (
        "a,b,c\n" + numbers() + "#3,4,5\n" + numbers(), 40, "a b c", "1 comment line, beginning with '#', was skipped: '#3,4,5'"
    ),
    "comments with commas": ("# by x, version 2, on Monday\na,b,c\n" + numbers(), 20, "a b c", "1 comment line"),
    "semicolons as comments": ("; made by a tool\n; more\na,b,c\n" + numbers(), 20, "a b c", "2 comment lines"),
    "names in a comment between blanks": ("% x y z\n" + numbers(" "), 20, "x y z", "without its '%'"),
    "a hash within a quoted field": (
        "id,text,n\n# remark\n" + lines('{i},"one\n# no comment",{j}'), 20, "id text n", "1 comment line"
    ),
    "names and values above the table": (
        "Device,ABC\nFirmware,1.2.3\nDate,2020-01-01\n\ntime,value\n" + lines("{i},{h}"), 20, "time value", "first 3 lines"
    ),
    "a title with delimiters behind it": (
        "Sales,,\nMade 2024,,\n,,\nDate,Units,Rev\n" + lines("2024-01-1{j},{i},{h}"), 20, "Date Units Rev", "first 2 lines"
    ),
    "units in a second line": (
        "Zeit;Temp;Feuchte\n;degC;%\n" + lines("2020-01-1{j};{i},5;4{j}"), 20, "Zeit Temp Feuchte", "looks like units"
    ),
    "two more lines of names": (
        "Price,Close,High\nTicker,AAPL,AAPL\nDate,,\n" + lines("2024-01-1{j},{i},{h}"), 20, "Price Close High", "2 lines"
    ),
    "words for errors in the first rows are no units": (
        "id,v\n1,error\n2,error\n" + lines("{i},{h}", 60) + "9,error\n", 63, "id v", "",
    ),
    "years over several columns": (
        ",2019,2019,2020\nName,A,B,C\n" + lines("n{i},{i},{j},{h}"), 20, "Name A B C", "before the table"
    ),
    "files put one behind the other": (("t,v,p\ns,m/s,bar\n" + numbers()) * 3, 60, "t v p", "4 lines that repeat"),
    "files of words put one behind the other": (("name,city\n" + lines("n{i},c{j}")) * 2, 40, "name city", "1 line that repeats"),
    "a source below": ("a,b,c\n" + numbers() + "\nSource: Bureau, 2020\n", 20, "a b c", "1 line below the table"),
    "what psql prints": (
        " id | v \n----+---\n" + lines("  {i} | {h}") + "(20 rows)\n", 20, "id v", "1 line below the table was skipped: '(20 rows)'"
    ),
    "what MySQL prints": (
        "+----+---+\n| id | v |\n+----+---+\n" + lines("| {i} | {h} |") + "+----+---+\n", 20, "id v", "2 columns without a name"
    ),
    "what SQL Server prints": (
        "id   name       v\n---- ---------- -----\n" + lines("{i:<4} n {i:<8} {h:<5}") + "\n(20 rows affected)\n",
        20, "id name v", "fixed width",
    ),
    "columns of fixed width": (
        "Name            Age\n" + "".join(f"{'John Smith' + 'x' * (i % 3):<16}{20 + i}\n" for i in range(20)),
        20, "Name Age", "fixed width",
    ),
    "blanks and quoted words": (lines('{i}   {h}  "chevrolet {i}"'), 20, "column 1|column 2|column 3", "no header"),
    "blanks, then a tab": (lines('{i}   {h}   {j}\t"chevrolet {i}"'), 20, "column 1|column 2|column 3|column 4", ""),
    "a date and its time in one column": ("time\n" + lines("2020-01-01 10:00:1{j}"), 20, "time", ""),
    "lines quoted as a whole": ('"a;""b"";c"\n' + lines('"{i};""x; {i}"";{h}"'), 20, "a b c", "quoted as a whole"),
    "rows quoted as a whole": ("a,b,c\n" + lines('"{i},""x, {i}"",{h}";;'), 20, "a b c", "quoted as a whole"),
    "some rows quoted as a whole": (
        "a,b\n" + lines('"{i},""{h}"""', 5) + lines("{i},{h}"), 25, "a b", "Some lines are quoted as a whole"
    ),
    "a title as wide as the table": ("Report,May,2020\na,b,c\n" + numbers(), 20, "a b c", "'Report May 2020'"),
    "rules that close the table": (
        "| Mat | Qty |\n|-----|-----|\n" + lines("| M{j} | {i} |") + "|-----|-----|\n", 20, "Mat Qty", "2 lines drawn"
    ),
    "remarks with commas": ("a,b,c\n" + numbers() + "\nNotes:\n1) first, of two\n2) second\n", 20, "a b c", "3 lines below"),
    "names in quotes are one column": ("name\n" + lines('"Doe, John {i}"'), 20, "name", ""),
    "row names as R writes them": (
        '"x" "y"\n' + lines('"{i}" {h} "n {j}"'), 20, "row name|x|y", "the first column was taken for the names of the rows"
    ),
    "a last column without a name": (
        "temperature,pressure\n" + lines("{h},100{j},note {j}"), 20, "temperature|pressure|column 3", "the last column had none"
    ),
    "two columns without a name": (
        "temperature,pressure\n" + lines("{h},100{j},note {j},x"), 20, "temperature|pressure|column 3|column 4", "2 names too few"
    ),
    "times in the first column have a name": ("time,v\n" + lines("2020-01-01 00:{i:02},{h},{j}"), 20, "time|v|column 3", "column 3"),
    "an unquoted line break": (
        "id,text,label\n" + lines("{i},hello,{j}") + "21,first\nsecond,0\n", 20, "id text label", "2 rows were left out"
    ),
    "one column of decimal commas": ("V\n" + lines("-1{j},000"), 20, "V", "before the decimals"),
    "a row of words for missing": ("a,b,c\n" + numbers() + "---,---,---\n", 21, "a b c", ""),
    "names with line breaks": (
        '"time\n(s)","flow\n(l/min)",c\n' + lines("{i},{h},{j}"), 20, "time (s)|flow (l/min)|c", ""
    ),
    "a header that ends in a delimiter": ("a,b,c,\n" + lines("{i},{h},x"), 20, "a b c", "header ends in a delimiter"),
    "another table below": ("a,b\n" + lines("{i},{h}") + "\nc,d\n" + lines("{i},{h}"), 41, "a b", "header of another table"),
    "the header again in other letters": (
        "A,B\n" + lines("{i},{h}") + "a,b\n" + lines("{i},{h}"), 40, "A B", "1 line that repeats the header"
    ),
    "bars, with commas and semicolons in the words": (
        "ts|lvl|msg\n" + lines("2020-01-01 00:00:{i:02}|INFO|a,b;c {j}"), 20, "ts lvl msg", ""
    ),
    "the delimiter in the first line": ("sep=;\na;b\n" + lines("{i};{h}"), 20, "a b", "says what the delimiter is"),
    "totals": ("Region,Units\n" + lines("N,{i}") + "N Total,190\nGrand Total,190\n", 22, "Region Units", "2 rows look like totals"),
    "sums without a name": ("Date,Units\n" + lines("2024-01-1{j},{i}") + ",190\n", 21, "Date Units", "holds the sums of all rows"),
    "a sum": ("Monat;Umsatz\n" + lines("M{i};{i},5") + "Summe;200,0\n", 21, "Monat Umsatz", "1 row looks like a total"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_the_lines_of_a_file_are_told_apart(name, tmp_path):
    text, rows, columns, says = TABLES[name]
    values, report = read(tmp_path, text)
    assert list(values) == columns.split("|" if "|" in columns else " ")
    assert report.rows == rows
    assert says in " ".join(report.notes)
    assert report.lines.accounted == report.lines.total == len(text.splitlines())


@pytest.mark.parametrize(
    "late", ["# the pump was off", "a,b,c", "x,,", ",,", "NA,NA,NA", "2.5,1e3,7", "7,1,", "1,2,3,4"]
)
def test_what_comes_far_down_is_read_like_what_comes_first(tmp_path, late):
    few = "a,b,c\n" + numbers(rows=300) + f"{late}\n" + numbers(rows=300)
    many = "a,b,c\n" + numbers(rows=25_000) + f"{late}\n" + numbers(rows=300)
    first, last = read(tmp_path, few)[1].lines, read(tmp_path, many)[1].lines
    kinds = ("header", "comments", "repeated", "empty", "rejected")
    assert [getattr(first, kind) for kind in kinds] == [getattr(last, kind) for kind in kinds]
    assert last.rows - first.rows == 24_700
    assert last.accounted == last.total


def test_an_empty_field_in_the_last_row_makes_no_total_of_it(tmp_path):
    _, report = read(tmp_path, "Date,Units\n" + lines("2024-01-1{j},{i}") + ",19\n")
    assert report.notes == ()


def test_one_column_without_a_comma_in_its_name_holds_decimals(tmp_path):
    values, _ = read(tmp_path, "V\n-184,000\n300,000\n13,125\n")
    assert values == {"V": [-184.0, 300.0, 13.125]}


def test_a_line_longer_than_any_line_may_be_is_left_out_and_said(tmp_path):
    _, report = read(tmp_path, "a,b\n1,2\n" + "x" * (9 << 20) + ",3\n4,5\n" + "y" * (33 << 20) + ",3\n6,7\n")
    assert (report.rows, report.lines.rejected) == (3, 2)
    assert "2 rows were left out, longer than 8 MB" in " ".join(report.notes)


def test_the_kinds_of_rows_left_out_are_counted_apart(tmp_path):
    _, report = read(tmp_path, "a,b,c\n" + numbers() + "1,2,3,4\n5,6\n7\n" + numbers())
    assert "3 rows were left out (1 with more than 3 fields, 2 with fewer than 3 fields)" in " ".join(report.notes)
    assert "line 22: '1,2,3,4'" in " ".join(report.notes)


def test_rows_without_a_value_are_no_rows_in_json(tmp_path):
    values, report = read(tmp_path, '{"a": 1}\n\n{"a": null}\n{}\n{"a": 2}\n', "x.jsonl")
    assert values == {"a": [1, 2]}
    assert report.lines == LineCounts(total=5, rows=2, empty=3)
    assert "1 empty line was skipped. 2 empty rows were left out." in " ".join(report.notes)


def test_rows_without_a_value_are_no_rows_in_parquet(tmp_path):
    pq.write_table(pa.table({"a": [1, None, 2], "b": ["x", None, None]}), tmp_path / "x.parquet")
    report = read_table(tmp_path / "x.parquet", tmp_path / "out.parquet")
    assert (report.rows, report.notes) == (2, ("1 empty row was left out.",))


def test_a_workbook_keeps_the_place_of_a_column_without_a_name(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Report"])
    book.active.append([])
    book.active.append(["temperature", "pressure", None])
    for i in range(20):
        book.active.append([i, 1000 + i % 5, f"note {i % 3}"])
        if i == 7:
            book.active.append([])
    book.active.append(["Source: the water board"])
    book.save(tmp_path / "x.xlsx")
    report = read_table(tmp_path / "x.xlsx", tmp_path / "out.parquet")
    values = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert values["temperature"] == list(range(20))
    assert list(values) == ["temperature", "pressure", "column 3"]
    assert report.lines == LineCounts(total=25, rows=20, header=1, preamble=1, empty=2, footer=1)
