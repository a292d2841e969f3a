"""A file is interpreted once: what training learnt of its notation holds for later files, or is contradicted aloud."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from core.errors import DataError
from core.index.table import Table
from core.readers import ReadOptions, read_table
from core.readers.ingest import ingest
from core.readers.later import read_later
from core.readers.reading.trained.interpretation import Interpretation
from core.readers.reading.trained.matching import folded, matched
from core.store.workspace import open_workspace

GERMAN = "a;p\nA;1.299,50\nB;12,5\n"
DAYS = "t,x\n" + "".join(f"{day:02d}/{month:02d}/2026,{day}.5\n" for month in (1, 2) for day in (1, 13, 28))
MONTHS = "t,x\n" + "".join(f"{month:02d}/{day:02d}/2026,{day}.5\n" for month in (1, 2) for day in (1, 13, 28))
SWISS = "a;p\n" + "".join(f"A{k};{k}'{k}{k}{k}.50\n" for k in range(1, 9))
COUNTRIES = "c,x\n" + "".join(f"{c},1\n" for c in ["DE", "FR", "IT", "ES", "PL", "NA", "AT", "CH", "SE", "NO"])


class Pair:
    """A file that is trained on and a later one, in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def later(self, first, second, *, needed=(), said=None, train=None, names=("first.csv", "second.csv")):
        """The later file's frame and notes, read like the first."""
        one, two = (self._put(name, content) for name, content in zip(names, (first, second), strict=True))
        report = read_table(one, self.folder / "first.parquet", options=train)
        # As it is stored with the dataset and with the detector.
        kept = Interpretation.of(json.loads(json.dumps(report.to_dict())))
        assert kept == report.interpretation
        out = self.folder / "second.parquet"
        read = read_later(two, out, kept, needed or kept.names, options=said)
        return pd.read_parquet(out), " ".join(read.notes)

    def _put(self, name, content) -> Path:
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif name.endswith("parquet"):
            content.to_parquet(path)
        else:
            with pd.ExcelWriter(path) as book:
                for sheet, frame in content.items():
                    frame.to_excel(book, sheet_name=sheet, index=False)
        return path


@pytest.fixture
def pair(tmp_path) -> Pair:
    return Pair(tmp_path)


def days(*texts):
    return [pd.Timestamp(text) for text in texts]


HOLDS = {
    "thousands that a decimal comma proves": (GERMAN, "a;p\nA;1.299\nB;5.000\n", "p", [1299.0, 5000.0]),
    "one row": (GERMAN, "a;p\nA;1.299\n", "p", [1299.0]),
    "a comma between thousands": ("p,x\n1.25,a\n2.5,b\n", 'p,x\n"1,299",a\n', "p", [1299.0]),
    "an apostrophe between thousands": (SWISS, "a;p\nA1;1'299\nA2;2.750\n", "p", [1299.0, 2.75]),
    "decimals in a column of whole numbers": ("n;p\n1;1,5\n2;2,5\n", "n;p\n1,5;1,5\n2;2\n", "n", [1.5, 2.0]),
    "the day first": (DAYS, "t,x\n03/04/2026,1\n04/05/2026,2\n", "t", days("2026-04-03", "2026-05-04")),
    "the month first": (MONTHS, "t,x\n03/04/2026,1\n04/05/2026,2\n", "t", days("2026-03-04", "2026-04-05")),
    "the day first, with a time": (DAYS, "t,x\n03/04/2026 10:00,1\n", "t", days("2026-04-03 10:00")),
    "a date that no order can change": (DAYS, "t,x\n2026-12-31,1\n", "t", days("2026-12-31")),
    "codes with zeros in front": ("z,x\n01234,1\n99999,2\n00001,3\n", "z,x\n12345,1\n", "z", ["12345"]),
    "Namibia among countries": (COUNTRIES, "c,x\nNA,1\nDE,2\n", "c", ["NA", "DE"]),
    "true and false in capitals": ("k,x\ntrue,1\nfalse,2\n", "k,x\nTRUE,1\nFalse,2\n", "k", [True, False]),
    "one and zero for true and false": ("k,x\ntrue,1\nfalse,2\n", "k,x\n0,1\n1,2\n", "k", [0, 1]),
    "another delimiter": ("a;p\nA;1,5\nB;2,5\n", 'a,p\nA,"1,5"\nB,"2,25"\n', "p", [1.5, 2.25]),
    "words alone, whose header nothing shows": ("a,b\nx,y\nz,w\nq,r\n", "a,b\nx,y\n", "a", ["x"]),
    "a mark in front of the first name": ("Preis,b\n1,2\n3,4\n", "\ufeffPreis,b\r\n5,6\r\n", "Preis", [5]),
    "no header, as before": ("1.5,3,a\n2.5,4,b\n", "3.5,3,a\n", "column 1", [3.5]),
    "names where there were none": ("1.5,3,a\n2.5,4,b\n", "p,m,k\n3.5,3,a\n", "column 1", [3.5]),
}


