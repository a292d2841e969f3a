"""The README keeps its word: its commands come first and run, its guide's file works, its tree is the truth."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from documents import README, ROOT, anomalens, block, links_of, write_files


def test_the_two_commands_come_first_and_make_knows_them():
    assert re.match(r"# Anomalens\n\n```sh\nmake run .*\nmake test .*\n```", README)


def test_it_can_be_read_in_one_go():
    assert len(README.splitlines()) <= 250


def test_the_first_variant_of_the_guide_is_one_file_that_trains_and_passes_the_shared_tests(tmp_path):
    package = tmp_path / "package"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "core", package / "core", ignore=ignored)
    (package / "core" / "models" / "robust.py").write_text(block(README, "core/models/robust.py"), encoding="utf-8")
    write_files(tmp_path)
    listed = json.loads(anomalens("anomalens models --json", tmp_path, package))
    robust = next(model for model in listed["models"] if model["name"] == "robust")
    assert "delta" in [param["name"] for param in robust["params"]]
    out = anomalens(block(README, "with core/models/robust.py").strip() + " --json", tmp_path, package)
    result = json.loads(out)
    assert result["model"] == "robust"
    assert result["auroc"] > 0.9


def test_the_first_variant_of_the_guide_is_in_the_projects_style(tmp_path):
    file = tmp_path / "robust.py"
    file.write_text(block(README, "core/models/robust.py"), encoding="utf-8")
    for command in (["check"], ["format", "--check"]):
        words = [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), str(file)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_tree_names_every_folder_and_nothing_that_is_not_there():
    tree = block(README, "the tree").splitlines()
    listed, parents = set(), []
    for line in tree:
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        parents[depth:] = [name.rstrip("/")]
        path = Path(*parents)
        assert (ROOT / path).is_dir() == name.endswith("/"), path
        assert (ROOT / path).exists(), path
        assert len(line.split()) > 1, f"{path} has no word on what it is."
        if name.endswith("/"):
            listed.add(path.as_posix())
    tops = ("core", "dashboard", "pages", "assets", "tests")
    folders = {
        path.relative_to(ROOT).as_posix()
        for top in tops
        for path in [ROOT / top, *(ROOT / top).rglob("*")]
        if path.is_dir() and not any(part.startswith((".", "__")) for part in path.relative_to(ROOT).parts)
        if any(inner.is_file() and "__pycache__" not in inner.parts for inner in path.rglob("*"))
    }
    assert folders - listed == set()


def test_the_guide_to_a_modality_names_all_that_one_must_answer():
    from core.modalities import base, contract

    guide = README[README.index("## Your first modality") : README.index("## The tree")]
    asked = set(base.Modality.__abstractmethods__)
    for part in (contract.Samples, contract.Units, contract.Encoder, contract.Explainer, contract.Renderer):
        asked |= {name for name, member in vars(part).items() if not name.startswith("_") and callable(member)}
    assert {name for name in asked if f"`{name}" not in guide} == set()


def test_links_and_pictures_lead_somewhere():
    targets = [target.partition("#")[0] for target in links_of(README)]
    assert [target for target in targets if not (ROOT / target).exists()] == []
