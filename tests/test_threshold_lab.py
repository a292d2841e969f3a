"""The threshold lab: every rule on the same scores, its intervals, the command line, and the guarantee as measured."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_cli import run, train, write_payments

from core.bench import BENCHES
from core.errors import ConfigError
from core.metrics.evaluation import confusion
from core.metrics.groups import PARTS, ScoreGroups, judged_parts, reference_part
from core.thresholds import THRESHOLDS, Evidence, make_rule, rule_names
from core.thresholds.bootstrap import Resamples
from core.thresholds.lab import evaluate, side_by_side, with_intervals
from core.thresholds.rates import rows_per_day
from core.thresholds.sample import SortedScores


def scored(n: int = 6000, seed: int = 0, *, labels: bool = True):
    """Scores, labels and parts as a run has them."""
    rng = np.random.default_rng(seed)
    parts = rng.choice(3, n, p=[0.4, 0.2, 0.4])
    odd = (rng.random(n) < 0.1) & (parts == 2)
    scores = rng.lognormal(size=n) * np.where(odd, 8.0, 1.0)
    return scores, odd.astype(np.int8) if labels else np.full(n, -1, np.int8), parts


def evidence(**options) -> Evidence:
    groups = ScoreGroups.build(*scored(**options))
    return Evidence.from_groups(groups, judged=("test",), reference="validation", per_day={"when": 200.0})


def test_all_rules_stand_side_by_side_on_the_same_rows():
    scores, labels, parts = scored()
    outcomes = side_by_side(evidence(), {"cost": {"miss": 3, "alarm": 2}})
    assert [outcome.rule for outcome in outcomes] == rule_names()
    judged = parts == PARTS.index("test")
    for outcome in outcomes:
        assert not outcome.problem
        counts = confusion(labels[judged], scores[judged], outcome.threshold)
        assert outcome.flagged == (scores[judged] > outcome.threshold).sum()
        assert (outcome.precision, outcome.recall, outcome.f1) == (counts.precision, counts.recall, counts.f1)
        # All anomalies are judged, and two fifths of the normal rows: these stand for the others too.
        each = (labels == 0).sum() / (labels[judged] == 0).sum()
        assert outcome.cost == pytest.approx(3 * counts.false_negatives + 2 * each * counts.false_positives)
        came = counts.true_positives + each * counts.false_positives
        assert outcome.share == pytest.approx(came / len(labels))
        assert outcome.alerts_per_day == pytest.approx(200.0 * came / len(labels))
    best = {name: max(o.f1 for o in outcomes) for name in ("f1",)} | {"cost": min(o.cost for o in outcomes)}
    by_rule = {outcome.rule: outcome for outcome in outcomes}
    assert by_rule["f1"].f1 == best["f1"]
    assert by_rule["cost"].cost == best["cost"]


def test_without_labels_the_rules_that_need_none_remain_and_nothing_is_measured():
    outcomes = side_by_side(evidence(labels=False))
    assert {outcome.rule for outcome in outcomes if outcome.problem} == {"f1", "youden", "cost"}
    assert all(outcome.precision is None and outcome.cost is None for outcome in outcomes)
    assert all(outcome.flagged is not None for outcome in outcomes if not outcome.problem)


def test_what_promises_something_calibrates_on_rows_that_nothing_was_learnt_from():
    groups = ScoreGroups.build(*scored())
    seen = Evidence.from_groups(groups, judged=("test",), reference="train")
    assert seen.all_reference.size == groups.totals[PARTS.index("train")].sum()
    assert seen.calibration.size == groups.totals[PARTS.index("validation")].sum()
    assert "validation rows" in evaluate("conformal", {}, seen).guarantee
    alone = ScoreGroups.build(*(a[scored()[2] != 1] for a in scored()))
    assert reference_part(alone, "validation") == "train"
    outcome = evaluate(
        "conformal", {}, Evidence.from_groups(alone, judged=judged_parts(alone, "test"), reference="train")
    )
    assert "does not hold: the network was trained" in outcome.caution


@pytest.mark.parametrize("name", THRESHOLDS.names())
def test_the_intervals_from_bins_are_those_of_rows_drawn_one_by_one(name):
    # At a rate of 0.1 some of the resamples flag next to nothing, and the upper end jumps.
    seen, rule = evidence(), make_rule(name, {"fdr": 0.3} if name == "conformal" else {})
    found = Resamples(seen).intervals(rule)
    rng = np.random.default_rng(1)

    def drawn(sample: SortedScores) -> SortedScores:
        return SortedScores.of(rng.choice(sample.values, sample.size))

    thresholds, recalls = [], []
    for _ in range(300):
        sides = [{name: drawn(s) for name, s in side.items() if s.size} for side in (seen.reference, seen.judged)]
        again = replace(seen, reference=sides[0], judged=sides[1])
        thresholds.append(rule.apply(again))
        recalls.append(again.judged_anomalies.above(thresholds[-1]) / again.judged_anomalies.size)
    for interval, values in ((found.threshold, thresholds), (found.recall, recalls)):
        low, high = np.percentile(values, [2.5, 97.5])
        # Two sets of resamples differ by themselves: the ends by less than two fifths of the width.
        assert interval == pytest.approx((low, high), abs=0.4 * (high - low) + 1e-9)


def test_the_same_seed_draws_the_same_intervals_and_the_rows_bound_the_cost():
    many = evidence(n=200_000)
    resamples = Resamples(many)
    assert resamples._values.size <= 3 * 512
    rule = make_rule("percentile")
    assert resamples.intervals(rule) == Resamples(many).intervals(rule)
    width = np.diff(resamples.intervals(rule).threshold)[0]
    # The standard error of a quantile, sqrt(p (1 - p) / n) / density: bins must not swallow it.
    n, at = many.all_reference.size, math.exp(1.6449)
    density = math.exp(-(1.6449**2) / 2) / (at * math.sqrt(2 * math.pi))
    assert width == pytest.approx(2 * 1.96 * math.sqrt(0.05 * 0.95 / n) / density, rel=0.3)


def test_precision_and_recall_of_rules_that_choose_by_labels_are_also_told_held_out():
    seen = evidence(n=600)
    outcome = with_intervals(evaluate("f1", {}, seen), Resamples(seen))
    assert outcome.intervals.held_out_f1 < outcome.f1
    assert with_intervals(evaluate("mad", {}, seen), Resamples(seen)).intervals.held_out_f1 is None


def test_rows_a_day_are_those_between_the_first_and_the_last(tmp_path):
    from table_fixture import make_table

    from core.index.schema import infer_schema

    rows = 3000
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=rows)})
    frame["when"] = pd.date_range("2026-01-01", periods=rows, freq="10min").astype(str)
    table = make_table(tmp_path, frame)
    assert rows_per_day(table, infer_schema(table)) == pytest.approx({"when": 144.0}, rel=0.01)
    (tmp_path / "bare").mkdir()
    bare = make_table(tmp_path / "bare", frame[["x"]])
    assert rows_per_day(bare, infer_schema(bare)) == {}


@pytest.fixture
def trained(tmp_path, monkeypatch, capsys):
    """A run in a workspace of the test's own; 64 validation rows."""
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    payments = write_payments(tmp_path / "payments.csv", rows=800)
    told = train(
        capsys, payments, "--label", "fraud", "--normal", "no", "--split", "normals", "--model", "dense",
        "--set", "training.epochs=3",
    )  # fmt: skip
    return told["run"], payments