@pytest.mark.parametrize("what", HOLDS)
def test_what_the_first_file_proves_holds_for_a_later_one(what: str, pair: Pair):
    first, second, column, expected = HOLDS[what]
    frame, _ = pair.later(first, second)
    assert frame[column].tolist() == expected


CONTRARY = {
    "a point before the decimals": (GERMAN, "a;p\nA;1299.5\nB;12.25\n", "1299.5", "--decimal point"),
    "a comma before the decimals": (SWISS, "a;p\nA1;1299,50\nA2;2750,00\n", "1299,50", "--decimal comma"),
    "decimals of whole numbers": ("n;p\n1;1,5\n2;2,5\n", "n;p\n1.5;1,5\n2;2\n", "1.5", "--decimal point"),
    "the month first": (DAYS, "t,x\n12/31/2026,1\n03/04/2026,2\n", "12/31/2026", "--dates month-first"),
    "the month first, with dashes": (DAYS, "t,x\n12-31-2026,1\n03-04-2026,2\n", "12-31-2026", "--dates month-first"),
    "other words for true": ("k,x\ntrue,1\nfalse,2\n", "k,x\nyes,1\nperhaps,2\n", "yes", "Write it as that one is."),
}


@pytest.mark.parametrize("what", CONTRARY)
def test_a_file_that_is_written_otherwise_is_refused_by_column_count_and_remedy(what: str, pair: Pair):
    first, second, value, remedy = CONTRARY[what]
    with pytest.raises(DataError) as refused:
        pair.later(first, second)
    assert "contradicts the file that was trained on" in str(refused.value)
    assert f"values here, the first '{value}' in row 1," in str(refused.value)
    assert remedy in str(refused.value)


def test_what_is_said_of_a_later_file_wins(pair: Pair):
    frame, _ = pair.later(GERMAN, "a;p\nA;1299.5\nB;1.299\n", said=ReadOptions(decimal="."))
    assert frame["p"].tolist() == [1299.5, 1.299]
    frame, _ = pair.later(DAYS, "t,x\n12/31/2026,1\n03/04/2026,2\n", said=ReadOptions(day_first=False))
    assert frame["t"].tolist() == days("2026-12-31", "2026-03-04")


def test_values_that_cannot_be_read_as_the_first_files_are_counted(pair: Pair):
    frame, notes = pair.later(GERMAN, "a;p\nA;1299.5\nB;12,25\nC;1,5\n")
    assert frame["p"].isna().tolist() == [True, False, False]
    assert "Of 3 values of column 'p', 1 are no numbers and count as missing, such as '1299.5'." in notes
    frame, notes = pair.later(DAYS, "t,x\n03/04/2026,1\nsoon,2\n05/06/2026,3\n")
    assert frame["t"].isna().tolist() == [False, True, False]
    assert "1 are no dates and count as missing, such as 'soon'" in notes


def test_a_value_far_down_is_counted_too(pair: Pair):
    frame, notes = pair.later(GERMAN, "a;p\n" + "A;1.299\n" * 25_000 + "B;oops\n")
    assert (frame["p"].iloc[0], frame["p"].isna().sum()) == (1299.0, 1)
    assert "such as 'oops'" in notes
    with pytest.raises(DataError, match=r"1 of 25,001 values here, the first '12.5' in row 25,001"):
        pair.later(GERMAN, "a;p\n" + "A;1.299\n" * 25_000 + "B;12.5\n")


