"""Times of day are read as seconds since midnight, in the first file and in later ones, and that is said."""

from pathlib import Path

import pandas as pd
import pytest

from core.readers import read_table
from core.readers.later import read_later


def read(folder: Path, *values: str) -> tuple[list[object], str]:
    (folder / "a.csv").write_text("t,x\n" + "".join(f"{value},{k}.5\n" for k, value in enumerate(values)))
    report = read_table(folder / "a.csv", folder / "a.parquet")
    return pd.read_parquet(folder / "a.parquet")["t"].tolist(), " ".join(report.notes)


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        (("14:05", "9:30", "00:00"), [50_700.0, 34_200.0, 0.0]),
        (("14:05:33.2", "23:59:59", "00:00:01.25"), [50_733.2, 86_399.0, 1.25]),
    ],
)
def test_times_of_day_are_seconds_since_midnight(tmp_path: Path, values: tuple[str, ...], seconds: list[float]) -> None:
    found, notes = read(tmp_path, *values)
    assert found == seconds
    assert "Column 't' holds times of day, which were read as seconds since midnight." in notes


def test_a_missing_time_is_missing(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "14:05", "NA", "", "15:06")
    assert found[0] == 50_700.0
    assert pd.isna(found[1])
    assert pd.isna(found[2])


@pytest.mark.parametrize("odd", ["75:30", "1:2:3:4", "14:05 PM", "noon"])
def test_a_column_with_a_value_that_is_no_time_is_text(tmp_path: Path, odd: str) -> None:
    found, notes = read(tmp_path, *(f"14:{minute}" for minute in range(10, 30)), odd)
    assert found[-1] == odd
    assert "were read as seconds" not in notes


def test_dates_are_no_times(tmp_path: Path) -> None:
    found, notes = read(tmp_path, "2024-01-01 14:05", "2024-01-02 15:05")
    assert found == [pd.Timestamp("2024-01-01 14:05"), pd.Timestamp("2024-01-02 15:05")]
    assert "times of day" not in notes


def test_a_later_file_is_read_as_the_first_was_and_what_is_no_time_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,x\n" + "14:05,1.5\n15:06,2.5\n" * 9)
    (tmp_path / "b.csv").write_text("t,x\n" + "16:00,1.5\nlate,2.5\n")
    kept = read_table(tmp_path / "a.csv", tmp_path / "a.parquet").interpretation
    assert kept is not None
    report = read_later(tmp_path / "b.csv", tmp_path / "b.parquet", kept, kept.names)
    assert pd.read_parquet(tmp_path / "b.parquet")["t"].tolist()[0] == 57_600.0
    assert "1 are no times of day and count as missing, such as 'late'" in " ".join(report.notes)
