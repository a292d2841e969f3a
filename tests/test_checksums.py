"""What was written into the storage is what is read, or the file is named."""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from core.errors import DamagedError, MissingError
from core.store.artifacts import Artifacts
from core.store.files import checksums
from core.store.files.whole_files import settle

FILE = "runs/x/scores.parquet"


@pytest.fixture(params=["folder", "object store"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Artifacts]:
    root = str(tmp_path / "root") if request.param == "folder" else "memory://sums/here"
    yield Artifacts(root, cache=tmp_path / "cache")
    fsspec.filesystem("memory").store.clear()


def flip(artifacts: Artifacts, path: str, place: int = 3) -> None:
    """Turn one bit of a stored file around, behind everybody's back."""
    full = artifacts._full(path)
    content = bytearray(artifacts._fs.cat_file(full))
    content[place] ^= 4
    artifacts._fs.pipe_file(full, bytes(content))


def test_a_flipped_bit_is_found_and_the_file_named_however_it_is_read(artifacts: Artifacts, tmp_path: Path):
    source = tmp_path / "source"
    source.write_bytes(os.urandom(9_000_000))
    artifacts.write_bytes(FILE, b"0123456789")
    artifacts.put_file(source, "datasets/d/data.parquet")
    artifacts.write_json("runs/x/result.json", {"auroc": 1})
    for path in (FILE, "datasets/d/data.parquet", "runs/x/result.json"):
        assert artifacts.verify(path)
        flip(artifacts, path)
        for read in (artifacts.read_bytes, artifacts.local, artifacts.verify):
            with pytest.raises(DamagedError, match=f"file {path} in the storage is damaged") as found:
                read(path)
            assert found.value.path == path
    with pytest.raises(DamagedError):
        artifacts.read_json("runs/x/result.json")


def test_a_file_that_was_read_before_is_looked_at_again_when_it_changed(artifacts: Artifacts):
    artifacts.write_bytes(FILE, b"0123456789")
    artifacts.local(FILE)
    flip(artifacts, FILE)
    with pytest.raises(DamagedError):
        artifacts.local(FILE)
    artifacts.write_bytes(FILE, b"anew")
    assert artifacts.local(FILE).read_bytes() == b"anew"


def test_a_path_is_compared_once_a_version(artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch):
    read: list[Path] = []
    of_file = checksums.of_file
    monkeypatch.setattr(checksums, "of_file", lambda path: (read.append(path), of_file(path))[1])
    artifacts.write_bytes(FILE, b"0123456789")
    for _ in range(3):
        artifacts.local(FILE)
    assert len(read) == 1
    artifacts.write_bytes(FILE, b"another")
    artifacts.local(FILE)
    assert len(read) == 2


def test_a_shortened_file_and_one_of_an_earlier_version_are_told_apart(artifacts: Artifacts):
    artifacts.write_bytes(FILE, b"0123456789")
    artifacts._fs.pipe_file(artifacts._full(FILE), b"0123")
    with pytest.raises(DamagedError):
        artifacts.read_bytes(FILE)
    artifacts._fs.rm(artifacts._full(checksums.sum_path(FILE)))
    assert artifacts.read_bytes(FILE) == b"0123"
    assert not artifacts.verify(FILE)


def test_whoever_is_killed_between_checksum_and_file_leaves_a_file_that_can_be_read(
    artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
):
    artifacts.write_bytes(FILE, b"before")
    note = Artifacts._note_checksum

    def killed(self: Artifacts, path: str, checksum: str) -> None:
        note(self, path, checksum)
        raise KeyboardInterrupt

    monkeypatch.setattr(Artifacts, "_note_checksum", killed)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            artifacts.write_bytes(FILE, b"after")
    monkeypatch.undo()
    assert artifacts.read_bytes(FILE) == b"before"
    artifacts.write_bytes(FILE, b"after")
    assert artifacts.read_bytes(FILE) == b"after"
    flip(artifacts, FILE)
    with pytest.raises(DamagedError):
        artifacts.read_bytes(FILE)


def test_checksums_are_neither_listed_nor_left_behind(artifacts: Artifacts):
    artifacts.write_bytes(FILE, b"1")
    artifacts.write_json("runs/x/maps/progress.json", {})
    assert artifacts.list() == ["runs/x/maps/progress.json", FILE]
    assert not artifacts._fs.exists(artifacts._full("runs/x/maps/.sum-progress.json"))
    artifacts.delete(FILE)
    assert not artifacts._fs.exists(artifacts._full(checksums.sum_path(FILE)))
    with pytest.raises(MissingError, match="no file runs/x/scores") as found:
        artifacts.local(FILE)
    copy = pickle.loads(pickle.dumps(found.value))
    assert (str(copy), copy.path, type(copy)) == (str(found.value), FILE, MissingError)


def test_a_disk_that_keeps_a_part_of_a_file_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    artifacts = Artifacts(str(tmp_path))
    artifacts.write_bytes(FILE, b"before")
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda self, content: write(self, content[: len(content) // 2]))
    with pytest.raises(OSError, match="bytes were kept"):
        artifacts.write_bytes(FILE, b"longer than before")
    monkeypatch.undo()
    assert artifacts.read_bytes(FILE) == b"before"
    (tmp_path / "whole").write_bytes(b"1234")
    settle(tmp_path / "whole", 4)
