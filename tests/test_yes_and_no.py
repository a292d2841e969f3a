"""A later file may write yes and no where the first has true and false; what was taken for what is said."""

from pathlib import Path

import pandas as pd
import pytest

from core.errors import DataError
from core.index.table import Table
from core.readers import read_table
from core.readers.ingest import ingest
from core.readers.later import read_later
from core.store.workspace import open_workspace

FIRST = "ok,x\n" + "true,1.5\nfalse,2.5\n" * 20


def later(folder: Path, words: str) -> tuple[list[object], str]:
    (folder / "first.csv").write_text(FIRST)
    rows = "".join(f"{word},{k}.5\n" for k, word in enumerate(words.split()))
    (folder / "second.csv").write_text(f"ok,x\n{rows}", encoding="utf-8")
    kept = read_table(folder / "first.csv", folder / "first.parquet").interpretation
    assert kept is not None
    read = read_later(folder / "second.csv", folder / "second.parquet", kept, kept.names)
    return pd.read_parquet(folder / "second.parquet")["ok"].tolist(), " ".join(read.notes)


@pytest.mark.parametrize(
    ("words", "values", "says"),
    [
        ("yes No yes", [True, False, True], "'No' as false and 'yes' as true were read"),
        ("Y N", [True, False], "'N' as false and 'Y' as true"),
        ("n n", [False, False], "'n' as false was read"),
        ("ja nein", [True, False], "'ja' as true and 'nein' as false"),
        ("true no", [True, False], "'no' as false was read"),
    ],
)
def test_words_for_true_and_false_are_matched_and_said(
    tmp_path: Path, words: str, values: list[bool], says: str
) -> None:
    found, notes = later(tmp_path, words)
    assert found == values
    assert says in notes


def test_true_and_false_need_no_words(tmp_path: Path) -> None:
    assert later(tmp_path, "true false")[1] == ""


def test_words_whose_meaning_is_not_sure_are_not_matched(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="contradicts"):
        later(tmp_path, "yes maybe no")


def test_two_files_of_a_dataset_need_not_have_the_same_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    (tmp_path / "first.csv").write_text(FIRST)
    (tmp_path / "second.csv").write_text("ok,x\n" + "yes,1.5\nno,2.5\n" * 20)
    space = open_workspace()
    dataset = ingest(space.store, space.artifacts, tmp_path / "first.csv", test=tmp_path / "second.csv")
    assert Table.open(dataset, space.artifacts).types["ok"] == "boolean"
    assert "'no' as false and 'yes' as true were read" in " ".join(dataset.report["notes"])
