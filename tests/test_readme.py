"""The README keeps its word: its commands run, its guide's file works, its tree and its tables are the truth."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import catalogue
from core.baselines import BASELINES
from core.bench import BENCHES
from core.cli import main
from core.modalities.tabular.examples import SAMPLES
from core.scores import SCORES
from core.thresholds import THRESHOLDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    """The code block after a comment in the README."""
    found = re.search(rf"<!-- tested: {re.escape(marker)} -->\n```\w+\n(.*?)```", README, flags=re.DOTALL)
    assert found, f"The README has no block marked {marker!r}."
    return found[1]


def write_files(folder: Path) -> None:
    """The files that the README's commands name."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    names = [f"feature_{i}" for i in range(8)]
    for name, rows, share in (
        ("payments", 600, 0.05),
        ("new_payments", 50, 0.1),
        ("background", 400, 0),
        ("signal", 50, 1),
    ):
        odd = rng.random(rows) < share
        table = pd.DataFrame(rng.normal(size=(rows, 8)) + 4.0 * odd[:, None], columns=names)
        if name == "payments":
            table["fraud"] = np.where(odd, "yes", "no")
        table.to_csv(folder / f"{name}.csv", index=False)


def anomalens(line: str, folder: Path, package: Path = ROOT) -> str:
    """Run one of the README's commands in ``folder`` with the code in ``package``; what it prints."""
    name, *words = shlex.split(line)
    assert name == "anomalens"
    environment = os.environ | {"ANOMALENS_HOME": str(folder / "home"), "PYTHONPATH": str(package)}
    command = [sys.executable, "-m", "core.cli", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout


def test_every_command_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    run = ""
    for line in block("every line is run").splitlines():
        with pytest.raises(SystemExit) as end:
            main(shlex.split(line.replace(" RUN ", f" {run} "))[1:])
        printed = capsys.readouterr()
        assert end.value.code == 0, f"{line}\n{printed.err}"
        if "--json" in line:
            run = json.loads(printed.out)["run"]
    assert (tmp_path / "scores.csv").read_text().startswith("row,score")


def test_the_first_variant_of_the_guide_is_one_file_that_trains_and_passes_the_shared_tests(tmp_path):
    package = tmp_path / "package"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "core", package / "core", ignore=ignored)
    (package / "core" / "models" / "robust.py").write_text(block("core/models/robust.py"), encoding="utf-8")
    write_files(tmp_path)
    listed = json.loads(anomalens("anomalens models --json", tmp_path, package))
    robust = next(model for model in listed["models"] if model["name"] == "robust")
    assert "delta" in [param["name"] for param in robust["params"]]
    out = anomalens(block("with core/models/robust.py").strip() + " --json", tmp_path, package)
    result = json.loads(out)
    assert result["model"] == "robust"
    assert result["auroc"] > 0.9


def test_the_first_variant_of_the_guide_is_in_the_projects_style(tmp_path):
    file = tmp_path / "robust.py"
    file.write_text(block("core/models/robust.py"), encoding="utf-8")
    for command in (["check"], ["format", "--check"]):
        words = [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), str(file)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", ["models", "presets", "samples", "scores", "detectors", "benchmarks", "rules"])
def test_every_registered_name_is_in_the_readme(kind):
    names = {
        "models": [f"`{model.name}`" for model in catalogue.models()],
        "presets": [f"| {preset.name} |" for preset in catalogue.presets()],
        "scores": [f"| `{name}` {score.title} | {score.when} |" for name, score in SCORES.items()],
        "detectors": [f"| `{name}` {detector.title} | {detector.when} |" for name, detector in BASELINES.items()],
        "rules": [f"| `{name}` {rule.title} | {rule.when} |" for name, rule in THRESHOLDS.items()],
        "samples": [f"| {sample.title} |" for _, sample in SAMPLES.items()],
        "benchmarks": [f"anomalens bench {name}" for name in BENCHES],
    }[kind]
    assert [name for name in names if name not in README] == []


def test_the_words_on_models_and_presets_are_their_own():
    for model in catalogue.models():
        assert f"| `{model.name}` | {model.when} |" in README
    for preset in catalogue.presets():
        assert f"| {preset.name} | {preset.summary} |" in README


def test_the_tree_names_every_folder_and_nothing_that_is_not_there():
    tree = block("the tree").splitlines()
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


def test_the_environment_variables_are_those_that_the_settings_read():
    source = (ROOT / "core" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"((?:ANOMALENS|DASK)_\w+)"', source))
    assert set(re.findall(r"^\| `((?:ANOMALENS|DASK)_\w+)` \|", README, flags=re.MULTILINE)) == read


def test_links_and_pictures_lead_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_two_commands_come_first_and_make_knows_them():
    assert re.match(r"# Anomalens\n\n```sh\nmake run .*\nmake test .*\n```", README)
