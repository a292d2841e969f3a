"""A run as a notebook: what it says, and that its code gives the run's own numbers when it is run somewhere else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from core.cli import main
from core.errors import NotFittedError
from core.export.notebook import notebook, run_notebook
from core.modalities.examples import ingest_example
from core.recipe import Recipe
from core.store.workspace import open_workspace

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def anomalens(capsys, *words) -> str:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    printed = capsys.readouterr()
    assert end.value.code == 0, printed.err
    return printed.out


def files(folder: Path, with_second: bool) -> None:
    """Semicolons, decimal commas, and a column whose name is markup."""
    rng = np.random.default_rng(0)
    for name, rows in (("amounts.csv", 300), ("later.csv", 100)) if with_second else (("amounts.csv", 300),):
        odd = rng.random(rows) < 0.1
        table = pd.DataFrame(rng.normal(size=(rows, 4)) + 5.0 * odd[:, None], columns=["a", "b", "c", "<img src=x>"])
        table["odd"] = np.where(odd, "yes", "no")
        table.to_csv(folder / name, index=False, sep=";", decimal=",")


@pytest.mark.parametrize("with_second", [False, True])
def test_its_code_gives_the_numbers_of_the_run(tmp_path, capsys, with_second):
    files(tmp_path, with_second)
    second = ["--test", "later.csv"] if with_second else ["--split", "normals"]
    told = ["--label", "odd", "--normal", "no", "--preset", "Tabular", "--set", "training.epochs=3", "--seed", "7"]
    run = json.loads(anomalens(capsys, "train", "amounts.csv", *told, *second, "--json"))
    anomalens(capsys, "notebook", run["run"], "--out", "run.ipynb")

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for file in tmp_path.glob("*.csv"):
        shutil.copy(file, elsewhere)
    book = nbformat.read(tmp_path / "run.ipynb", as_version=4)
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    wanted = {key: run[key] for key in ("threshold", "auroc", "average_precision", "rows", "epochs")}
    check = f"import json\nprint(json.dumps({{name: getattr(result, name) for name in {list(wanted)!r}}}))"
    (elsewhere / "run.py").write_text("\n\n".join([*code, check]), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment.pop("ANOMALENS_HOME")
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found == pytest.approx(wanted, rel=1e-5)


def test_a_sample_is_made_again_and_names_stay_names(tmp_path, capsys):
    space = open_workspace()
    dataset = ingest_example(space, "wine")
    run = space.store.create_run(dataset.id, Recipe(model="dense"), "<b>odd</b>\n# wines")
    with pytest.raises(NotFittedError, match="queued"):
        notebook(run, dataset, dataset.schema)
    with pytest.raises(NotFittedError, match="queued"):
        run_notebook(space, run)
    from core.cli.support.follow import follow

    run = follow(
        space, space.store.create_run(dataset.id, Recipe(model="dense").with_set({"training.epochs": 2}), "x <b>")
    )
    book = nbformat.reads(run_notebook(space, run), as_version=4)
    said = "\n".join(cell.source for cell in book.cells)
    assert "ingest_example(space, 'wine')" in said
    assert "<b>" not in said
    assert run_notebook(space, run) == run_notebook(space, run)
