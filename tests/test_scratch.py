"""What killed processes left behind is removed; what somebody still uses, and what is fresh, stays."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.scratch import LONGEST_SECONDS, remove_abandoned, scratch_folder
from core.settings import settings
from core.store.artifacts import Artifacts
from core.store.workspace import open_workspace
from dashboard.server import tidying, uploads

_LEAVES = """
import os, signal, sys
from pathlib import Path
from core.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("read")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_folder_of_a_block_is_gone_after_it(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "place") as folder:
        (folder / "file").write_text("x")
        assert remove_abandoned(tmp_path / "place") == []
    assert list((tmp_path / "place").iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="kills a process as POSIX does")
def test_what_a_killed_process_left_is_removed_at_once(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _LEAVES, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    with scratch_folder(tmp_path) as own:
        assert len(remove_abandoned(tmp_path)) == 1
        assert list(tmp_path.iterdir()) == [own]


def test_what_says_nothing_of_its_process_is_removed_after_a_day(tmp_path: Path) -> None:
    for name in ("tmpabc", "elsewhere~1~2~x", "fresh"):
        (tmp_path / name).mkdir()
    old = time.time() - LONGEST_SECONDS - 60
    for name in ("tmpabc", "elsewhere~1~2~x"):
        os.utime(tmp_path / name, (old, old))
    assert sorted(remove_abandoned(tmp_path)) == ["elsewhere~1~2~x", "tmpabc"]
    assert remove_abandoned(tmp_path / "nothing") == []


def test_half_written_files_of_ended_processes_are_removed_from_the_storage(tmp_path: Path) -> None:
    artifacts = Artifacts(str(tmp_path))
    artifacts.write_bytes("runs/one/model.json", b"{}")
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    folder = tmp_path / "runs" / "one"
    names = [f".writing-{int(ended.stdout)}-aa", f".writing-{os.getpid()}-bb", ".writing-1-cc"]
    for name, age in zip(names, (7200, 7200, LONGEST_SECONDS + 60), strict=True):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    assert artifacts.remove_half_written() == 2
    assert sorted(path.name for path in folder.iterdir()) == [".sum-model.json", names[1], "model.json"]


def test_deleting_a_dataset_for_good_deletes_the_files_that_it_was_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    for token, dataset in (("first", "one"), ("second", "one"), ("third", "two")):
        (uploads.root() / token).mkdir(parents=True)
        uploads.bind(token, dataset, "main")
    uploads.discard_of("one")
    assert [folder.name for folder in uploads.root().iterdir()] == ["third"]


def test_a_round_goes_through_all_places_even_where_one_cannot_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    open_workspace(replace(settings(), home=tmp_path))
    for place in ("uploads", "reading"):
        (tmp_path / place / "old").mkdir(parents=True)
        os.utime(tmp_path / place / "old", (0, 0))
    monkeypatch.setenv("ANOMALENS_STORAGE", "nothing://of/the/kind")
    tidying.tidy()
    assert not list((tmp_path / "uploads").iterdir())
    assert not list((tmp_path / "reading").iterdir())
