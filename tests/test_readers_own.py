"""What single formats have of their own: sparse rows, value labels, several tables, and what is never opened."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import pickle
import sqlite3
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import scipy.io
from table_files import content_of, frame

from core.errors import DataError
from core.index.schema import infer_schema
from core.index.table import Table
from core.readers import ReadOptions, ReadReport, read_table
from core.readers.process.one_file import read_file
from core.readers.process.requests import request

DAY = dt.datetime
X = np.random.default_rng(0).normal(size=(12, 3))
Y = (np.arange(12) % 6 == 0).astype(float)


def read(source: Path, **options: Any) -> tuple[dict[str, list[Any]], ReadReport]:
    out = source.parent / "out.parquet"
    report = read_table(source, out, options=ReadOptions(**options))
    return pq.read_table(out).to_pydict(), report


def matlab(tmp_path, **variables) -> Path:
    scipy.io.savemat(tmp_path / "x.mat", variables)
    return tmp_path / "x.mat"


def test_arff_has_sparse_rows_dates_quoted_names_and_missing_values(tmp_path):
    file = tmp_path / "x.arff"
    file.write_text(
        "% about\n@RELATION 'a b'\n@ATTRIBUTE 'the first' NUMERIC\n@attribute w {no, yes, 'may be'}\n"
        '@attribute d date "dd.MM.yyyy HH:mm"\n@attribute s string\n@attribute class {neg,pos}\n@DATA\n'
        "{0 1.5, 2 \"01.02.2024 10:00\", 3 'a, b'}\n{1 'may be', 2 '13.02.2024 11:00', 3 it\\'s, 4 pos}\n% in between\n"
        '2,?,?,"x, y",pos\n3,other,?,z,neg,1\n'
    )
    values, report = read(file)
    assert values == {
        "the first": [1.5, 0.0, 2.0],
        "w": ["no", "may be", None],
        "d": [DAY(2024, 2, 1, 10), DAY(2024, 2, 13, 11), None],
        "s": ["a, b", "it\\'s", "x, y"],
        "class": ["neg", "pos", "pos"],
    }
    assert "1 row was left out, because it does not have 5 fields, the first in line 13" in " ".join(report.notes)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "rows", "columns", "label"),
    [("wine.arff", 178, 14, "class"), ("credit-g.arff", 1000, 21, "class"), ("cardio.mat", 1831, 22, "label")],
)
def test_public_files_are_read_with_their_label(shared_data, tmp_path, name, rows, columns, label):
    source = shared_data / "odd" / name
    if not source.is_file():
        pytest.skip("The public file is not beside the checkout.")
    report = read_table(source, tmp_path / "out.parquet")
    assert (report.rows, len(report.columns)) == (rows, columns)
    assert infer_schema(Table(tmp_path / "out.parquet")).label == label


def test_matlab_matrices_get_their_label_names_and_direction(tmp_path):
    expected = {"x0": X[:, 0].tolist(), "x1": X[:, 1].tolist(), "x2": X[:, 2].tolist(), "label": Y.tolist()}
    assert read(matlab(tmp_path, X=X, y=Y[:, None]))[0] == expected
    values, report = read(matlab(tmp_path, X=X.T, y=Y))
    assert values == expected
    assert "turned around" in " ".join(report.notes)
    names = np.array(["a", "b", "c"], dtype=object)
    assert list(read(matlab(tmp_path, data={"X": X, "y": Y, "names": names}))[0]) == ["a", "b", "c", "label"]
    values, report = read(
        matlab(tmp_path, temperature=X[:, 0], state=np.array(["on", "off"] * 6, dtype=object), fs=5.0)
    )
    assert list(values) == ["temperature", "state"]
    assert values["state"][:2] == ["on", "off"]


def test_of_matlab_variables_one_can_be_named_and_the_rest_is_said(tmp_path):
    file = matlab(tmp_path, Xtrain=X, Xtest=X[:5], ytest=Y[:5])
    values, report = read(file, sheet="Xtest")
    assert list(values) == ["Xtest0", "Xtest1", "Xtest2", "label"]
    assert "left out: 'Xtrain'" in " ".join(report.notes)
    with pytest.raises(DataError, match="no array 'Z'"):
        read(file, sheet="Z")


def test_value_labels_are_words_and_declared_codes_are_missing(tmp_path):
    library = pytest.importorskip("pyreadstat")
    data = pd.DataFrame({"q": [1.0, 2.0, 9.0, 1.0], "age": [30.0, 99.0, 41.0, 55.0], "sex": [0.0, 1.0, 1.0, 0.0]})
    labels = {"q": {1: "yes", 2: "no"}, "age": {99: "refused"}, "sex": {0: "f", 1: "m"}}
    library.write_sav(data, str(tmp_path / "x.sav"), variable_value_labels=labels, missing_ranges={"q": [9]})
    values, report = read(tmp_path / "x.sav")
    assert values == {"q": ["yes", "no", None, "yes"], "age": [30, 99, 41, 55], "sex": ["f", "m", "m", "f"]}
    said = " ".join(report.notes)
    assert "'q (9)'" in said
    assert "99 is refused" in said


def database(tmp_path) -> Path:
    connection = sqlite3.connect(tmp_path / "x.db")
    pd.DataFrame({"k": [1, 2]}).to_sql("small", connection, index=False)
    frame().astype({"time": str}).to_sql("large", connection, index=False)
    connection.execute("CREATE VIEW odd AS SELECT * FROM large WHERE label = 1")
    connection.execute("CREATE TABLE mixed (a, b BLOB)")
    connection.executemany("INSERT INTO mixed VALUES (?, ?)", [(2**60, b"\x00"), (None, b"\x01")])
    connection.commit()
    connection.close()
    return tmp_path / "x.db"


def test_the_table_with_the_most_rows_is_read_and_another_can_be_named(tmp_path):
    file = database(tmp_path)
    values, report = read(file)
    assert len(values["whole"]) == 4
    assert "'small (2)'" in " ".join(report.notes)
    assert read(file, sheet="SMALL")[0] == {"k": [1, 2]}
    assert read(file, sheet="odd")[0]["whole"] == [2]
    values, report = read(file, sheet="mixed")
    assert "Bytes that are no text were left out" in " ".join(report.notes)
    assert [str(value) for value in values["a"]] == [str(2**60)], "an empty row is none"
    with pytest.raises(DataError, match="no table 'none'"):
        read(file, sheet="none")


def test_a_duckdb_view_of_the_servers_files_is_not_opened(tmp_path):
    import duckdb

    secret = tmp_path / "secret.csv"
    secret.write_text("password\nx\n")
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT 1 AS a; CREATE VIEW v AS SELECT * FROM read_csv('{secret}')")
    assert read(tmp_path / "x.duckdb")[0] == {"a": [1]}
    with pytest.raises(DataError, match="not opened from here"):
        read(tmp_path / "x.duckdb", sheet="v")


def test_what_an_hdf5_file_keeps_elsewhere_is_not_read_and_pandas_frames_are(tmp_path):
    h5py = pytest.importorskip("h5py")
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(100))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = np.arange(3)
        file["link"] = h5py.ExternalLink(str(secret), "b")
        file.create_dataset("raw", shape=(3,), dtype="u1", external=[(str(secret), 0, 3)])
        group = file.create_group("df")
        group.attrs.update({"pandas_type": "frame", "nblocks": 1})
        group["axis0"] = np.array([b"p", b"q"])
        group["block0_items"], group["block0_values"] = np.array([b"p", b"q"]), np.array([[1, 2], [3, 4], [5, 6]])
    values, report = read(tmp_path / "x.h5")
    assert values == {"p": [1, 3, 5], "q": [2, 4, 6], "a": [0, 1, 2]}
    assert "'link', 'raw'" in " ".join(report.notes)


def test_of_groups_with_the_same_arrays_one_is_read(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for group, count in {"train": 12, "test": 5}.items():
            file[f"{group}/X"], file[f"{group}/y"] = X[:count], Y[:count]
    values, report = read(tmp_path / "x.h5")
    assert list(values) == ["x0", "x1", "x2", "label"]
    assert "'test (5)'" in " ".join(report.notes)
    assert len(read(tmp_path / "x.h5", sheet="test")[0]["label"]) == 5


def test_signals_in_rows_and_structs_in_cells_become_columns(tmp_path):
    values, report = read(matlab(tmp_path, val=X.T.repeat(10, axis=1), rate=100.0))
    assert list(values) == ["val0", "val1", "val2"]
    assert "turned around" in " ".join(report.notes)
    assert "left out: 'rate'" in " ".join(report.notes)
    assert read(matlab(tmp_path, s=[{"a": 1.0, "b": "u"}, {"a": 2.0, "b": "v"}]))[0] == {
        "a": [1.0, 2.0],
        "b": ["u", "v"],
    }


def test_the_largest_table_of_a_page_is_read_with_cells_that_span_several(tmp_path):
    rows = "".join(f"<tr><td>00{n}</td><td>{n},5</td></tr>" for n in range(1, 4))
    (tmp_path / "x.html").write_text(
        "<html><table><tr><td>menu</td><td>x</td></tr><tr><td>a</td><td>b</td></tr></table><table><caption>Sales</caption>"
        f"<thead><tr><th>code</th><th>amount</th></tr></thead>{rows}<tr><td colspan='2'>none</td></tr></table></html>"
    )
    pytest.importorskip("lxml")
    values, _report = read(tmp_path / "x.html", sheet="table 2: Sales")
    assert values["code"] == ["001", "002", "003", "none"]
    assert read(tmp_path / "x.html")[1].format == "HTML, table 2: Sales"
    assert "'table 1 (2)'" in " ".join(read(tmp_path / "x.html")[1].notes)


@pytest.mark.parametrize(("ending", "mode"), [("tar", "w"), ("tgz", "w:gz"), ("tar.xz", "w:xz")])
def test_a_tar_archive_is_unpacked_and_its_links_are_not_followed(tmp_path, ending, mode):
    secret, file = tmp_path / "secret.csv", tmp_path / f"x.{ending}"
    secret.write_text("password\nx\n")
    with tarfile.open(file, mode) as archive:
        for name, content in {"deep/table.csv": content_of("table.csv"), "README.md": b"hello"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(link)
    values, report = read(file)
    assert values["whole"] == [1, 2, 3, 40]
    assert "tar" in report.compression
    with pytest.raises(DataError, match="README"):
        read(file, sheet="README.md")


def test_formulas_without_a_kept_value_are_counted(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in [["qty", "total"], *([n, f"=A{n + 1}*2"] for n in range(1, 6))]:
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    values, report = read(tmp_path / "x.xlsx")
    assert values["total"] == [None] * 5
    assert "Column 'total' (B) holds 5 formulas without a kept value" in " ".join(report.notes)


def test_a_cover_sheet_is_passed_over(tmp_path):
    with pd.ExcelWriter(tmp_path / "x.xlsx") as book:
        pd.DataFrame({"Author": ["me"], "Date": [2024]}).to_excel(book, sheet_name="Info", index=False)
        pd.DataFrame({"a": range(30), "b": range(30)}).to_excel(book, sheet_name="Data", index=False)
    values, report = read(tmp_path / "x.xlsx")
    assert list(values) == ["a", "b"]
    assert "'Data' was read" in " ".join(report.notes)


def pickles() -> dict[str, bytes]:
    data = {"a": [1, 2], "b": np.arange(3)}
    files = {f"p{protocol}.pkl": pickle.dumps(data, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)}
    files |= {f"l{protocol}.pickle": pickle.dumps(frame(), protocol) for protocol in (0, 1)}
    return files | {"z.joblib": zlib.compress(pickle.dumps(data)), "g.pkl.gz": gzip.compress(pickle.dumps(data))}


@pytest.mark.parametrize("name", pickles())
def test_a_pickle_is_refused_with_what_to_do_instead(tmp_path, name):
    (tmp_path / name).write_bytes(pickles()[name])
    with pytest.raises(DataError, match=r"never read.*to_parquet or to_csv"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [
        ("table.ods", "python_calamine", "python-calamine"),
        ("table.html", "lxml.html", "lxml"),
        ("table.sav", "pyreadstat", "pyreadstat"),
        ("table.h5", "h5py", "h5py"),
        ("newer.mat", "h5py", "h5py"),
    ],
)
def test_a_missing_library_is_named_with_what_to_install(tmp_path, monkeypatch, name, module, package):
    (tmp_path / name).write_bytes(content_of(name))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataError, match=rf"pip install {package}.*or save the table as CSV or Parquet\."):
        read_file(request(tmp_path / name, name, ReadOptions()), tmp_path, lambda _: None)
