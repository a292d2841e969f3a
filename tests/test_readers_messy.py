# ruff: noqa: RUF001 - the letters that are easily confused are what is tested
"""The CSV files that people really upload, one by one: what they look like, and what must come out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.readers import ReadOptions, read_table

DAY = dt.datetime


@dataclass(frozen=True)
class Case:
    text: str | bytes
    columns: dict[str, list[Any]]
    options: ReadOptions = field(default_factory=ReadOptions)
    says: str = ""
    """Part of a note that must be given."""


CASES = {
    "semicolons with a decimal comma": Case(
        "name;x;y\nanna;1,5;2,25\nbert;3,0;-4,125\n", {"name": ["anna", "bert"], "x": [1.5, 3.0], "y": [2.25, -4.125]}
    ),
    "German thousands": Case("a;b\n1.234,5;1\n22,75;2\n", {"a": [1234.5, 22.75], "b": [1, 2]}),
    "English thousands in quotes": Case('a,b\n"1,234.5",1\n22.75,2\n', {"a": [1234.5, 22.75], "b": [1, 2]}),
    "Swiss and French thousands": Case(
        "a\tb\n1'234.5\t1\u202f234,5\n12\t12,25\n", {"a": [1234.5, 12.0], "b": [1234.5, 12.25]}
    ),
    "a comma that could be either, after semicolons": Case(
        "a;b\n1,234;x\n5,678;y\n", {"a": [1.234, 5.678], "b": ["x", "y"]}, says="before the decimals"
    ),
    "a comma that could be either, beside decimal points": Case(
        'a,b\n"1,234",0.5\n"5,678",1.25\n', {"a": [1234.0, 5678.0], "b": [0.5, 1.25]}, says="between thousands"
    ),
    "a point that could be either, beside decimal commas": Case(
        "a;b\n1.234;0,5\n5.678;1,25\n", {"a": [1234.0, 5678.0], "b": [0.5, 1.25]}, says="between thousands"
    ),
    "tabs": Case("a\tb\n1\tx y\n2\tz, w\n", {"a": [1, 2], "b": ["x y", "z, w"]}),
    "pipes": Case("a|b\n1|x\n2|y\n", {"a": [1, 2], "b": ["x", "y"]}),
    "runs of blanks": Case(
        "  1.5   2  3\n 10.25  3  4\n", {"column 1": [1.5, 10.25], "column 2": [2, 3], "column 3": [3, 4]}
    ),
    "quoted line feeds and delimiters": Case('a,b\n"x\ny",1\n"p, ""q""",2\n', {"a": ["x\ny", 'p, "q"'], "b": [1, 2]}),
    "single quotes": Case("a,b\n'x, y',1\n'z',2\n'w, w',3\n", {"a": ["x, y", "z", "w, w"], "b": [1, 2, 3]}),
    "backslash escapes": Case('a,b\n"x \\"y\\", z",1\n"w",2\n', {"a": ['x "y", z', "w"], "b": [1, 2]}),
    "a comment and a preamble": Case(
        "# made by a machine\nReport of May\n\na,b\n1,2\n# in the middle\n3,4\n",
        {"a": [1, 3], "b": [2, 4]},
        says="before the table",
    ),
    "per cent comments": Case("% one\n% two\n1,2\n3,4\n", {"column 1": [1, 3], "column 2": [2, 4]}),
    "slashes as comments": Case("// one\na,b\n1,2\n// x\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
    "the header in a comment": Case("# x,y\n1,2\n3,4\n", {"x": [1, 3], "y": [2, 4]}, says="from a comment line"),
    "a hash that is no comment": Case("a,b\n#1,2\n#3,4 # four\n", {"a": ["#1", "#3"], "b": ["2", "4 # four"]}),
    "no header": Case("1,x\n2,y\n", {"column 1": [1, 2], "column 2": ["x", "y"]}, says="no header"),
    "no header among words": Case(
        "tcp,http,SF\nudp,dns,SF\ntcp,dns,SF\n",
        {"column 1": ["tcp", "udp", "tcp"], "column 2": ["http", "dns", "dns"], "column 3": ["SF", "SF", "SF"]},
    ),
    "a header of words alone": Case(
        "proto,service\ntcp,http\nudp,dns\n", {"proto": ["tcp", "udp"], "service": ["http", "dns"]}
    ),
    "numbers as names": Case(",0,1,2\n0,5,6,7\n1,8,9,7\n", {"column 1": [0, 1], "0": [5, 8], "1": [6, 9], "2": [7, 7]}),
    "years as names": Case(
        "country,2019,2020\nFR,1.5,2\nDE,3,4.5\n", {"country": ["FR", "DE"], "2019": [1.5, 3.0], "2020": [2.0, 4.5]}
    ),
    "units under the header": Case(
        "t,v\ns,m/s\n1,2.5\n2,3.5\n3,4.5\n", {"t": [1, 2, 3], "v": [2.5, 3.5, 4.5]}, says="units"
    ),
    "names twice, empty, and alike": Case(
        "a,a,,A\n1,2,3,4\n5,6,7,8\n",
        {"a": [1, 5], "a (2)": [2, 6], "column 3": [3, 7], "A (3)": [4, 8]},
        says="stood there twice",
    ),
    "lines that end in a delimiter": Case("a,b,\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}, says="end in a delimiter"),
    "row names as R writes them": Case("x,y\nr1,1,2\nr2,3,4\n", {"row name": ["r1", "r2"], "x": [1, 3], "y": [2, 4]}),
    "rows too long and too short": Case(
        "a,b\n" + "1,2\n" * 60 + "3\n4,5,6\n", {"a": [1] * 60, "b": [2] * 60}, says="2 rows were left out"
    ),
    "missing in many words": Case(
        "a,b,c\n1,x,2020-01-01\nNA,N/A,-\n?,null,NaN\nNone,,  \n-,-,n/a\n",
        {"a": [1, None, None, None, None], "b": ["x", None, None, None, None], "c": [DAY(2020, 1, 1), *[None] * 4]},
    ),
    "the word None as a category": Case(
        "a,b\n1,None\n2,mild\n3,None\n", {"a": [1, 2, 3], "b": ["None", "mild", "None"]}, says="the word 'None'"
    ),
    "a dash that means normal": Case(
        "a,b\n1,-\n2,-\n3,alert\n", {"a": [1, 2, 3], "b": ["-", "-", "alert"]}, says="most rows"
    ),
    "Namibia": Case(
        "c,n\n" + "".join(f"{c},1\n" for c in ["DE", "FR", "NL", "AT", "IT", "ES", "PL", "NA", "GB"]),
        {"c": ["DE", "FR", "NL", "AT", "IT", "ES", "PL", "NA", "GB"], "n": [1] * 9},
        says="Namibia",
    ),
    "missing words of one's own": Case(
        "a,b\n1,NA\n-999,x\n", {"a": [1, None], "b": ["NA", "x"]}, ReadOptions(missing=("-999", "none of it"))
    ),
    "a code beside the usual words": Case(
        "a,b\n1,NA\n-999,x\n,y\n", {"a": [1, None, None], "b": [None, "x", "y"]}, ReadOptions(missing=("-999",))
    ),
    "money": Case(
        'a,b,c,d\n"$1,234.50",USD 12,"12,5 €",R$ 3\n-$5,USD 1.5,"0,25 €",R$ 4\n',
        {"a": [1234.5, -5.0], "b": [12.0, 1.5], "c": [12.5, 0.25], "d": [3.0, 4.0]},
        says="without its '$'",
    ),
    "money in Sweden, Switzerland and India": Case(
        "a\tb\tc\n1 234,50 kr\tCHF 1\u2019345.50\t\u20b9 1,23,456.78\n12,00 kr\tCHF 2\u2019345.50\t\u20b9 99.50\n",
        {"a": [1234.5, 12.0], "b": [1345.5, 2345.5], "c": [123456.78, 99.5]},
    ),
    "several currencies": Case(
        'a,b\n"$1,234.50",1\n"\u20ac3,000.00",2\n',
        {"a": ["$1,234.50", "\u20ac3,000.00"], "b": [1, 2]},
        says="several currencies",
    ),
    "per cent behind some": Case(
        "a,b\n0.5,1%\n1.5%,2.5%\n2.5,3%\n",
        {"a": [0.5, 1.5, 2.5], "b": [1.0, 2.5, 3.0]},
        says="that some of its values have",
    ),
    "brackets mean negative": Case(
        'a,b\n"(1,234.00)",(1)\n"2,000.00",(2)\n(0.5),(3)\n',
        {"a": [-1234.0, 2000.0, -0.5], "b": ["(1)", "(2)", "(3)"]},
        says="read as negative",
    ),
    "a minus behind, and a long one": Case(
        "a;b\n1.234,5-;\u22125\n2,5;3\n", {"a": [-1234.5, 2.5], "b": [-5.0, 3.0]}, says="a minus behind"
    ),
    "a dash in accounts": Case('a,b\n"$ 1,000.50",1\n$ -,2\n$ 3.00,3\n', {"a": [1000.5, None, 3.0], "b": [1, 2, 3]}),
    "shares and per cent": Case(
        "a,b\n0.5,1\n50%,2\n0.25,3\n75%,4\n",
        {"a": [0.5, 50.0, 0.25, 75.0], "b": [1, 2, 3, 4]},
        says="whether they are shares",
    ),
    "months of years": Case(
        "a,b,c\n2023-11,Nov 2023,2023-24\n2023-12,Dec 2023,2024-25\n",
        {
            "a": [DAY(2023, 11, 1), DAY(2023, 12, 1)],
            "b": [DAY(2023, 11, 1), DAY(2023, 12, 1)],
            "c": ["2023-24", "2024-25"],
        },
    ),
    "times of a region": Case(
        "a,b\n2024-01-01 10:00 Europe/Berlin,1\n2024-07-01 10:00 Europe/Berlin,2\n",
        {"a": [DAY(2024, 1, 1, 9), DAY(2024, 7, 1, 8)], "b": [1, 2]},
        says="Europe/Berlin",
    ),
    "codes of letters and digits": Case("a,b\nCHF12,x1\nCHF13,x2\n", {"a": ["CHF12", "CHF13"], "b": ["x1", "x2"]}),
    "months by name": Case(
        'a,b,c,d\n"Nov 14,2013","2013,11,14",14. M\u00e4rz 2013,14 f\u00e9vr. 2013\n'
        '"Dec 2,2013","2013,12,2",2. Mai 2013,2 ao\u00fbt 2013\n',
        {
            "a": [DAY(2013, 11, 14), DAY(2013, 12, 2)],
            "b": [DAY(2013, 11, 14), DAY(2013, 12, 2)],
            "c": [DAY(2013, 3, 14), DAY(2013, 5, 2)],
            "d": [DAY(2013, 2, 14), DAY(2013, 8, 2)],
        },
    ),
    "weekdays and ordinals": Case(
        'a,b\n"Thursday, November 14th, 2013",14-Nov-13\n"Friday, May 3rd, 2013",03-May-13\n',
        {"a": [DAY(2013, 11, 14), DAY(2013, 5, 3)], "b": [DAY(2013, 11, 14), DAY(2013, 5, 3)]},
    ),
    "zones of time": Case(
        "a,b\n2013-11-14 10:00 CET,14.11.2013 10:00:00 +0200\n2013-07-14 10:00 CEST,14.07.2013 10:00:00 +0200\n",
        {
            "a": [DAY(2013, 11, 14, 9), DAY(2013, 7, 14, 8)],
            "b": [DAY(2013, 11, 14, 8), DAY(2013, 7, 14, 8)],
        },
        says="CEST (UTC+2) and CET (UTC+1), which were turned into UTC",
    ),
    "padded cells": Case("a, b , c\n1, x ,2\n3,  ?, 4\n", {"a": [1, 3], "b": ["x", None], "c": [2, 4]}),
    "infinity": Case("a\n1.5\ninf\n-Infinity\nnan\n2\n", {"a": [1.5, None, None, None, 2.0]}),
    "day first": Case("d\n13/05/2020\n02/06/2020\n", {"d": [DAY(2020, 5, 13), DAY(2020, 6, 2)]}),
    "month first": Case(
        "d\n05/13/2020 1:30 PM\n06/02/2020 11:00 AM\n", {"d": [DAY(2020, 5, 13, 13, 30), DAY(2020, 6, 2, 11)]}
    ),
    "day or month first": Case(
        "d,x\n01/02/2020,1\n02/02/2020,2\n03/02/2020,3\n",
        {"d": [DAY(2020, 2, d) for d in (1, 2, 3)], "x": [1, 2, 3]},
        says="day first",
    ),
    "month first, because the rows are in order": Case(
        "d,x\n01/02/2020,1\n01/03/2020,2\n01/04/2020,3\n",
        {"d": [DAY(2020, 1, d) for d in (2, 3, 4)], "x": [1, 2, 3]},
        says="month first",
    ),
    "dates with points and times": Case(
        "d;x\n31.12.2020 23:59;1,5\n01.01.2021;2\n",
        {"d": [DAY(2020, 12, 31, 23, 59), DAY(2021, 1, 1)], "x": [1.5, 2.0]},
    ),
    "dates with names": Case(
        "d,x\n3-May-2020,1\n14-Jun-2021,2\n", {"d": [DAY(2020, 5, 3), DAY(2021, 6, 14)], "x": [1, 2]}
    ),
    "time zones": Case(
        "t\n2020-01-01T10:00:00+02:00\n2020-01-01T10:00:00Z\n2020-01-01 10:00\n",
        {"t": [DAY(2020, 1, 1, 8), DAY(2020, 1, 1, 10), DAY(2020, 1, 1, 10)]},
    ),
    "true and false": Case("a,b\nTrue,1\nFALSE,2\n,3\n", {"a": [True, False, None], "b": [1, 2, 3]}),
    "postcodes": Case("zip,n\n01234,1\n99999,2\n", {"zip": ["01234", "99999"], "n": [1, 2]}),
    "numbers too long for numbers": Case(
        "id,n\n12345678901234567890,1\n22345678901234567890,2\n",
        {"id": ["12345678901234567890", "22345678901234567890"], "n": [1, 2]},
    ),
    "percent and money": Case(
        'p,m\n12.5%,"$1,200.50"\n3%,$7.00\n', {"p": [12.5, 3.0], "m": [1200.5, 7.0]}, says="without its '%'"
    ),
    "UTF-8 with a mark": Case("\ufeffä,b\nö,1\nü,2\n".encode(), {"ä": ["ö", "ü"], "b": [1, 2]}),
    "cp1252": Case(
        "name;price\nKäse;1,5\n€ur – “x”;2,5\n".encode("cp1252"), {"name": ["Käse", "€ur – “x”"], "price": [1.5, 2.5]}
    ),
    "UTF-16 little endian": Case("a,b\nä,1\nö,2\n".encode("utf-16"), {"a": ["ä", "ö"], "b": [1, 2]}),
    "UTF-16 without a mark": Case("alpha,beta\nä,1\nö,2\n".encode("utf-16-be"), {"alpha": ["ä", "ö"], "beta": [1, 2]}),
    "Cyrillic": Case(
        ("имя,число\n" + "привет,1\nмосква,2\nстолица россии,3\n" * 5).encode("cp1251"),
        {"имя": ["привет", "москва", "столица россии"] * 5, "число": [1, 2, 3] * 5},
    ),
    "old Macintosh lines": Case("a,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
    "mixed line ends": Case('a,b\r\n1,"x\ny"\r\n3,4\n5,6\r\n', {"a": [1, 3, 5], "b": ["x\ny", "4", "6"]}),
    "no line end at the end": Case("a,b\n1,2", {"a": [1], "b": [2]}),
    "one column": Case("value\n1.5\n2.5\n", {"value": [1.5, 2.5]}),
    "Excel's own hint": Case("sep=;\na;b\n1,5;2\n2,5;3\n", {"a": [1.5, 2.5], "b": [2, 3]}),
    "a quote that never closes": Case(
        "a,b\n" + "1,x\n" * 30 + '2,"5 inch\n' + "3,y\n" * 30,
        {"a": [1] * 30 + [2] + [3] * 30, "b": ["x"] * 30 + ["5 inch"] + ["y"] * 30},
        says="never closed",
    ),
    "NULs": Case(b"a,b\n1,x\x00\n2,y\n", {"a": [1, 2], "b": ["x", "y"]}),
    "a delimiter said": Case("a:b\n1:2\n3:4\n", {"a": [1, 3], "b": [2, 4]}, ReadOptions(delimiter=":")),
    "a header denied": Case("a,b\nc,d\n", {"column 1": ["a", "c"], "column 2": ["b", "d"]}, ReadOptions(header=False)),
    "a header insisted on": Case("1,2\n3,4\n", {"1": [3], "2": [4]}, ReadOptions(header=True)),
    "decimals said": Case(
        "a;b\n1,234;x\n5,678;y\n", {"a": [1234.0, 5678.0], "b": ["x", "y"]}, ReadOptions(decimal=".", thousands=",")
    ),
    "the day said to come second": Case(
        "d\n01/02/2020\n02/02/2020\n", {"d": [DAY(2020, 1, 2), DAY(2020, 2, 2)]}, ReadOptions(day_first=False)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_messy_file_is_read_right(name, tmp_path):
    case = CASES[name]
    source = tmp_path / "upload[1].csv"
    source.write_bytes(case.text if isinstance(case.text, bytes) else case.text.encode())
    report = read_table(source, tmp_path / "out.parquet", options=case.options)
    assert pq.read_table(tmp_path / "out.parquet").to_pydict() == case.columns
    assert report.columns == tuple(case.columns)
    assert report.rows == len(next(iter(case.columns.values())))
    assert case.says in " ".join(report.notes), report.notes
