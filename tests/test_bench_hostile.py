"""The short form of `anomalens bench hostile`: mutated and hand-made files of every format."""

import random

import pytest

from core.bench.harness.handmade import handmade
from core.bench.harness.mutated import mutated
from core.bench.harness.whole_files import whole_files
from core.bench.hostile import hostile
from core.readers import read_table
from core.readers.process.limits import Limits


@pytest.mark.processes
def test_no_hostile_file_ends_in_anything_but_a_sentence_within_bounds():
    found = hostile(files=110, made=40, no_page=True)
    limits = Limits.now()
    assert found["escaped"] == []
    assert found["crashed"] == []
    assert found["left_behind"] == 0
    for row, files in zip(found["table"], (40, 110), strict=True):
        assert row["of"] == files
        assert row["limited"] == 0
        assert row["peak MB"] <= limits.memory_mb
        assert row["peak disk MB"] <= limits.disk_mb


def test_the_files_that_are_damaged_are_whole_before(tmp_path):
    for name, content in whole_files().items():
        (tmp_path / name).write_bytes(content)
        assert read_table(tmp_path / name, tmp_path / "out.parquet").rows >= 59, name


def test_the_same_seed_damages_the_same_bytes():
    content = whole_files()["table.xlsx"]
    first, again, other = (mutated(content, random.Random(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_few_files_made_by_hand_are_of_every_family():
    names = {name.partition("-")[2] for name, _ in handmade(14)}
    assert {"x.npy", "rows.xlsx", "rows.json", "rows.csv", "rows.arrow", "rows.parquet", "rows.db"} <= names
