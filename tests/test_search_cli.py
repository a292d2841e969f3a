"""`anomalens search` as people and scripts call it: in one process, by JSON, with mistakes, stopped and resumed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from search_helpers import planted
from waiting import WAIT, until

from core.cli import main
from core.store.workspace import open_workspace

ROOT = Path(__file__).parents[1]
TINY = ("--models", "vae", "--steps", "10", "--at-once", "1", "--device", "cpu")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    planted().to_csv(tmp_path / "planted.csv", index=False)
    return tmp_path


def called(capsys, *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["search", *words])
    printed = capsys.readouterr()
    return int(end.value.code or 0), printed.out, printed.err


def test_a_search_in_this_process_prints_one_object_and_keeps_the_best_as_a_run(folder, capsys):
    words = (
        "planted.csv",
        "--label",
        "label",
        "--normal",
        "fine",
        "--trials",
        "2",
        "--json",
        "--keep",
    )
    code, out, err = called(capsys, *words, *TINY)
    assert code == 0, err
    found = json.loads(out)
    assert (found["state"], found["objective"], len(found["trials"])) == ("done", "labels", 2)
    assert found["best"]["recipe"]["model"] == found["best"]["model"] == "vae"
    assert found["best"]["value"] == max(trial["value"] for trial in found["trials"])
    assert found["estimate"]["anomalies"] > 0
    kept = open_workspace().store.run(found["run"])
    assert (kept.state, kept.recipe.to_dict()) == ("done", found["best"]["recipe"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "A search needs data."),
        (("nowhere.csv",), "There is no file nowhere.csv."),
        (("planted.csv", "--models", "dens"), "There is no model called 'dens'. Did you mean 'dense'?"),
        (("planted.csv", "--objective", "luck"), "Judge by must be one of auto, labels, unlabelled."),
        (("planted.csv", "--split", "chronological", "--label", "nope"), "There is no column called 'nope'."),
        (("planted.csv", "--normal", "fine"), "--normal fine needs the column"),
        (("--resume", "nothing"), "There is no search called 'nothing'."),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing_behind(folder, capsys, words, sentence):
    code, out, err = called(capsys, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len([line for line in err.splitlines() if not line.startswith("Note: ")]) == 1
    assert open_workspace().store.datasets() == []


@pytest.mark.processes
def test_a_search_is_stopped_and_resumed_by_other_processes(folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "core.cli", "search"]
    words = ("planted.csv", "--trials", "1000", *TINY)  # more than there is time for before it is stopped
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    # Where the tests run in the background, Ctrl-C would be ignored by whatever they start.
    piped["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    store = open_workspace().store
    with subprocess.Popen([*command, *words], cwd=folder, env=environment, **piped) as first:
        until(lambda: _ended(store) or first.poll() is not None, "a trial was done")
        first.send_signal(signal.SIGINT)
        said, _ = first.communicate(timeout=WAIT)
    (search,) = store.searches()
    assert search.state == "stopped", said
    assert f"Go on: anomalens search --resume {search.id}" in said
    before = {trial.id: trial.result for trial in store.trials(search.id) if trial.state == "done"}
    assert before
    made = len(store.trials(search.id))
    assert not [trial for trial in store.trials(search.id) if trial.state == "running"]
    resumed = [*command, "--resume", search.id, "--trials", str(made + 3), "--at-once", "1", "--json"]
    done = subprocess.run(resumed, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["study"], found["state"], len(found["trials"])) == (search.id, "done", made + 3)
    after = {trial.id: trial.result for trial in store.trials(search.id)}
    assert {run_id: after[run_id] for run_id in before} == before
    # One study knows them all.
    assert sum(entry["op_code"] == 4 for entry in store.read_log(search.id)) == made + 3


def _ended(store) -> bool:
    searches = store.searches()
    return bool(searches) and any(trial.state == "done" for trial in store.trials(searches[0].id))
