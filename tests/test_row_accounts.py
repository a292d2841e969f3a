"""Formats without lines have an account of their rows: those in the file are those kept and those left out."""

import json
from pathlib import Path

import pandas as pd
import pytest

from core.readers import preview, read_table
from core.readers.reading.report import ReadReport

FRAME = pd.DataFrame({"a": [1.5, None, 3.5, 4.5], "b": ["x", None, "y", None]})
"""Its second row is empty."""
WRITERS = {
    "records.json": lambda path: path.write_text(FRAME.to_json(orient="records")),
    "columns.json": lambda path: path.write_text(json.dumps({"a": [1.5, None, 3.5, 4.5], "b": ["x", None, "y", None]})),
    "rows.json": lambda path: path.write_text('[["a","b"],[1.5,"x"],[null,null],[3.5,"y"],[4.5,null]]'),
    "table.parquet": FRAME.to_parquet,
    "table.feather": FRAME.to_feather,
    "table.dta": lambda path: FRAME.assign(b=FRAME["b"].fillna("")).to_stata(path, write_index=False),
}


def written(folder: Path, name: str) -> ReadReport:
    WRITERS[name](folder / name)
    return read_table(folder / name, folder / "out.parquet")


@pytest.mark.parametrize("name", WRITERS)
def test_rows_of_the_file_are_rows_kept_and_rows_left_out(tmp_path: Path, name: str) -> None:
    report = written(tmp_path, name)
    assert report.lines.total == len(FRAME)
    assert report.lines.rows == report.rows == 3
    assert report.lines.empty == 1
    assert report.lines.accounted == report.lines.total
    assert "1 empty row was left out." in report.notes


def test_where_only_some_rows_are_looked_at_there_is_no_account(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "table.parquet")
    assert not preview(tmp_path / "table.parquet", rows=2)[1].lines.total
