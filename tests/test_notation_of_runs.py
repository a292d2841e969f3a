"""What a run learnt of notation holds for `score`, for a bundle and for requests; older runs read as they did."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.cli import main
from core.detector.new_samples import score_file
from core.detector.trained import TrainedDetector, load
from core.errors import DataError
from core.export.bundle import bundle, open_bundle
from core.export.bundle import score_file as score_with_bundle
from core.export.context import ReportContext
from core.modalities.tabular.modality import TabularModality
from core.readers import ReadOptions
from core.results.finished_run import FinishedRun
from core.store.workspace import open_workspace

PLAIN = "Artikel;Preis;Menge;Tag\nA1;1.299,00;3;03.04.2026\nA2;5.000,00;7;04.05.2026\n"
SHORT = "Artikel;Preis;Menge;Tag\nA1;1.299;3;03.04.2026\nA2;5.000;7;04.05.2026\n"
FAST = ["--preset", "Tabular", "--set", "training.epochs=2"]


def run(*words) -> int | str | None:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return end.value.code


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on a German table in which -200 means missing, and the folder that it was trained in."""
    folder = tmp_path_factory.mktemp("notation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(folder / "home"))
        patch.chdir(folder)
        rng = np.random.default_rng(0)
        lines = ["Artikel;Preis;Menge;Tag"]
        for k in range(200):
            euros, cents, day = rng.integers(1000, 9999), rng.integers(100), 1 + k % 28
            count = -200 if k % 50 == 0 else rng.integers(1, 30)
            lines.append(f"A{k};{euros // 1000}.{euros % 1000:03d},{cents:02d};{count};{day:02d}.0{1 + k % 9}.2026")
        Path("rows.csv").write_text("\n".join(lines) + "\n")
        assert run("train", "rows.csv", "--missing", "-200", *FAST) == 0
        space = open_workspace()
        yield folder, space, FinishedRun(space, space.store.runs()[0])


@pytest.fixture
def scored(trained, tmp_path):
    """The scores that a detector gives the rows of a text, and the notes on them."""

    def score(text: str, detector: TrainedDetector | None = None, **said):
        (tmp_path / "new.csv").write_text(text)
        detector = detector or trained[2].detector
        found = score_file(detector, tmp_path / "new.csv", tmp_path / "out.csv", options=ReadOptions(**said))
        return pd.read_csv(tmp_path / "out.csv")["score"].tolist(), " ".join(found.notes)

    return score


def test_an_open_notation_is_read_as_the_training_file_was(scored):
    assert scored(SHORT) == scored(PLAIN)
    assert scored(SHORT.replace(";3;", ";-200.0;"))[0] == scored(SHORT.replace(";3;", ";;"))[0]


def test_another_notation_is_refused_until_it_is_said(scored):
    other = PLAIN.replace(".000,", "000.").replace("1.299,", "1299.")
    with pytest.raises(DataError, match="Column 'Preis' contradicts the file that was trained on"):
        scored(other)
    assert scored(other, decimal=".")[0] == scored(PLAIN)[0]


def test_the_command_says_a_mistake_in_one_line_and_takes_the_options(trained, tmp_path, monkeypatch, capsys):
    folder, _, run_ = trained
    monkeypatch.setenv("ANOMALENS_HOME", str(folder / "home"))
    (tmp_path / "us.csv").write_text("Artikel,Preis,Menge,Tag\nA1,1299.5,3,03.04.2026\n")
    command = ["score", run_.id, tmp_path / "us.csv", "--out", tmp_path / "out.csv"]
    assert run(*command) == 2
    said = capsys.readouterr().err
    assert said.startswith("anomalens: Column 'Preis' contradicts")
    assert said.count("\n") == 1
    assert run(*command, "--decimal", "point") == 0
    assert "Fields are separated by commas here, and by semicolons in the file that was trained on." in (
        capsys.readouterr().err
    )


def test_a_bundle_reads_like_the_run(trained, tmp_path):
    import io
    import zipfile

    run_ = trained[2]
    with zipfile.ZipFile(io.BytesIO(bundle(ReportContext(run_)))) as archive:
        archive.extractall(tmp_path / "there")
    place = next((tmp_path / "there").iterdir())
    assert json.loads((place / "interpretation.json").read_text())["options"]["missing"] == ["-200"]
    (tmp_path / "new.csv").write_text(SHORT)
    score_with_bundle(open_bundle(place), tmp_path / "new.csv", tmp_path / "bundled.csv")
    score_file(run_.detector, tmp_path / "new.csv", tmp_path / "own.csv")
    assert (tmp_path / "bundled.csv").read_text() == (tmp_path / "own.csv").read_text()


def test_a_request_is_read_like_the_run(trained):
    kind, encoder = TabularModality(), trained[2].detector.encoder
    rows = kind.decode(SHORT.encode(), "text/csv", encoder)
    assert rows["Preis"].tolist() == [1299.0, 5000.0]
    body = json.dumps([{"artikel": "A1", "PREIS": 1299.0, "menge": 3, "Tag": "2026-04-03"}]).encode()
    assert {"Menge", "Preis"} <= set(kind.decode(body, "application/json", encoder).columns)


def test_a_run_from_before_notation_was_kept_reads_each_file_by_itself(trained, scored, tmp_path):
    from dataclasses import replace

    _, space, run_ = trained
    detector = load(space.artifacts, run_.folder)
    old = replace(detector, encoder=type(detector.encoder).from_dict(detector.encoder.to_dict()))
    assert old.encoder.interpretation is None
    assert scored(PLAIN, old)[0] == scored(PLAIN)[0]
    assert scored(SHORT, old)[0] != scored(SHORT)[0]
