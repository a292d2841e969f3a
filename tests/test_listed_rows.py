"""Rows of a run as a file: in order, with reasons, verdicts, and the line of the file that a spreadsheet would show."""

import io
from functools import partial

import numpy as np
import pandas as pd
import pytest
from test_cli import run, train

from core.triage.listed_rows import as_file


@pytest.fixture
def trained(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=120).round(3), "b": rng.normal(size=120).round(3), "who": "=x"})
    frame.loc[57, "a"] = 500.0
    frame.to_csv("rows.csv", index=False)
    return train(capsys, "rows.csv", "--model", "dense", "--set", "training.epochs=2")["run"]


def test_flagged_rows_are_written_with_their_line_in_the_file_and_their_reasons(trained, capsys, tmp_path):
    run(capsys, "verdicts", trained, "--add", "57=anomaly", "--comment", "a spike")
    for ending, read in (
        ("csv", pd.read_csv),
        ("xlsx", partial(pd.read_excel, engine="openpyxl")),
        ("parquet", pd.read_parquet),
    ):
        code, out, _ = run(capsys, "export", trained, "--out", f"flagged.{ending}")
        assert code == 0, out
        found = read(f"flagged.{ending}")
        first = found.iloc[0]
        assert f"Wrote {len(found)} flagged row" in out
        assert (first["rank"], first["row"], first["file"], first["line"]) == (1, 57, "rows.csv", 59)
        with open("rows.csv") as file:
            assert file.readlines()[first["line"] - 1].startswith("500.0,")
        assert first["because"].startswith("a ")
        assert (first["verdict"], first["comment"], first["flagged"]) == ("anomaly", "a spike", "yes")
        assert found["score"].is_monotonic_decreasing
        assert first["who"] == ("=x" if ending == "parquet" else "'=x")
    code, out, _ = run(capsys, "export", trained, "--out", "top.csv", "--top", "7")
    assert len(pd.read_csv("top.csv")) == 7
    code, _, err = run(capsys, "export", trained, "--out", "top.txt")
    assert code == 2
    assert "written as .csv, .xlsx or .parquet" in err


def test_a_list_without_rows_is_a_file_with_its_headings_alone():
    empty = pd.DataFrame({"row": [], "score": []})
    assert pd.read_csv(io.BytesIO(as_file(empty, "csv"))).columns.tolist() == ["row", "score"]
