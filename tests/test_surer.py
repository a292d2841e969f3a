"""Where few rows were held out, the training rows say where the threshold is, each scored without having taught."""

import json

import numpy as np
import pandas as pd
from test_cli import run, train

from core.cli.support.workspace import workspace
from core.results.finished_run import FinishedRun
from core.results.run_evidence import run_evidence


def test_cross_fitted_training_rows_join_the_few_that_were_held_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(160, 4)).round(4), columns=list("abcd"))
    frame["odd"] = np.where(np.arange(160) < 20, "yes", "no")
    frame.to_csv(tmp_path / "few.csv", index=False)
    fast = ("--model", "dense", "--set", "training.epochs=3", "--split", "normals")
    told = train(capsys, tmp_path / "few.csv", "--label", "odd", "--normal", "no", *fast)
    before = FinishedRun.open(workspace(), told["run"])
    assert run_evidence(before).all_reference.size < 20
    assert any("may be flagged (95 %)" in note["text"] for note in told["notes"])
    code, out, err = run(capsys, "threshold", told["run"], "--surer", "--rule", "percentile", "--json")
    assert code == 0, err
    after = FinishedRun.open(workspace(), told["run"])
    evidence = run_evidence(after)
    assert evidence.all_reference.size == len(after.train) + (before.scored.part == 1).sum()
    assert "held-out rows" in json.loads(out)["caution"]
    # The recipe's rule has set the run's threshold anew, and scores of rows are what they were.
    assert after.threshold == json.loads(out)["threshold"] != before.threshold
    assert np.array_equal(after.scored.score, before.scored.score)
    # By a detector that knew them, the training rows would score lower.
    assert np.median(evidence.all_reference.values) >= np.median(before.scored.score[before.train])