def test_the_command_line_sets_shows_and_keeps_a_threshold(trained, capsys, tmp_path):
    run_id, payments = trained
    code, out, _ = run(capsys, "threshold", run_id, "--rule", "conformal", "--set", "fdr=0.2", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["run"], told["rule"], told["settings"]["fdr"]) == (run_id, "conformal", 0.2)
    assert told["intervals"]["threshold"][0] <= told["threshold"] <= told["intervals"]["threshold"][1]
    assert "calibrated on" in told["guarantee"]
    assert {"flagged", "precision", "recall", "f1", "false_positive_rate", "cost"} <= told.keys()
    code, out, _ = run(capsys, "threshold", run_id)
    assert code == 0
    assert all(name in out for name in rule_names())
    assert "alerts: Alerts per day need a time" in out
    code, out, _ = run(capsys, "threshold", run_id, "--json")
    assert [line["rule"] for line in json.loads(out)["table"]] == rule_names()
    # Kept: new rows are flagged above it, and it is said whose it is.
    code, out, _ = run(capsys, "threshold", run_id, "--rule", "conformal", "--set", "fdr=0.2", "--save")
    assert code == 0
    assert "It is the run's threshold from now on" in out
    code, out, _ = run(capsys, "score", run_id, payments, "--out", tmp_path / "scores.csv")
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert (scores["flagged"] == (scores["score"] > told["threshold"])).all()
    assert "Conformal, false-discovery rate 0.2, correction benjamini-hochberg on the rows judged in the run" in out
    _, out, _ = run(capsys, "runs", "--json")
    listed = json.loads(out)[0]
    assert (listed["threshold"], listed["flagged"]) == (told["threshold"], told["flagged"])


def test_a_mistake_on_the_command_line_ends_with_code_2_and_a_sentence(trained, capsys):
    run_id, _ = trained
    for words, said in (
        (["nope"], "There is no run called 'nope'"),
        ([run_id, "--rule", "confrmal"], "Did you mean 'conformal'?"),
        ([run_id, "--rule", "conformal", "--set", "fdr"], "must have the form key=value"),
        ([run_id, "--rule", "conformal", "--set", "fdr=2"], "False-discovery rate must be at most 1. Got 2."),
        ([run_id, "--rule", "mad", "--set", "q=2"], "There is no setting called 'q'. Known: k."),
        ([run_id, "--rule", "alerts"], "Alerts per day need a time"),
        ([run_id, "--set", "fdr=0.1"], "Say --rule conformal"),
        ([run_id, "--rule", "mad", "--score", "knn"], "The score knn was not computed for run"),
        ([run_id, "--rule", "conformal", "--set", "fdr=0.001"], "nothing could ever be flagged"),
    ):
        code, out, err = run(capsys, "threshold", *words)
        assert (code, out) == (2, ""), words
        assert said in err
        assert err.count("\n") == 1


def test_the_benchmark_prints_the_realised_rate_beside_the_one_asked_for():
    result = BENCHES["thresholds"](trials=40, detectors="isolation-forest")
    assert result["fdr"] == 0.1
    assert 0.03 < result["realised_fdr"] <= 0.1 + 2 * result["standard_error"]
    assert result["power"] > 0.2
    assert result["percentile_fdr"] > 0.2  # flags as many false alarms as it likes
    assert [line["set"] for line in result["table"]] == ["generated"]
    with pytest.raises(ConfigError, match="at least 2 trials"):
        BENCHES["thresholds"](trials=1)


@pytest.mark.data
def test_on_public_data_the_realised_rate_stays_under_the_one_asked_for(shared_data):
    result = BENCHES["thresholds"](
        data=str(shared_data / "tabular"), sets="musk,satellite", detectors="isolation-forest"
    )
    for line in result["table"]:
        assert 0.05 < line["fdr"] <= 0.1
        assert line["power"] > 0.3
        assert line["percentile_fdr"] > 0.3
