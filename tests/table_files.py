"""One small table as a file of every format, for the tests that every reader must pass."""

from __future__ import annotations

import base64
import gzip
import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

COLUMNS: dict[str, list[Any]] = {
    "whole": [1, 2, 3, 40],
    "number": [1.5, None, -2e5, 0.25],
    "words": ["x", "y, z", "ä 'quoted'", "x"],
    "time": [pd.Timestamp(f"2024-0{month}-01 10:00") for month in (1, 2, 3, 4)],
    "label": [0, 1, 0, 0],
}


def frame(*left_out: str) -> pd.DataFrame:
    """The table, without some of its columns."""
    return pd.DataFrame(COLUMNS).drop(columns=list(left_out))


def _saved(save: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        save(path)
        return path.read_bytes()


def _held(save: Callable[[io.BytesIO], object]) -> bytes:
    held = io.BytesIO()
    save(held)
    return held.getvalue()


def _sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    frame().astype({"time": str}).to_sql("readings", connection, index=False)
    connection.close()


def _duckdb(path: Path) -> None:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.register("given", frame())
        connection.execute("CREATE TABLE readings AS SELECT * FROM given")


def _matlab(held: io.BytesIO) -> None:
    import scipy.io

    table = frame("time")
    columns = {name: table[name].to_numpy() for name in ("whole", "number", "label")}
    scipy.io.savemat(held, columns | {"words": np.array(table["words"].tolist(), dtype=object)})


def _matlab73(path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w", userblock_size=512) as file:
        for name in ("whole", "number", "label"):
            file.create_dataset(name, data=frame()[name].to_numpy()[None, :]).attrs["MATLAB_class"] = "double"
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


def _hdf5(path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, values in frame("time").items():
            file[f"readings/{name}"] = values.tolist() if name == "words" else values.to_numpy()


def _statistics(kind: str) -> Callable[[Path], object]:
    def save(path: Path) -> None:
        library = pytest.importorskip("pyreadstat")
        getattr(library, f"write_{kind}")(frame(), str(path))

    return save


def _arff() -> bytes:
    types = {"whole": "numeric", "number": "real", "words": "string", "time": "date 'yyyy-MM-dd HH:mm:ss'"}
    lines = ["% a comment", "@RELATION table", *(f"@attribute {n} {t}" for n, t in types.items())]
    lines += ["@attribute label {0,1}", "@data"]
    for row in frame().itertuples(index=False):
        cells = ["?" if pd.isna(cell) else "'" + str(cell).replace("'", "\\'") + "'" for cell in row]
        lines.append(",".join(cells))
    return "\n".join(lines).encode()


def _ods(held: io.BytesIO) -> None:
    """A sheet of OpenDocument as small as it can be."""
    names = "urn:oasis:names:tc:opendocument:xmlns:"

    def cell(value: Any) -> str:
        if isinstance(value, float) and np.isnan(value):
            return "<table:table-cell/>"
        if isinstance(value, pd.Timestamp):
            return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    rows = [list(frame().columns), *frame().itertuples(index=False)]
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content xmlns:office="{names}office:1.0" '
            f'xmlns:table="{names}table:1.0" xmlns:text="{names}text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="readings">{body}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )


_XLS = (
    "ABzY8000000t4+>O-L0{6h8OPeLp_*`7{kQl9%95ri*A(fj$e%Hi`w&FVuUzLB;n|qf)vk%UlXUtD=ozi#Ar9eyE^!L4i?=APAln"
    "ZK6d~&_bQgJ#%OBy$pO%f->JQXU;wMp6{Ny|1&SAOEMF8DrX=EEug`?SpePzHimbBod^Nuo2FFlryp<A#fn0KA3M_Pfrmvee6kN^"
    "f6oAi+u|uofcJPGg_F>kPU+!g#7>GK%47`9C>dNsOAsn3s#20CNUkAyi%LEs*-DmilFe8)!w$oAq_bhG8pQ{BHRT0C^4=q#w`AE2"
    "<?u|7;&YdnRn`MLjNWKsg=JKULYM^X&~`ng8!}xEH{_H(glOvMXliQ<_w;N}CNofmT|Nmv%rL-rdu~4oyY}U^GeG;#Y`gC-c0YDy"
    "uKh9>03%=?r>QcAUA;|MOR}Ly<Grcw{#n>Vi?>{)JpiYB(g__WdulKl(+z1z8}WV|MQ6}&s4+Yo0QeZLJ2jXd(BpMz8|Y2ySS%5Z"
    ">4|{c2x#F5Wi1><G@%Mn#-W(>5}H;atabM0*H;~}uE;U6j8GibmQo{Q2NTXq4|EPvj>nM=<gtn51!7%CdL_v+EQ8P5u5zX99;GrD"
    "DYq8u*+O_7sav4eqdxX|@BON=50Q<iPqohsmrcEiOh7fZQXKu|H42TakzKta@gQP9nOc6{k*xS*Df07>irrNEW--h`fYcI_R!X)G"
    "b5dNjm6g&k<#kd5Q$EGaa+n`uG>n+NB#&^(Ed3a9YLX4xl%ZA%`w`>oKee9aGGC}VB`?q6l_fYa22>oJ_=Mu)4qtME#m9-ytN64<"
    ";?#&QNRmJQW?FG-#OqPKn!{UEWASQPaf(HF1u<SH*$wvli>&t-4)2$Gi&r?jExZ)&N(Hx$-w1#U7cN}5aN)wmDg>jWC(toTr~|h="
    "!uiyHojJVc-QOgu7W*KL*8qM_?t&CP4H(L6{Hz5Jv$@z3eeC~*5(lt$1NtCFarEUqe(_U`EqtFPJBI$<6w0^$`F!I1&-MQTO;i*m"
    "02TlM"
)
"""The table as an .xls file, which nothing that the tests need can write: gzip, then base 85."""

FILES: dict[str, tuple[str, Callable[[], bytes], tuple[str, ...]]] = {
    "table.parquet": ("parquet", lambda: _held(frame().to_parquet), ()),
    "table.feather": ("arrow", lambda: _held(frame().to_feather), ()),
    "table.npy": (
        "arrays",
        lambda: _held(lambda held: np.save(held, frame("words").to_records(index=False))),
        ("words",),
    ),
    "table.mat": ("matlab", lambda: _held(_matlab), ("time",)),
    "newer.mat": ("matlab", lambda: _saved(_matlab73), ("time", "words")),
    "table.h5": ("hdf5", lambda: _saved(_hdf5), ("time",)),
    "table.dta": ("statistics", lambda: _held(lambda held: frame().to_stata(held, write_index=False)), ()),
    "table.sav": ("statistics", lambda: _saved(_statistics("sav")), ()),
    "table.xpt": ("statistics", lambda: _saved(_statistics("xport")), ()),
    "table.db": ("sqlite", lambda: _saved(_sqlite), ()),
    "table.duckdb": ("duckdb", lambda: _saved(_duckdb), ()),
    "table.xlsx": ("excel", lambda: _held(lambda held: frame().to_excel(held, index=False)), ()),
    "table.xls": ("workbooks", lambda: gzip.decompress(base64.b85decode(_XLS)), ()),
    "table.ods": ("workbooks", lambda: _held(_ods), ()),
    "table.arff": ("arff", _arff, ()),
    "table.html": ("html", lambda: frame().to_html(index=False).encode(), ()),
    "table.json": ("json", lambda: frame().to_json(orient="records", date_format="iso").encode(), ()),
    "table.csv": ("delimited", lambda: frame().to_csv(index=False).encode(), ()),
}
"""By the file's name: the reader that must take it, the bytes, and the columns that the format cannot hold."""

NEEDS = {
    "hdf5": "h5py",
    "statistics": "pyreadstat",
    "workbooks": "python_calamine",
    "html": "lxml",
    "newer.mat": "h5py",
}
"""What a reader, or one of the files, needs beyond what the project installs anyway."""


def content_of(name: str) -> bytes:
    """A file's bytes; the test is skipped where a library is missing that reads it."""
    reader, make, _ = FILES[name]
    for key in (reader, name):
        if key in NEEDS:
            pytest.importorskip(NEEDS[key])
    return make()


def expected_of(name: str) -> dict[str, list[Any]]:
    """What must come out of it."""
    left_out = FILES[name][2]
    return {column: values for column, values in COLUMNS.items() if column not in left_out}


__all__ = ["COLUMNS", "FILES", "content_of", "expected_of", "frame"]
