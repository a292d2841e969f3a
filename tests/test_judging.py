"""A later file judged by a run: a run of its own at the kept threshold, with its drift in a sentence."""

import json

import numpy as np
import pandas as pd
import pytest
from test_cli import run, train

from core.cli.support.workspace import workspace
from core.results.finished_run import FinishedRun


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on numbers written the German way, at a threshold that somebody chose."""
    home = tmp_path_factory.mktemp("judging")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home / "home"))
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({"a": rng.normal(10, 1, 600).round(3), "b": rng.normal(5, 1, 600).round(3)})
        frame.to_csv(home / "first.csv", index=False, sep=";", decimal=",")
        yield home, frame


def test_a_later_file_becomes_a_run_of_its_own_at_the_kept_threshold(trained, monkeypatch, capsys):
    home, frame = trained
    monkeypatch.setenv("ANOMALENS_HOME", str(home / "home"))
    told = train(capsys, home / "first.csv", "--model", "dense", "--set", "training.epochs=3")
    _, out, _ = run(
        capsys, "threshold", told["run"], "--rule", "contamination", "--set", "share=0.1", "--save", "--json"
    )
    threshold = json.loads(out)["threshold"]
    later = frame.iloc[:200].assign(b=lambda f: f["b"] + 6, more="x")
    later.to_csv(home / "later.csv", index=False, sep=";", decimal=",")
    code, out, err = run(capsys, "score", told["run"], home / "later.csv", "--keep", "--out", home / "scores.csv")
    assert code == 0, err
    assert "Drift: b (" in out
    judged = FinishedRun.open(workspace(), out.split("the run ")[1].split(",")[0])
    assert judged.threshold == threshold
    assert judged.result["judged_by"]["run"] == told["run"]
    assert (len(judged.samples), judged.parts) == (200, ("test",))
    assert judged.table.frame()["a"].to_numpy() == pytest.approx(later["a"].to_numpy())
    scores = pd.read_csv(home / "scores.csv")
    assert np.array_equal(judged.scored.score, scores["score"].to_numpy())
    assert judged.result["flagged"] == scores["flagged"].sum()
    assert judged.schema.column("more").role == "ignored"
    # It is a run like any other: explained, exported, and its dataset goes with it.
    code, out, _ = run(capsys, "explain", judged.id, "--row", "0", "--json")
    assert code == 0
    assert json.loads(out)["rank"] >= 1
    code, out, _ = run(capsys, "export", judged.id, "--out", home / "flagged.csv")
    assert code == 0
    assert pd.read_csv(home / "flagged.csv")["file"].iloc[0] == "later.csv"


def test_what_cannot_be_judged_leaves_nothing_behind(trained, monkeypatch, capsys):
    home, frame = trained
    monkeypatch.setenv("ANOMALENS_HOME", str(home / "home"))
    run_id = workspace().store.runs()[-1].id
    frame[["a"]].to_csv(home / "lacking.csv", index=False, sep=";", decimal=",")
    before = [dataset.id for dataset in workspace().store.datasets()]
    code, _, err = run(capsys, "score", run_id, home / "lacking.csv", "--keep")
    assert code == 2
    assert "'b'" in err
    assert [dataset.id for dataset in workspace().store.datasets()] == before
    code, _, err = run(capsys, "score", run_id, home / "lacking.csv")
    assert code == 2
    assert "--keep" in err
