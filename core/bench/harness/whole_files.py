"""A small table as a file of every format, to be damaged; formats whose library is not installed are left out."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ROWS = 60


def whole_files() -> dict[str, bytes]:
    """Each file's bytes, by its name."""
    found: dict[str, bytes] = {}
    table = _frame()
    for name, write in _WRITERS.items():
        with suppress(ImportError):
            found[name] = write(table)
    text = found["table.csv"]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        info = tarfile.TarInfo("table.csv")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    found |= {
        "table.csv.gz": gzip.compress(text),
        "table.csv.bz2": bz2.compress(text),
        "table.csv.xz": lzma.compress(text),
        "table.csv.zst": _zstd(text),
        "table.zip": zipped({"table.csv": text}),
        "table.tar": packed.getvalue(),
        "table.json.gz": gzip.compress(found["table.json"]),
        "wide.csv": text.decode().encode("utf-16"),
    }
    return found


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip file of these members."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def saved(save: Callable[[Path], object], ending: str = "") -> bytes:
    """What a library writes that wants a path."""
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        path = Path(folder) / f"table{ending}"
        save(path)
        return path.read_bytes()


def held(save: Callable[[io.BytesIO], object]) -> bytes:
    """What a library writes that takes an open file."""
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def _frame() -> Any:
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    values = {
        "whole": np.arange(ROWS),
        "number": rng.normal(size=ROWS).round(4),
        "words": rng.choice(["x", "y, z", "ä 'quoted'"], ROWS),
        "time": pd.date_range("2026-01-01", periods=ROWS, freq="h").astype("datetime64[ms]"),
        "label": rng.integers(0, 2, ROWS),
    }
    table = pd.DataFrame(values)
    table.loc[3, "number"] = np.nan
    return table


def _zstd(text: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(text)


def _arrow(table: Any, *, stream: bool = False, dictionary: bool = False) -> bytes:
    import pyarrow as pa

    found = pa.Table.from_pandas(table, preserve_index=False)
    if dictionary:
        found = found.set_column(2, "words", found.column("words").combine_chunks().dictionary_encode())
    sink = pa.BufferOutputStream()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, found.schema) as writer:
        writer.write_table(found, max_chunksize=ROWS // 3)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _arrays(table: Any, *, packed: bool) -> bytes:
    import numpy as np

    matrix = table[["whole", "number"]].to_numpy()
    if not packed:
        return held(lambda file: np.save(file, table.drop(columns=["words"]).to_records(index=False)))
    return held(lambda file: np.savez_compressed(file, X=matrix, y=table["label"].to_numpy()))


def _matlab(table: Any) -> bytes:
    import scipy.io

    return held(lambda file: scipy.io.savemat(file, {"X": table[["whole", "number"]].to_numpy(), "y": table["label"]}))


def _hdf5(path: Path, table: Any) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        for name in ("whole", "number", "label"):
            file.create_dataset(name, data=table[name].to_numpy(), chunks=True, compression="gzip")
        file["words"] = table["words"].tolist()


def _sqlite(path: Path, table: Any) -> None:
    connection = sqlite3.connect(path)
    table.astype({"time": str}).to_sql("readings", connection, index=False)
    connection.close()


def _duckdb(path: Path, table: Any) -> None:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE readings AS SELECT * FROM given")


def _statistics(kind: str) -> Callable[[Any], bytes]:
    def write(table: Any) -> bytes:
        import pyreadstat

        return saved(lambda path: getattr(pyreadstat, f"write_{kind}")(table, str(path)))

    return write


def _arff(table: Any) -> bytes:
    head = "@relation t\n@attribute whole numeric\n@attribute number real\n@attribute words string\n@data\n"
    rows = [f"{r.whole},{'?' if r.number != r.number else r.number},'{r.words[0]}'" for r in table.itertuples()]
    return (head + "\n".join(rows)).encode()


def _ods(table: Any) -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    cell = '<table:table-cell office:value-type="float" office:value="{}"/>'
    rows = "".join(
        f"<table:table-row>{cell.format(r.whole)}{cell.format(r.label)}</table:table-row>" for r in table.itertuples()
    )
    body = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{names}office:1.0" '
        f'xmlns:table="{names}table:1.0" xmlns:text="{names}text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="readings">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    mark = "application/vnd.oasis.opendocument.spreadsheet"
    parts = {"mimetype": mark, "META-INF/manifest.xml": "<manifest/>", "content.xml": body}
    return zipped({name: content.encode() for name, content in parts.items()})


_WRITERS: dict[str, Callable[[Any], bytes]] = {
    "table.csv": lambda table: table.to_csv(index=False).encode(),
    "table.tsv": lambda table: table.to_csv(index=False, sep="\t").encode(),
    "table.json": lambda table: table.to_json(orient="records", date_format="iso").encode(),
    "columns.json": lambda table: table.to_json(orient="columns", date_format="iso").encode(),
    "table.jsonl": lambda table: table.to_json(orient="records", lines=True, date_format="iso").encode(),
    "table.parquet": lambda table: held(lambda file: table.to_parquet(file, index=False)),
    "table.arrow": _arrow,
    "table.arrows": lambda table: _arrow(table, stream=True),
    "codes.arrow": lambda table: _arrow(table, dictionary=True),
    "table.feather": lambda table: held(table.to_feather),
    "table.npy": lambda table: _arrays(table, packed=False),
    "table.npz": lambda table: _arrays(table, packed=True),
    "table.mat": _matlab,
    "table.h5": lambda table: saved(lambda path: _hdf5(path, table)),
    "table.dta": lambda table: held(lambda file: table.to_stata(file, write_index=False)),
    "table.sav": _statistics("sav"),
    "table.xpt": _statistics("xport"),
    "table.db": lambda table: saved(lambda path: _sqlite(path, table)),
    "table.duckdb": lambda table: saved(lambda path: _duckdb(path, table)),
    "table.xlsx": lambda table: held(lambda file: table.to_excel(file, index=False)),
    "table.ods": _ods,
    "table.arff": _arff,
    "table.html": lambda table: table.to_html(index=False).encode(),
}
