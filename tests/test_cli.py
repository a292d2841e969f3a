"""The command line, as its user sees it: what is printed, what stays in the workspace, and how mistakes end."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.exc import OperationalError
from waiting import WAIT, until

from core.cli import main

FAST = ["--preset", "Tabular", "--set", "training.epochs=3"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A workspace of the test's own."""
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def payments(tmp_path):
    """A table in which the odd rows are easy to tell."""
    return write_payments(tmp_path / "payments.csv")


def write_payments(path: Path, rows: int = 400, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    odd = np.arange(rows) % 20 == 19
    values = rng.normal(size=(rows, 4)) + 6.0 * odd[:, None]
    table = pd.DataFrame(values, columns=["amount", "hour", "distance", "age"])
    table["fraud"] = np.where(odd, "yes", "no")
    table["part"] = np.where(np.arange(rows) % 3 == 0, "test", "train")
    table.to_csv(path, index=False)
    return path


def run(capsys, *words):
    """Run a command in this process: exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


def train(capsys, *words):
    code, out, err = run(capsys, "train", *words, "--json")
    assert code == 0, err
    return json.loads(out)


def complaint(err: str) -> str:
    """The one line on standard error that is no note on what was decided about the data."""
    (line,) = (line for line in err.splitlines() if not line.startswith("Note: "))
    return line


def test_train_prints_one_json_object_with_exactly_the_promised_keys(capsys, payments):
    result = train(capsys, payments, "--label", "fraud", "--normal", "no", "--split", "normals", *FAST)
    assert list(result) == [
        "run",
        "model",
        "rows",
        "features",
        "epochs",
        "seconds",
        "threshold",
        "flagged",
        "judged",
        "auroc",
        "average_precision",
        "unmeasured",
        "parts",
        "notes",
    ]
    assert result["judged"] == result["parts"]["test"]["rows"]
    assert result["flagged"] == result["parts"]["test"]["flagged"]
    assert result["unmeasured"] == ""
    assert (result["model"], result["rows"], result["epochs"]) == ("dense", 400, 3)
    assert result["auroc"] > 0.95
    assert 0 < result["average_precision"] <= 1


def test_metrics_are_null_without_labels(capsys, payments, tmp_path):
    pd.read_csv(payments).drop(columns=["fraud", "part"]).to_csv(tmp_path / "plain.csv", index=False)
    result = train(capsys, tmp_path / "plain.csv", *FAST)
    assert result["auroc"] is None
    assert result["average_precision"] is None
    assert result["features"] == 4


def test_the_same_seed_gives_the_same_numbers(capsys, payments):
    first, second, other = (
        train(capsys, payments, "--seed", seed, "--model", "dense", "--set", "epochs=2") for seed in (3, 3, 4)
    )
    assert first["threshold"] == second["threshold"] != other["threshold"]


def test_a_split_may_be_a_column(capsys, payments):
    from core.cli.support.workspace import workspace

    result = train(capsys, payments, "--label", "fraud", "--split", "part", *FAST)
    assert workspace().store.run(result["run"]).result["test_rows"] == 134


def test_a_test_file_is_judged_and_never_trained_on(capsys, payments, tmp_path):
    from core.cli.support.workspace import workspace

    later = write_payments(tmp_path / "later.csv", rows=60, seed=1)
    result = train(capsys, payments, "--label", "fraud", "--test", later, *FAST)
    assert result["rows"] == 460
    assert workspace().store.run(result["run"]).result["test_rows"] == 60


def test_collider_takes_background_and_signal_and_says_how_much_background_it_rejects(capsys, payments, tmp_path):
    table = pd.read_csv(payments)
    features = ["amount", "hour", "distance", "age"]
    table.loc[table.fraud == "no", features].to_csv(tmp_path / "background.csv", index=False)
    table.loc[table.fraud == "yes", features].to_csv(tmp_path / "signal.csv", index=False)
    files = [tmp_path / "background.csv", "--signal", tmp_path / "signal.csv"]
    result = train(capsys, *files, "--preset", "Collider", "--set", "training.epochs=5")
    assert result["auroc"] > 0.9
    assert result["background_rejection"]["signal_efficiency"] == 0.3
    assert result["background_rejection"]["value"] > 1
    _, out, _ = run(capsys, "train", *files, "--preset", "collider", "--set", "training.epochs=5")
    assert "1/ε_b at ε_s = 0.3" in out


def test_score_writes_a_score_for_every_row_of_another_file(capsys, payments, tmp_path):
    trained = train(capsys, payments, "--label", "fraud", "--split", "normals", *FAST)
    new = pd.read_csv(payments).head(50).drop(columns=["fraud"])
    new.to_csv(tmp_path / "new.csv", index=False)
    code, out, err = run(capsys, "score", trained["run"], tmp_path / "new.csv", "--out", tmp_path / "scores.csv")
    assert code == 0, err
    assert "50 rows scored" in out
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert list(scores.columns) == ["row", "score", "flagged"]
    assert scores["row"].tolist() == list(range(50))
    assert ((scores["score"] > trained["threshold"]) == (scores["flagged"] == 1)).all()
    # The run's own scores of the same rows.
    from core.cli.support.workspace import workspace

    own = pd.read_parquet(workspace().artifacts.local(f"runs/{trained['run']}/scores.parquet"))["score"].head(50)
    np.testing.assert_allclose(scores["score"], own, rtol=1e-6)


def test_score_says_which_values_it_cannot_read_and_train_which_rows_it_left_out(capsys, payments, tmp_path):
    lines = payments.read_text().splitlines()
    (tmp_path / "ragged.csv").write_text("\n".join([*lines, "1,2", "3,4,5,6,7,8,9"]) + "\n")
    code, out, err = run(capsys, "train", tmp_path / "ragged.csv", "--label", "fraud", *FAST, "--json")
    assert code == 0, err
    assert "Note: 2 rows were left out" in err
    new = pd.read_csv(payments).head(50)
    new["age"] = new["age"].map("{} years".format)
    new["hour"] = np.nan
    new.to_csv(tmp_path / "new.csv", index=False)
    command = ["score", json.loads(out)["run"], tmp_path / "new.csv", "--out", tmp_path / "scores.csv"]
    code, _, err = run(capsys, *command)
    assert code == 0
    assert "Column 'hour' holds no value in any row." in err
    assert "Of 50 values of column 'age', 50 are no numbers and count as missing, such as" in err
    assert "amount" not in err


def test_scores_are_written_whole_or_not_at_all(capsys, payments, tmp_path):
    trained = train(capsys, payments, "--label", "fraud", *FAST)
    out = tmp_path / "scores.csv"
    out.write_text("of yesterday")
    pd.read_csv(payments).drop(columns=["age"]).to_csv(tmp_path / "less.csv", index=False)
    code, _, err = run(capsys, "score", trained["run"], tmp_path / "less.csv", "--out", out)
    assert (code, out.read_text()) == (2, "of yesterday")
    assert "'age' is missing" in err
    code, _, err = run(capsys, "score", trained["run"], payments, "--out", "/dev/full")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "No space left" in err
    assert not list(tmp_path.glob("*.part"))


def test_a_store_that_is_away_for_a_moment_ends_no_training(capsys, payments, monkeypatch):
    from core.cli.support import follow
    from core.store.runs import Store

    look, looks = Store.run, []

    def away(self: Store, run_id: str):
        found = look(self, run_id)
        if found.state != "queued" and threading.current_thread() is threading.main_thread() and len(looks) < 2:
            looks.append(run_id)
            raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))
        return found

    monkeypatch.setattr(Store, "run", away)
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.001)
    assert train(capsys, payments, *FAST)["epochs"] == 3
    assert looks


def test_a_store_that_stays_away_is_said_in_one_line(capsys, payments, monkeypatch):
    from core.jobs import worker

    def full(*arguments: object) -> None:
        raise OperationalError("BEGIN", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(worker, "run_job", full)
    code, out, err = run(capsys, "train", payments, *FAST)
    assert (code, out) == (2, "")
    assert complaint(err) == "anomalens: The disk of the run store is full. Free some space, and try again."


def test_a_damaged_file_of_a_run_is_said_in_one_line(capsys, payments, tmp_path):
    from core.cli.support.workspace import workspace

    trained = train(capsys, payments, *FAST)
    folder = f"runs/{trained['run']}"
    artifacts = workspace().artifacts
    commands = {"scores.parquet": ["threshold"], "model.json": ["score", payments, "--out", tmp_path / "scores.csv"]}
    for name, (command, *rest) in commands.items():
        artifacts.write_bytes(f"{folder}/{name}", artifacts.read_bytes(f"{folder}/{name}")[:20])
        code, out, err = run(capsys, command, trained["run"], *rest)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert name in err


def test_runs_lists_what_was_trained(capsys, payments):
    assert "No runs yet" in run(capsys, "runs")[1]
    trained = train(capsys, payments, "--name", "small code", *FAST)
    _, out, _ = run(capsys, "runs", "--json")
    (record,) = json.loads(out)
    assert (record["run"], record["name"], record["state"]) == (trained["run"], "small code", "done")
    assert record["threshold"] == trained["threshold"]
    _, out, _ = run(capsys, "runs")
    assert trained["run"] in out


def test_runs_tells_of_a_run_whose_process_is_gone(capsys, payments, monkeypatch):
    from core.cli.support.workspace import workspace
    from core.jobs import supervisor
    from core.jobs.process import identity

    trained = train(capsys, payments, *FAST)
    place = workspace()
    done = place.store.run(trained["run"])
    left = place.store.create_run(done.dataset_id, done.recipe)
    place.store.claim(left.id, identity())
    assert run(capsys, "runs")[2] == ""
    monkeypatch.setattr(supervisor, "gone", lambda lease: lease.run_id == left.id)
    _, out, err = run(capsys, "runs")
    assert left.id in out
    assert err.startswith(f"Note: Run {left.id} is not worked on: the process that had it is gone.")


def test_models_shows_every_model_setting_and_preset(capsys):
    from core import catalogue

    _, out, _ = run(capsys, "models", "--json")
    listed = json.loads(out)
    assert [model["name"] for model in listed["models"]] == [model.name for model in catalogue.models()]
    assert [preset["name"] for preset in listed["presets"]] == [preset.name for preset in catalogue.presets()]
    assert {"training.epochs", "threshold.rule"} <= {setting["name"] for setting in listed["settings"]}
    _, out, _ = run(capsys, "models")
    of_all = out[out.index("Settings of every model") : out.index("How rows become numbers")]
    assert "Samples per optimizer step" in of_all
    assert not re.search(r"(?i)\brows?\b(?!\s*=)", of_all.replace("contraction_rows", ""))
    for info in catalogue.models():
        assert all(f"model.{param.name}" in out for param in info.params)


def test_epochs_win_over_the_steps_of_a_preset(capsys):
    from core.cli.support.recipes import chosen_recipe

    recipe = chosen_recipe("Recommended", "", ["epochs=2"])
    assert (recipe.training.epochs, recipe.training.steps) == (2, 0)
    assert chosen_recipe("Recommended", "", ["epochs=2", "steps=9"]).training.steps == 9


DATA = "payments.csv"
MISTAKES = {
    "a file that is not there": (["train", "nothing.csv"], "no file nothing.csv"),
    "a file with a typing error": (["train", "paymens.csv"], "Did you mean payments.csv?"),
    "a folder": (["train", "."], "Name one"),
    "no file": (["train"], "Missing argument 'DATA'"),
    "an empty file": (["train", "empty.csv"], "empty"),
    "a file that is no table": (["train", "picture.png"], "picture.png"),
    "an address that the operator does not allow": (
        ["train", "https://data.example.org/a.csv"],
        "ANOMALENS_ALLOWED_SOURCES",
    ),
    "an unknown column": (["train", DATA, "--label", "farud"], "Did you mean 'fraud'?"),
    "a value that the column does not have": (["train", DATA, "--label", "fraud", "--normal", "maybe"], "'maybe'"),
    "a normal value without its column": (["train", DATA, "--normal", "no"], "--label"),
    "an unknown preset": (["train", DATA, "--preset", "recomended"], "Did you mean 'Recommended'?"),
    "an unknown model": (["train", DATA, "--model", "dens"], "Did you mean 'dense'?"),
    "a preset and a model": (["train", DATA, "--preset", "VAE", "--model", "vae"], "one of them"),
    "an unknown setting": (["train", DATA, "--set", "training.epoch=3"], "Did you mean 'training.epochs'?"),
    "a setting without a value": (["train", DATA, "--set", "epochs"], "key=value"),
    "a setting of the wrong type": (["train", DATA, "--set", "epochs=many"], "whole number"),
    "a setting out of its range": (["train", DATA, "--set", "epochs=0"], "at least 1"),
    "a model's setting out of its range": (["train", DATA, "--set", "dropout=2"], "at most 0.95"),
    "an unknown split": (["train", DATA, "--split", "cronological"], "Did you mean 'chronological'?"),
    "half of the normals without labels": (["train", "plain.csv", "--split", "normals"], "--label"),
    "two second files": (["train", DATA, "--test", DATA, "--signal", DATA], "one of them"),
    "an unknown device": (["train", DATA, "--device", "cuda:7"], "cuda:7"),
    "an unknown device of a search": (["search", DATA, "--device", "cuda:7"], "cuda:7"),
    "a seed that is no number": (["train", DATA, "--seed", "x"], "--seed"),
    "an unknown option": (["train", DATA, "--lable", "fraud"], "Did you mean --label?"),
    "an unknown command": (["trian", DATA], "Did you mean 'train'?"),
    "an unknown run": (["score", "nosuchrun", DATA, "--out", "s.csv"], "anomalens runs"),
    "no place for the scores": (["score", "nosuchrun", DATA], "--out"),
    "a folder that is not there": (["score", "r", DATA, "--out", "no/s.csv"], "no folder no"),
    "an unknown benchmark": (["bench", "sesions"], "Did you mean 'sessions'?"),
    "an unknown option of a benchmark": (["bench", "sessions", "--session", "3"], "Did you mean --sessions?"),
    "a port that is no number": (["--port", "http"], "--port"),
    "a host that is none": (["--host", "no.such.host.invalid"], "no.such.host.invalid"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_ends_with_code_2_and_one_line_that_says_what_to_do(name, capsys, payments, tmp_path):
    words, expected = MISTAKES[name]
    (tmp_path / "empty.csv").touch()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    pd.read_csv(payments).drop(columns=["fraud", "part"]).to_csv(tmp_path / "plain.csv", index=False)
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    line = complaint(err)
    assert line.startswith("anomalens: ")
    assert expected in line


def test_a_mistake_leaves_nothing_in_the_workspace(capsys, payments):
    from core.cli.support.workspace import workspace

    run(capsys, "train", payments, "--label", "farud")
    run(capsys, "train", payments, "--label", "fraud", "--normal", "maybe")
    run(capsys, "train", payments, "--device", "cuda:7")
    run(capsys, "search", payments, "--device", "cuda:7", "--at-once", "1")
    place = workspace()
    assert place.store.datasets() == []
    assert place.artifacts.list("datasets") == []


def test_a_taken_port_is_said_in_a_sentence(capsys):
    import socket

    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = run(capsys, "--port", port)
    assert code == 2
    assert f"Port {port} is taken" in err


def test_a_database_that_does_not_answer_is_said_without_its_password(capsys, monkeypatch):
    monkeypatch.setenv("ANOMALENS_DATABASE_URL", "postgresql+psycopg://me:secret@localhost:1/none?connect_timeout=1")
    code, _, err = run(capsys, "runs")
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "ANOMALENS_DATABASE_URL" in err
    assert "secret" not in err


def test_an_operators_mistake_is_said_in_a_sentence(capsys, monkeypatch):
    monkeypatch.setenv("ANOMALENS_WORKERS", "many")
    code, _, err = run(capsys, "runs")
    assert code == 2
    assert err == "anomalens: ANOMALENS_WORKERS must be a whole number of at least 1. Got 'many'.\n"


def test_version_is_the_installed_one(capsys):
    from importlib.metadata import version

    assert run(capsys, "--version")[1].strip() == version("anomalens")


def test_listing_runs_imports_neither_torch_nor_streamlit():
    code = (
        "import sys\n"
        "from core.cli import main\n"
        "try:\n    main(['runs'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'streamlit', 'sklearn', 'scipy', 'pandas'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_terminal_of_another_character_set_is_written_to(payments, home):
    from core.cli.support.workspace import workspace
    from core.recipe import Recipe

    place = workspace()
    dataset = place.store.add_dataset("café 🙂", source="x", rows=1, test_rows=0, columns=1, schema={}, report={})
    place.store.create_run(dataset.id, Recipe(model="dense"), "ε 🙂")
    where = os.environ | {"PYTHONIOENCODING": "latin-1"}
    for words, shown in ((["runs"], "café ?"), (["runs", "--json"], json.dumps("café 🙂"))):
        command = [sys.executable, "-m", "core.cli", *words]
        done = subprocess.run(command, cwd=ROOT, env=where, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert shown in done.stdout.decode("latin-1")


ROOT = Path(__file__).parents[1]


@pytest.mark.processes
def test_an_interrupted_training_keeps_its_best_weights(payments, home):
    words = ["train", payments, "--preset", "Tabular", "--set", "epochs=10000", "--set", "batch_size=2", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "core.cli", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"ANOMALENS_HOME": str(home)},
        # A shell that starts it in the background would have it ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    until(lambda: has_an_epoch(home) or process.poll() is not None, "an epoch was over")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=WAIT)
    assert process.returncode == 0, err
    result = json.loads(out)
    assert 0 < result["epochs"] < 10000
    from core.cli.support.workspace import workspace

    assert workspace().store.run(result["run"]).state == "stopped"


def has_an_epoch(home: Path) -> bool:
    from core.cli.support.workspace import workspace

    if not (home / "anomalens.db").exists():
        return False
    store = workspace().store
    return any(store.epochs_written(found.id) for found in store.runs())
