"""A bundle, unpacked somewhere else, says of every row what the run says."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from derived_helpers import derived

from core.cli import main
from core.errors import DataError
from core.export.bundle import bundle, folder_name, open_bundle
from core.export.context import ReportContext
from core.export.view import ReportView
from core.jobs.derived.score import DerivedScore
from core.recipe import ScoreConfig
from core.results.finished_run import FinishedRun
from core.store.workspace import open_workspace

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on a table with categories, gaps and a column whose name is markup."""
    folder = tmp_path_factory.mktemp("bundle")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(folder / "home"))
        patch.chdir(folder)
        rng = np.random.default_rng(0)
        odd = rng.random(500) < 0.1
        table = pd.DataFrame(rng.normal(size=(500, 4)) + 4.0 * odd[:, None], columns=["a", "b", "c", "<b>|`x`"])
        table["kind"] = rng.choice(["x", "y", "z"], 500)
        table.loc[::17, "a"] = np.nan
        table["odd"] = np.where(odd, "yes", "no")
        table.to_csv("rows.csv", index=False)
        told = ["--label", "odd", "--normal", "no", "--preset", "Tabular", "--set", "training.epochs=2", "--seed", "3"]
        with pytest.raises(SystemExit) as end:
            main(["train", "rows.csv", *told, "--name", "Odd rows"])
        assert end.value.code == 0
        space = open_workspace()
        yield folder, space, space.store.runs()[0]


def unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {Path(name).suffix for name in archive.namelist()} == {".safetensors", ".json", ".md", ".py"}
        archive.extractall(folder)
    return next(folder.iterdir())


def test_its_script_gives_the_scores_of_the_run_without_the_workspace(trained, tmp_path, capsys, monkeypatch):
    folder, space, run = trained
    monkeypatch.setenv("ANOMALENS_HOME", str(folder / "home"))
    with pytest.raises(SystemExit) as end:
        main(["bundle", run.id, "--out", str(tmp_path / "run.zip")])
    assert end.value.code == 0
    assert "python score.py" in capsys.readouterr().out
    place = unpacked((tmp_path / "run.zip").read_bytes(), tmp_path / "there")
    assert place.name == "Odd-rows"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ANOMALENS_HOME": str(tmp_path / "none")}
    command = [sys.executable, str(place / "score.py"), str(folder / "rows.csv"), "--out", "scores.csv"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(tmp_path / "scores.csv")
    kept = pd.read_parquet(space.artifacts.local(f"runs/{run.id}/scores.parquet"))
    assert np.array_equal(found["row"], kept["row"])
    assert np.abs(found["score"] - kept["score"]).max() < 1e-5
    threshold = run.result["threshold"]
    clear = (kept["score"] - threshold).abs() > 1e-5
    assert np.array_equal(found["flagged"][clear] == 1, (kept["score"] > threshold)[clear])
    said = (place / "README.md").read_text(encoding="utf-8")
    assert r"- `\<b\>\|\`x\``" in said
    assert "{" not in said.replace("\\{", "")
    assert not (tmp_path / "none").exists()


def test_another_score_and_another_threshold_travel_along(trained, tmp_path):
    _, space, run = trained
    name = ScoreConfig(kind="knn").name
    derived(space, run.id, DerivedScore(name))
    seen = ReportContext(
        FinishedRun(space, run, name), ReportView(score=name, rule="percentile", settings={"percentile": 80})
    )
    place = unpacked(bundle(seen), tmp_path / "there")
    detector = open_bundle(place)
    assert detector.threshold == seen.threshold
    assert detector.recipe.score.kind == "knn"
    frame = seen.run.table.frame(list(detector.encoder.features))
    kept = pd.read_parquet(space.artifacts.local(f"runs/{run.id}/scores/{name}/scores.parquet"))
    assert np.allclose(detector.score(frame).score, kept["score"], atol=1e-5)
    assert "It may hold some of them" in (place / "README.md").read_text(encoding="utf-8")


def test_what_was_changed_since_is_refused(trained, tmp_path):
    _, space, run = trained
    place = unpacked(bundle(ReportContext(FinishedRun(space, run))), tmp_path / "there")
    (place / "README.md").write_text("mine", encoding="utf-8")
    open_bundle(place)
    about = json.loads((place / "model.json").read_text())
    (place / "model.json").write_text(json.dumps(about | {"threshold": 0}), encoding="utf-8")
    with pytest.raises(DataError, match=r"model\.json of the bundle is missing or was changed"):
        open_bundle(place)
    with pytest.raises(DataError, match="holds no bundle"):
        open_bundle(tmp_path)


@pytest.mark.parametrize(("name", "folder"), [("a/../b", "a-b"), ("  ", "run"), ("<b>", "b"), ("Übung 1", "Übung-1")])
def test_a_run_s_name_becomes_a_safe_folder(name, folder):
    assert folder_name(name) == folder
