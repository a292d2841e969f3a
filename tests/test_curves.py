"""A kind of data in a folder of its own goes the whole way: no file outside ``tests/curves`` names it.

The command line and workers are other processes: they find it by ``ANOMALENS_PLUGINS``, as an operator's plug-in.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent


class CommandLine:
    """`anomalens …` with the plug-in, in a workspace of its own."""

    def __init__(self, home: Path) -> None:
        paths = os.pathsep.join([str(ROOT), str(TESTS)])
        self.home = home
        self.env = os.environ | {"ANOMALENS_HOME": str(home), "ANOMALENS_PLUGINS": "curves", "PYTHONPATH": paths}

    def __call__(self, *words: object) -> str:
        """What a command prints on standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "core.cli", *map(str, words)], env=self.env, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of curves: one to train on, one that comes later."""
    sys.path.insert(0, str(TESTS))
    from curves.files import generate

    place = tmp_path_factory.mktemp("curves")
    (place / "presses.curves").write_bytes(generate(240, seed=1))
    (place / "unlabelled.curves").write_bytes(generate(160, seed=3, labelled=False))
    (place / "tomorrow.curves").write_bytes(generate(40, seed=2))
    return place


@pytest.fixture(scope="module")
def anomalens(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def run(anomalens: CommandLine, folder: Path) -> dict:
    """A run on the labelled curves, by the preset of their kind."""
    said = anomalens("train", folder / "presses.curves", "--label", "verdict", "--normal", "normal", "--json")
    return json.loads(said)


def test_a_file_of_curves_is_recognised_trained_on_and_scored(run: dict) -> None:
    assert run["model"] == "window_dense"
    assert run["rows"] == 240
    assert run["auroc"] > 0.9


def test_the_curves_of_a_later_file_are_scored_by_their_worst_window(
    anomalens: CommandLine, folder: Path, run: dict
) -> None:
    out = folder / "scores.csv"
    said = anomalens("score", run["run"], folder / "tomorrow.curves", "--out", out)
    assert said.startswith("40 curves scored")
    lines = out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 41
    assert lines[1].startswith("0,curve 0,")


def test_a_curve_is_explained_by_its_channels(anomalens: CommandLine, run: dict) -> None:
    told = json.loads(anomalens("explain", run["run"], "--json"))
    assert {"speed", "load"} & set(json.dumps(told).replace('"', " ").split())


def test_flagged_curves_form_families(anomalens: CommandLine, run: dict) -> None:
    assert json.loads(anomalens("explain", run["run"], "--families", "--json"))["families"]


def test_a_threshold_rule_is_applied_to_curves(anomalens: CommandLine, run: dict) -> None:
    assert anomalens("threshold", run["run"], "--rule", "percentile", "--set", "percentile=90")


def test_curves_are_compared_with_classical_detectors_on_their_vectors(anomalens: CommandLine, run: dict) -> None:
    report = json.loads(anomalens("compare", run["run"], "--baselines", "knn,pca", "--json"))
    assert "knn" in json.dumps(report)


def test_a_verdict_on_a_curve_is_kept(anomalens: CommandLine, run: dict) -> None:
    anomalens("verdicts", run["run"], "--add", "17=anomaly")
    assert "17" in anomalens("verdicts", run["run"])


def test_a_report_and_a_notebook_of_curves_are_written(anomalens: CommandLine, folder: Path, run: dict) -> None:
    anomalens("report", run["run"], "--out", folder / "report.html")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "speed" in page
    assert "Traceback" not in page


def test_a_bundle_scores_curves_elsewhere(anomalens: CommandLine, folder: Path, run: dict) -> None:
    import zipfile

    import pandas as pd

    anomalens("bundle", run["run"], "--out", folder / "run.zip")
    with zipfile.ZipFile(folder / "run.zip") as archive:
        archive.extractall(folder / "bundle")
    script = next((folder / "bundle").rglob("score.py"))
    done = subprocess.run(
        [sys.executable, script.name, str(folder / "tomorrow.curves"), "--out", "out.csv"],
        cwd=script.parent, env=anomalens.env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    elsewhere = pd.read_csv(script.parent / "out.csv")
    anomalens("score", run["run"], folder / "tomorrow.curves", "--out", folder / "here.csv")
    np.testing.assert_array_equal(elsewhere["score"], pd.read_csv(folder / "here.csv")["score"])


def test_a_search_among_what_reads_curves_chooses_by_injected_ones(anomalens: CommandLine, folder: Path) -> None:
    told = json.loads(anomalens("search", folder / "unlabelled.curves", "--trials", 2, "--at-once", 1, "--json"))
    assert told["best"]["recipe"]["model"] == "window_dense"


def test_no_file_outside_the_folder_names_the_kind() -> None:
    named = [
        file
        for place in ("core", "dashboard", "pages", "assets")
        for file in (ROOT / place).rglob("*.py")
        if any(word in file.read_text(encoding="utf-8") for word in ("press_curves", "CurvesModality", "window_dense"))
    ]
    assert named == []
