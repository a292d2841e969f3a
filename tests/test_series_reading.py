"""From files to series: stamps, order, gaps, several series and files, and ten odd files each with its sentence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.modalities.series.ingesting import Written
from core.modalities.series.recognising import recognised


def frame(n: int = 200, **more: object) -> pd.DataFrame:
    t = pd.date_range("2026-03-01", periods=n, freq="5min")
    return pd.DataFrame({"time": t, "load": np.sin(np.arange(n) / 9) + np.arange(n) % 3 * 0.01, **more})


def written(table: pd.DataFrame, folder: Path, **said: object) -> Written:
    table.to_parquet(folder / "data.parquet", index=False)
    return Written(folder / "data.parquet", folder, **said)


def values(one: Written) -> np.ndarray:
    return np.load(one.content["channels.npy"])


def said(one: Written) -> str:
    return " ".join(one.notes)


def test_rows_are_put_in_the_order_of_time(tmp_path: Path) -> None:
    table = frame()
    one = written(table.sample(frac=1, random_state=0), tmp_path)
    assert np.array_equal(values(one)[0], table["load"])
    assert "were put in the order of 'time'" in said(one)


@pytest.mark.parametrize("how", ["mean", "first", "keep"])
def test_rows_with_one_stamp_become_what_was_chosen(how: str, tmp_path: Path) -> None:
    table = frame(60)
    table.loc[10, "time"] = table.loc[9, "time"]
    table.loc[[9, 10], "load"] = [1.0, 3.0]
    one = written(table, tmp_path, duplicates=how)
    found = values(one)[0]
    assert len(found) == (60 if how == "keep" else 59)
    assert found[9] == (2.0 if how == "mean" else 1.0)
    assert "1 row repeat a stamp" in said(one)


def test_no_stretch_runs_over_a_gap_or_the_end_of_a_series(tmp_path: Path) -> None:
    table = frame()
    table.loc[120:, "time"] += pd.Timedelta(days=60)
    one = written(table, tmp_path)
    assert one.about.spans.tolist() == [[0, 120], [120, 200]]
    assert "1 gap of more than 17.5 minutes, the longest of 60 days: no window runs over one." in said(one)
    assert written(table, tmp_path, gaps="keep").about.spans.tolist() == [[0, 200]]
    pumps = pd.concat([frame(50).assign(pump=name) for name in ("a", "b")])
    both = written(pumps, tmp_path, group="pump")
    assert both.about.spans.tolist() == [[0, 50], [50, 100]]
    assert both.about.names == ("a", "b")


def test_irregular_steps_are_kept_as_they_are(tmp_path: Path) -> None:
    steps = np.random.default_rng(0).exponential(60, 200).cumsum()
    table = frame().assign(time=pd.Timestamp("2026-01-01") + pd.to_timedelta(steps, unit="s"))
    one = written(table, tmp_path)
    assert one.about.spans.tolist() == [[0, 200]]
    assert "at irregular steps, which are kept" in said(one)


@pytest.mark.parametrize(("unit", "word"), [("s", "seconds"), ("ms", "milliseconds"), ("us", "microseconds")])
def test_numbers_since_1970_are_read_in_their_unit(unit: str, word: str, tmp_path: Path) -> None:
    table = frame()
    table["time"] = table["time"].to_numpy(f"datetime64[{unit}]").astype("int64")
    one = written(table, tmp_path, time="time")
    assert np.load(one.content["moments.npy"])[1] == pd.Timestamp("2026-03-01 00:05").timestamp()
    assert word in said(one)


def test_stamps_of_one_zone_and_of_mixed_offsets_are_moments_in_utc(tmp_path: Path) -> None:
    zoned = frame().assign(time=lambda t: t["time"].dt.tz_localize("Europe/Berlin"))
    assert np.load(written(zoned, tmp_path).content["moments.npy"])[0] == pd.Timestamp("2026-02-28 23:00").timestamp()
    utc = frame()["time"]
    mixed = [f"{(at + pd.Timedelta(hours=k % 2)).isoformat()}+0{k % 2}:00" for k, at in enumerate(utc)]
    assert np.allclose(np.diff(np.load(written(frame().assign(time=mixed), tmp_path).content["moments.npy"])), 300)


def test_the_doubled_hour_is_merged_and_said(tmp_path: Path) -> None:
    hours = pd.date_range("2026-10-24 22:00", periods=12, freq="30min", tz="UTC").tz_convert("Europe/Berlin")
    table = pd.DataFrame({"time": hours.tz_localize(None), "load": np.arange(12.0)})
    assert "rows repeat a stamp" in said(written(table, tmp_path)) or "came before its time" in said(
        written(table, tmp_path)
    )


def test_a_series_is_recognised_with_its_reason_and_a_table_is_not(tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "load.csv", index=False)
    found = recognised([tmp_path / "load.csv"])
    assert found.confidence > 0.5
    assert "rows every 5 minutes" in found.reason
    rng = np.random.default_rng(0)
    pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"]).to_csv(tmp_path / "table.csv", index=False)
    assert recognised([tmp_path / "table.csv"]).confidence < 0.5
    noise = frame().assign(load=rng.normal(size=200))
    noise.to_csv(tmp_path / "noise.csv", index=False)
    assert recognised([tmp_path / "noise.csv"]).confidence < 0.5


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        (frame(3).iloc[:0], "holds no row"),
        (frame(5).assign(time=pd.Timestamp("2026-03-01")), "have the same stamp in 'time'"),
        (frame(5).drop(columns="load"), "No column holds numbers"),
        (frame(5).assign(time=pd.NaT), "can be read as a time"),
    ],
)
def test_what_cannot_be_a_series_is_refused_in_a_sentence(odd: pd.DataFrame, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=sentence):
        written(odd, tmp_path, time="time")


def test_rows_without_a_stamp_are_left_out_and_counted(tmp_path: Path) -> None:
    table = frame()
    table.loc[[3, 7], "time"] = pd.NaT
    one = written(table, tmp_path)
    assert len(values(one)[0]) == 198
    assert "2 rows without a stamp in 'time' left out" in said(one)


def test_labelled_ranges_label_the_moments_within(tmp_path: Path) -> None:
    table = frame()
    (tmp_path / "ranges.csv").write_text("start,end\n2026-03-01 01:00,2026-03-01 02:00\n", encoding="utf-8")
    one = written(table, tmp_path)
    one.add_ranges(tmp_path / "ranges.csv", "load.csv")
    assert one.schema.label == "label"
    assert one.table.frame(["label"])["label"].sum() == 13
    (tmp_path / "windows.json").write_text('{"x/load.csv": [["2026-03-01 01:00", "2026-03-01 02:00"]]}')
    other = written(table, tmp_path)
    other.add_ranges(tmp_path / "windows.json", "load.csv")
    assert other.table.frame(["label"])["label"].sum() == 13
    (tmp_path / "late.csv").write_text("start,end\n2027-03-01,2027-03-02\n", encoding="utf-8")
    with pytest.raises(DataError, match="None of the 1 ranges"):
        written(table, tmp_path).add_ranges(tmp_path / "late.csv", "load.csv")