def test_columns_that_the_detector_does_not_read_contradict_nothing(pair: Pair):
    frame, _ = pair.later("p;q\n1.299,50;1,5\n12,5;2,5\n", "p;q\n1.299;1.55\n", needed=["p"])
    assert frame["p"].tolist() == [1299.0]


@pytest.mark.parametrize(
    ("word", "first", "second"),
    [("-200", "x,y\n1.5,a\n-200,b\n", "x,y\n-200.0,b\n2,c\n"), ("k.A.", "x,y\n1,a\nk.A.,b\n", "x,y\nk.A.,b\n2,c\n")],
)
def test_words_for_missing_that_were_said_hold(word: str, first: str, second: str, pair: Pair):
    frame, _ = pair.later(first, second, train=ReadOptions(missing=(word,)))
    assert frame["x"].isna().tolist() == [True, False]


def test_what_differs_in_layout_is_said(pair: Pair):
    _, notes = pair.later("a;p\nA;1,5\nB;2,5\n", "a\tp\nA\t1,5\n")
    assert "Fields are separated by tabs here, and by semicolons in the file that was trained on." in notes
    words = "Straße;Größe\nMüller;1,5\nÄcker;2,5\n"
    frame, notes = pair.later(words.encode("latin-1"), words, train=ReadOptions(encoding="latin-1"))
    assert frame["Straße"].tolist() == ["Müller", "Äcker"]
    assert "The character set is utf-8 here, and iso8859-1 in the file" in notes


def test_a_character_set_that_was_said_holds_where_nothing_proves_another(pair: Pair):
    words = "Město;x\nPříbram;1,5\nÚstí;2,5\n".encode("cp1250")
    frame, _ = pair.later(words, words, train=ReadOptions(encoding="cp1250"))
    assert frame["Město"].tolist() == ["Příbram", "Ústí"]


def test_the_sheet_that_was_said_is_taken_where_there_is_one(pair: Pair):
    info, table = pd.DataFrame({"k": list("abc")}), pd.DataFrame({"x": [1.5, 2, 3], "y": list("abc")})
    book, said, names = {"Info": info, "Daten": table}, ReadOptions(sheet="Daten"), ("a.xlsx", "b.xlsx")
    frame, notes = pair.later(book, {"Info": info, "Daten": table * 2}, train=said, names=names)
    assert (frame["x"].tolist(), notes) == ([3, 4, 6], "")
    _, notes = pair.later(book, {"Neu": table}, train=said, names=names)
    assert "The sheet 'Neu' was read here, and 'Daten' in the file that was trained on." in notes


def test_a_workbooks_numbers_are_numbers_whatever_a_text_file_proved(pair: Pair):
    prices = pd.DataFrame({"a": ["A", "B"], "p": [1.299, 1299.5]})
    frame, _ = pair.later(GERMAN, {"Blatt": prices}, names=("a.csv", "b.xlsx"))
    assert frame["p"].tolist() == [1.299, 1299.5]
    for first, name in (({"Blatt": prices}, "a.xlsx"), (prices, "a.parquet")):
        frame, _ = pair.later(first, GERMAN, names=(name, "b.csv"))
        assert frame["p"].tolist() == [1299.5, 12.5]


@pytest.mark.parametrize("name", ["ALPHA", "alpha", " Al pha ", "al\u00a0pha", "al_pha", "Al-pha"])
def test_names_that_differ_in_case_and_blanks_alone_are_matched_and_said(name: str, pair: Pair):
    frame, notes = pair.later("Alpha,beta\n1.5,2\n3,4\n", f"{name},Beta\n5.5,6\n")
    assert frame.columns.tolist() == ["Alpha", "beta"]
    assert "Columns whose names differ in case or blanks alone were matched:" in notes
    assert "'Beta' as 'beta'" in notes


def test_a_name_that_could_be_two_stands_for_none(pair: Pair):
    assert matched(["a b", "a_b"], ["A B"]) == {}
    assert matched(["ab"], ["A B", "A_B"]) == {}
    assert folded("t-1") != folded("t1")
    for twice in ("ALPHA,alpha,b", "ALPHA,Alpha,b"):
        with pytest.raises(DataError, match="could both be 'Alpha'"):
            pair.later("Alpha,b\n1,2\n3,4\n", f"{twice}\n5,6,7\n")


