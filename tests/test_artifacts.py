import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pytest

from core.errors import ConfigError, DataError
from core.store.artifacts import Artifacts


@pytest.fixture(params=["folder", "file address", "object store"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Artifacts]:
    roots = {
        "folder": str(tmp_path / "root"),
        "file address": f"file://{tmp_path / 'root'}",
        "object store": "memory://bucket/prefix",
    }
    yield Artifacts(roots[request.param], cache=tmp_path / "cache")
    fsspec.filesystem("memory").store.clear()


def test_what_is_written_is_read(artifacts: Artifacts):
    artifacts.write_bytes("runs/x/model.safetensors", b"\x00\x01")
    artifacts.write_json("runs/x/result.json", {"auroc": np.float64(0.1) + 0.2, "none": None, "nan": float("nan")})
    assert artifacts.read_bytes("runs/x/model.safetensors") == b"\x00\x01"
    assert artifacts.read_json("runs/x/result.json")["auroc"] == 0.1 + 0.2
    assert artifacts.size("runs/x/model.safetensors") == 2
    assert artifacts.exists("runs/x/model.safetensors")
    assert not artifacts.exists("runs/x")
    assert not artifacts.exists("runs/y/model.json")


def test_files_are_listed_below_a_folder_and_deleted_with_it(artifacts: Artifacts):
    for path in ("runs/x/b.json", "runs/x/deep/a.json", "runs/xy/c.json", "datasets/d/data.parquet"):
        artifacts.write_bytes(path, b"1")
    assert artifacts.list("runs/x") == ["runs/x/b.json", "runs/x/deep/a.json"]
    assert len(artifacts.list()) == 4
    artifacts.delete("runs/x")
    assert artifacts.list("runs") == ["runs/xy/c.json"]
    artifacts.delete("runs/xy/c.json")
    artifacts.delete("runs/never/there")
    assert artifacts.list("runs") == []


def test_a_local_file_can_be_put_and_got_with_its_ending(artifacts: Artifacts, tmp_path: Path):
    source = tmp_path / "mine.bin"
    source.write_bytes(b"a" * 5_000_000)
    artifacts.put_file(source, "datasets/d/data.parquet")
    local = artifacts.local("datasets/d/data.parquet")
    assert local.read_bytes() == source.read_bytes()
    assert local.suffix == ".parquet"
    assert artifacts.local("datasets/d/data.parquet") == local


def test_a_local_copy_follows_the_file(artifacts: Artifacts):
    artifacts.write_bytes("runs/x/a.bin", b"old")
    assert artifacts.local("runs/x/a.bin").read_bytes() == b"old"
    artifacts.write_bytes("runs/x/a.bin", b"new and longer")
    local = artifacts.local("runs/x/a.bin")
    assert local.read_bytes() == b"new and longer"
    artifacts.delete("runs/x")
    assert not local.exists()


def test_what_is_not_there_is_named_in_a_sentence(artifacts: Artifacts):
    for read in (artifacts.read_bytes, artifacts.read_json, artifacts.local, artifacts.size):
        with pytest.raises(DataError, match=r"no file runs/x/model\.json in the storage"):
            read("runs/x/model.json")


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", ".", "a/./b", "a\\..\\b", "a\x00b", "~x"]
)
def test_no_path_leads_out_of_the_root(artifacts: Artifacts, path: str):
    for touch in (artifacts.read_bytes, artifacts.delete, artifacts.local, lambda p: artifacts.write_bytes(p, b"")):
        with pytest.raises(DataError, match="relative path of plain words"):
            touch(path)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    artifacts = Artifacts(str(tmp_path))
    artifacts.write_bytes("runs/x/a.bin", b"old")
    monkeypatch.setattr(os, "fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        artifacts.write_bytes("runs/x/a.bin", b"new")
    with pytest.raises(OSError, match="No space left"):
        artifacts.put_file(tmp_path / "runs/x/a.bin", "runs/x/b.bin")
    assert artifacts.read_bytes("runs/x/a.bin") == b"old"
    assert sorted(p.name for p in (tmp_path / "runs/x").iterdir()) == [".sum-a.bin", "a.bin"]


def test_an_unknown_kind_of_storage_is_refused_with_the_remedy():
    with pytest.raises(ConfigError, match="ANOMALENS_STORAGE"):
        Artifacts("nowhere://bucket")


def test_a_folder_that_is_written_into_is_deleted_without_an_error(tmp_path):
    artifacts = Artifacts(str(tmp_path))
    over = threading.Event()

    def write(name: str) -> None:
        number = 0
        while not over.is_set():
            # What a worker does until it notices that its run is gone; its folder may go between two of its steps.
            with contextlib.suppress(OSError):
                folder = tmp_path / "runs" / "one" / "epochs" / name / str(number % 7)
                folder.mkdir(parents=True, exist_ok=True)
                (folder / str(number % 50)).touch()
            number += 1

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for writer in writers:
        writer.start()
    try:
        for _ in range(40):
            artifacts.delete("runs/one")
    finally:
        over.set()
        for writer in writers:
            writer.join()
    artifacts.delete("runs/one")
    assert list((tmp_path / "runs").iterdir()) == []
