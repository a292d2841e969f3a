"""The doctor finds what is damaged, gone or left behind, makes again what can be made, and says what became of it."""

import json
import os
import time
from pathlib import Path

import pytest
from job_helpers import add_table, recipe
from store_backends import scratch

from core.cli import main
from core.detector.files import REMADE
from core.doctor.checkup import examine
from core.doctor.repair import repair
from core.jobs.worker import run_job
from core.settings import Settings
from core.store.files import checksums
from core.store.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str]:
    """A workspace with one finished run, and its id."""
    settings = scratch(tmp_path_factory.mktemp("doctor"))
    space = open_workspace(settings)
    run = space.store.create_run(add_table(space, rows=400), recipe(2))
    assert run_job(run.id, settings).state == "done"
    return settings, run.id


@pytest.fixture
def space(trained: tuple[Settings, str]) -> Workspace:
    opened = open_workspace(trained[0])
    assert examine(opened) == []
    return opened


def file_of(space: Workspace, path: str) -> Path:
    return Path(space.artifacts._full(path))


def flip(space: Workspace, path: str) -> None:
    content = bytearray(file_of(space, path).read_bytes())
    content[len(content) // 2] ^= 1
    file_of(space, path).write_bytes(content)


@pytest.mark.parametrize("name", [*REMADE, "result.json", "schema.json", "recipe.json"])
@pytest.mark.parametrize("way", [flip, lambda space, path: file_of(space, path).unlink()], ids=["flipped", "deleted"])
def test_what_the_networks_and_the_store_know_is_made_again_bit_for_bit(space, trained, name, way):
    path = f"runs/{trained[1]}/{name}"
    whole = file_of(space, path).read_bytes()
    way(space, path)
    found = examine(space)
    assert [one.what for one in found if one.kind in ("damaged", "missing")] == [path]
    (done,) = repair(space, found)
    assert (done.mended, "bit for bit" in done.sentence) == (True, True), done.sentence
    assert file_of(space, path).read_bytes() == whole


def test_weights_cannot_be_made_again_and_it_says_so(space, trained):
    path = f"runs/{trained[1]}/model.safetensors"
    whole = file_of(space, path).read_bytes()
    flip(space, path)
    try:
        found = examine(space)
        assert [(one.kind, one.what) for one in found] == [("damaged", path)]
        (done,) = repair(space, found)
        assert not done.mended
        assert "train again" in done.sentence
    finally:
        file_of(space, path).write_bytes(whole)


def test_a_dataset_is_read_again_from_the_file_that_is_kept(tmp_path: Path):
    from core.modalities.recognise import ingest

    space = open_workspace(scratch(tmp_path))
    uploads = space.settings.home / "uploads" / "token"
    (uploads / "file").mkdir(parents=True)
    lines = [f"{i},{i * 7 % 13}.5" for i in range(200)]
    (uploads / "file" / "people.csv").write_text("\n".join(["age,income", *lines]))
    dataset = ingest(space, [uploads / "file" / "people.csv"], name="people.csv")
    dataset = space.store.update_dataset(dataset.id, name="My people")
    (uploads / "dataset.json").write_text(json.dumps({"dataset": dataset.id, "part": "main"}))
    path = f"datasets/{dataset.id}/data.parquet"
    flip(space, path)
    found = [one for one in examine(space) if one.kind == "damaged"]
    assert [one.what for one in found] == [path]
    (done,) = repair(space, found)
    assert done.mended, done.sentence
    assert [one for one in examine(space) if not one.harmless] == []
    assert space.store.dataset(dataset.id) == dataset
    space.store.close()


def test_orphans_and_leftovers_are_found_and_removed_and_what_is_young_is_left_alone(tmp_path: Path):
    space = open_workspace(scratch(tmp_path))
    for id in ("old", "young"):
        space.artifacts.write_json(f"runs/{id}/result.json", {})
    os.utime(file_of(space, "runs/old"), (time.time() - 7200,) * 2)
    half = file_of(space, "runs/young") / ".writing-1-ab"
    half.write_bytes(b"x")
    os.utime(half, (time.time() - 100_000,) * 2)
    found = examine(space)
    assert sorted((one.kind, Path(one.what).name) for one in found) == [("leftover", half.name), ("orphan", "old")]
    assert all(one.mended for one in repair(space, found))
    assert examine(space) == []
    assert space.artifacts.list() == ["runs/young/result.json"]
    space.store.close()


def test_files_of_an_earlier_version_have_no_checksum_which_is_said_and_mended(space, trained):
    for path in space.artifacts.list(f"runs/{trained[1]}")[:3]:
        file_of(space, checksums.sum_path(path)).unlink()
    (found,) = examine(space)
    assert (found.kind, found.harmless) == ("unsummed", True)
    assert "3 files have no checksum" in found.sentence
    assert [done.mended for done in repair(space, [found])] == [True]


def test_the_command_says_what_it_found_and_ends_with_one_where_something_is_wrong(
    space, trained, capsys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("core.cli.doctor.workspace", lambda: space)

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["doctor", *arguments])
        return int(ended.value.code or 0), capsys.readouterr().out

    assert run() == (0, "All is well: the database, every file with its checksum, and no leftovers.\n")
    path = f"runs/{trained[1]}/scores.parquet"
    flip(space, path)
    code, said = run()
    assert (code, path in said, "--repair" in said) == (1, True, True)
    code, said = run("--json")
    assert (code, json.loads(said)["findings"][0]["what"]) == (1, path)
    code, said = run("--repair")
    assert (code, "bit for bit" in said) == (0, True)
    assert run()[0] == 0