def test_a_near_miss_is_named(pair: Pair):
    with pytest.raises(DataError, match="Nearest: 'temperature' for 'Temprature'"):
        pair.later("temperature,b\n1,2\n3,4\n", "Temprature,b\n5,6\n")


NUMBERS = "Alpha,beta\n0.5,1.25\n0.25,2.5\n"
ARTICLES = "art,p,m\nA1,1.5,3\nA2,2.5,4\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [(NUMBERS, "0.2,1.3\n0.4,1.5\n"), (ARTICLES, "A1,1.5,3\nA2,2.5,4\nA9,3.5,4\n"), (ARTICLES, "A7,1.75,30\n")],
)
def test_a_file_without_a_header_is_refused_with_the_way_to_say_so(first: str, second: str, pair: Pair):
    with pytest.raises(DataError, match=r"looks as if it had no header: .* --header no"):
        pair.later(first, second)
    frame, notes = pair.later(first, second, said=ReadOptions(header=False))
    assert frame.columns.tolist() == first.split("\n")[0].split(",")
    assert len(frame) == second.count("\n")
    assert "taken in the order of the file that was trained on" in notes


def test_a_file_without_names_has_the_columns_of_the_first_or_of_the_detector(pair: Pair):
    frame, _ = pair.later(ARTICLES, "A1,1.5\nA2,2.5\n", needed=["art", "p"], said=ReadOptions(header=False))
    assert frame.columns.tolist() == ["art", "p"]
    with pytest.raises(DataError, match=r"must have the 3 columns .* It has 4"):
        pair.later(ARTICLES, "A1,1.5,3,4\n", said=ReadOptions(header=False))


class Both:
    """Two files that are read into one dataset."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.space = folder, open_workspace()

    def read(self, first: str, second: str, **options) -> tuple[pd.DataFrame, str]:
        """The rows of the second file and the notes of the dataset."""
        files = [self.folder / "first.csv", self.folder / "second.csv"]
        for file, text in zip(files, (first, second), strict=True):
            file.write_text(text, encoding="utf-8")
        said = {name: ReadOptions(**values) for name, values in options.items()}
        dataset = ingest(self.space.store, self.space.artifacts, files[0], test=files[1], **said)
        table = Table.open(dataset, self.space.artifacts)
        return table.frame().iloc[table.main_rows :], " ".join(dataset.report["notes"])


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(folder / "home"))
        yield Both(folder)


@pytest.mark.parametrize("what", HOLDS)
def test_what_the_first_file_proves_holds_for_the_second_one(what: str, both: Both):
    first, second, column, expected = HOLDS[what]
    frame, _ = both.read(first, second)
    found = frame[column].tolist()
    # Where kinds differ the dataset has the wider one.
    assert found == expected or what == "one and zero for true and false"


@pytest.mark.parametrize("what", [what for what in CONTRARY if what != "other words for true"])
def test_a_second_file_that_is_written_otherwise_is_refused(what: str, both: Both):
    first, second, value, _ = CONTRARY[what]
    with pytest.raises(DataError, match=rf"contradicts the first file, in which .* the first '{value}' in row 1"):
        both.read(first, second)


def test_what_is_said_of_the_first_file_holds_for_the_second_and_what_is_said_of_the_second_wins(both: Both):
    first, second = "x,y\n1.5,a\n-200,b\n3,c\n", "x,y\n-200.0,b\n-999,c\n"
    frame, _ = both.read(first, second, options={"missing": ("-200",)})
    assert frame["x"].isna().tolist() == [True, False]
    frame, _ = both.read(GERMAN, "a;p\nA;1299.5\nB;1.299\n", test_options={"decimal": "."})
    assert frame["p"].tolist() == [1299.5, 1.299]


def test_a_second_file_without_names_has_those_of_the_first_in_their_order(both: Both):
    frame, notes = both.read(NUMBERS, "0.2,1.3\n0.4,1.5\n")
    assert frame["beta"].tolist() == [1.3, 1.5]
    assert "Second file: The file names no columns; they were taken in the order of the first file." in notes
    with pytest.raises(DataError, match="Nearest: 'beta' for 'betta'"):
        both.read(NUMBERS, "Alpha,betta\n0.2,1.3\n")
