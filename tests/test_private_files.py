"""What people upload and what is made of it can be read by their owner alone."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from core.private import close_to_others, private_file, private_folder
from core.settings import settings
from core.store.workspace import open_workspace

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights of this kind are POSIX's")


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_workspace_is_its_owner_s_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    address = f"sqlite:///{home / 'anomalens.db'}"
    space = open_workspace(replace(settings(), home=home, database_url=address, storage=str(home / "storage")))
    space.artifacts.write_bytes("datasets/one/data.parquet", b"values")
    assert {rights(folder) for folder in (home.parent, home, home / "storage" / "datasets" / "one")} == {0o700}
    assert rights(home / "anomalens.db") == 0o600


def test_folders_that_were_there_keep_their_rights_and_new_ones_below_are_private(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    shared.chmod(0o755)
    assert rights(private_folder(shared / "a" / "b").parent) == 0o700
    assert rights(shared) == 0o755


def test_an_older_workspace_is_closed_to_others_when_it_is_opened(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'anomalens.db'}"
    chosen = replace(settings(), home=tmp_path, database_url=address, storage=str(tmp_path / "storage"))
    open_workspace(chosen)
    (tmp_path / "uploads").mkdir()
    for name in ("uploads", "anomalens.db"):
        (tmp_path / name).chmod(0o755)
    open_workspace(chosen)
    assert rights(tmp_path / "uploads") == rights(tmp_path / "anomalens.db") == 0o700


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    elsewhere = private_file(tmp_path / "elsewhere")
    elsewhere.chmod(0o644)
    (tmp_path / "link").symlink_to(elsewhere)
    close_to_others(tmp_path / "link")
    assert rights(elsewhere) == 0o644
