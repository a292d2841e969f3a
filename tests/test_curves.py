"""A kind of data in a folder of its own goes the whole way: no file outside ``tests/curves`` names it.

The command line and workers are other processes: they find it by ``ANOMALENS_PLUGINS``, as an operator's plug-in.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.export.sections.rows import DRAWN

TESTS = Path(__file__).parent
ROOT = TESTS.parent
INDEX = (
    "no column tells it. Give a column the role 'time'",
    "and 4 columns of what is known beside them",
    "The column “verdict” says",
    "Columns",
    "Column",
)
"""What is said of the columns of the index, which every kind of data has."""


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

    def together(self, *commands: list[str]) -> str:
        """What several commands print, on either output, one after the other in a single process."""
        script = "import contextlib, json, sys; from core.cli.app import main\n"
        script += "for words in json.loads(sys.argv[1]):\n    with contextlib.suppress(SystemExit): main(words)"
        done = subprocess.run(
            [sys.executable, "-c", script, json.dumps(commands)], env=self.env, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


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


def test_a_folder_is_taken_by_the_kind_of_data_that_takes_its_files_together(
    anomalens: CommandLine, folder: Path, run: dict, tmp_path: Path
) -> None:
    presses, tables, empty = (tmp_path / name for name in ("presses", "tables", "empty"))
    (presses / "monday").mkdir(parents=True)
    for place, name in ((presses, "a.curves"), (presses / "monday", "b.curves")):
        (place / name).write_bytes((folder / "tomorrow.curves").read_bytes())
    (presses / ".hidden").write_text("no curves", encoding="utf-8")
    tables.mkdir()
    empty.mkdir()
    for name in "ab":
        (tables / f"{name}.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    noise = tmp_path / "a.bin"
    noise.write_bytes(bytes(range(256)))
    printed = anomalens.together(
        ["train", str(presses), "--set", "epochs=1", "--json"], ["train", str(tables)], ["train", str(empty)],
        ["train", str(tables / "a.csv"), str(noise)],
        ["score", run["run"], str(presses), str(noise), "--out", str(tmp_path / "s.csv")],
        ["score", run["run"], str(noise), str(tables), "--out", str(tmp_path / "none.csv")],
    )  # fmt: skip
    assert '"rows": 80' in printed
    assert f"{tables} holds 2 files. Name one; where a second is judged" in printed
    assert f"The folder {empty} holds no file" in printed
    assert "No kind of data here takes them together: 2 files. Name one of them." in printed
    assert "80 curves scored" in printed
    assert "Left out as no curves: a.bin." in printed
    assert "None of these 3 files holds curves. Name another folder, or other files." in printed
    scores = pd.read_csv(tmp_path / "s.csv")
    assert scores["row"].tolist() == list(range(80))
    assert set(scores["file"]) == {"a.curves", "monday/b.curves"}
    assert not (tmp_path / "none.csv").exists()


def test_a_model_or_a_preset_of_another_kind_of_data_is_refused_before_anything_is_kept(
    anomalens: CommandLine, folder: Path, run: dict
) -> None:
    file, before = str(folder / "tomorrow.curves"), anomalens("runs", "--json")
    printed = anomalens.together(
        ["train", file, "--model", "vae"], ["train", file, "--preset", "VAE"],
        ["train", file, "--delimiter", ";"], ["train", file, "--test", file], ["search", file, "--models", "vae"],
    )  # fmt: skip
    assert re.search(r"Choose a model that reads them: .*'window_dense'", printed)
    assert "The preset 'VAE' is for another kind of data than curves. Choose among Curves" in printed
    assert "Leave out" in printed
    assert "take no second file" in printed
    assert re.search(r"The model 'vae' does not read curves\. Choose among .*window_dense", printed)
    assert anomalens("runs", "--json") == before


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
    # The first curves as the page draws them: two channels each.
    assert page.count('<svg class="curve"') == 2 * DRAWN


def test_a_bundle_scores_curves_elsewhere(anomalens: CommandLine, folder: Path, run: dict) -> None:
    import zipfile

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
    assert told["best"]["recipe"]["modality"] == "press_curves"


def test_no_command_and_no_report_calls_a_curve_a_row_or_its_channels_columns(
    anomalens: CommandLine, folder: Path, run: dict
) -> None:
    id, report = run["run"], str(folder / "words.html")
    printed = anomalens.together(
        ["explain", id], ["explain", id, "--row", "3"], ["explain", id, "--row", "9999"], ["explain", id, "--families"],
        ["threshold", id], ["threshold", id, "--rule", "conformal"], ["compare", id, "--baselines", "knn,pca"],
        ["verdicts", id], ["verdicts", id, "--add", "9999=normal"], ["runs"],
        ["score", id, str(folder / "tomorrow.curves"), "--out", str(folder / "words.csv")],
        ["report", id, "--out", report],
    )  # fmt: skip
    assert "Traceback" not in printed
    page = Path(report).read_text(encoding="utf-8")
    assert "curves" in page
    for heading in ("Average precision", "Precision and recall", "Agreement", "Curves on which they disagree most"):
        assert heading in page
    # What a script fills in is said by that script; a template is its markup.
    shown = re.sub(r"<(script|style|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    texts = [*printed.splitlines(), *re.sub(r"<[^>]+>", "\n", shown).splitlines()]
    texts += re.findall(r'(?:title|aria-label)="([^"]*)"', shown)
    assert [text.strip() for text in texts if about_a_table(text)] == []


def about_a_table(text: str) -> bool:
    """Whether a text speaks of rows or of columns; the index of every kind of data has columns."""
    for of_the_index in INDEX:
        text = text.replace(of_the_index, "")
    return re.search(r"\b(rows?|columns?)\b", text, re.IGNORECASE) is not None


def test_no_file_outside_the_folder_names_the_kind() -> None:
    named = [
        file
        for place in ("core", "dashboard", "pages", "assets")
        for file in (ROOT / place).rglob("*.py")
        if any(word in file.read_text(encoding="utf-8") for word in ("press_curves", "CurvesModality", "window_dense"))
    ]
    assert named == []


def test_charts_and_maps_are_offered_to_the_units_whose_axes_they_read(anomalens: CommandLine) -> None:
    code = """
from core import catalogue
from dashboard.charts import samples
for axes in (("feature",), ("time", "channel"), ("channel", "height", "width")):
    print(",".join(samples.fitting(axes)), ",".join(catalogue.projections(axes)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=anomalens.env, cwd=ROOT, capture_output=True, text=True, check=True
    )
    tables, curves, images = (line.split() for line in done.stdout.splitlines())
    assert tables == images == ["contributions", "pca,umap,tsne,pacmap"]
    assert curves == ["contributions,error_over_time,channels", "pca,umap,tsne,pacmap,first_codes"]
