"""Rates are those of the data as it came: alerts, shares and costs under splits that change the mix."""

import numpy as np
import pytest

from core.metrics.groups import PARTS, ScoreGroups
from core.thresholds import make_rule
from core.thresholds.evidence import Evidence
from core.thresholds.lab import at_threshold
from core.thresholds.sample_weights import sample_weights

ROWS, ODD, PER_DAY = 40_000, 0.02, 400.0


def stream(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores and labels of a stream with a known rate of anomalies, half of which look ordinary."""
    rng = np.random.default_rng(seed)
    odd = rng.random(ROWS) < ODD
    return np.where(odd, rng.normal(2.5, 1.5, ROWS), rng.normal(0.0, 1.0, ROWS)), odd.astype(np.int8)


def normals(label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.random(len(label)) < 0.5
    return np.where((label == 0) & drawn, np.where(rng.random(len(label)) < 0.1, 1, 0), 2)


def at_random(label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where((label == 1) | (rng.random(len(label)) < 0.2), 2, np.where(rng.random(len(label)) < 0.1, 1, 0))


def chronological(label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    late = np.arange(len(label)) >= 0.7 * len(label)
    return np.where(late | (label == 1), 2, np.where(rng.random(len(label)) < 0.1, 1, 0))


def split_column(label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    named = rng.choice(3, len(label), p=[0.6, 0.1, 0.3])
    return np.where((named != 2) & (label == 1), 3, named)


def second_file(label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    second = np.arange(len(label)) >= 0.5 * len(label)
    return np.where(second, 2, np.where(label == 1, 3, np.where(rng.random(len(label)) < 0.1, 1, 0)))


SPLITS = {f.__name__: f for f in (normals, at_random, chronological, split_column, second_file)}


def evidence_of(score: np.ndarray, label: np.ndarray, part: np.ndarray) -> Evidence:
    groups = ScoreGroups.build(score, label, part.astype(np.uint8))
    judged = ("test",) if groups.labelled else PARTS
    return Evidence.from_groups(groups, judged=judged, reference="validation", per_day={"time": PER_DAY})


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("wanted", [2.0, 7.0, 20.0])
def test_alerts_realised_are_those_asked_for(split, wanted):
    score, label = stream(0)
    evidence = evidence_of(score, label, SPLITS[split](label, np.random.default_rng(1)))
    threshold = make_rule("alerts", {"per_day": wanted}).apply(evidence)
    coming, _ = stream(2)
    realised = float((coming > threshold).mean()) * PER_DAY
    # Of 40,000 rows some 200 are alerts at two a day: three standard deviations of the smaller side.
    assert realised == pytest.approx(wanted, rel=0.3 if wanted < 5 else 0.15)
    assert at_threshold(threshold, evidence).alerts_per_day == pytest.approx(wanted, rel=0.03)


@pytest.mark.parametrize("split", SPLITS)
def test_shares_and_costs_are_those_of_the_data_as_it_came(split):
    score, label = stream(3)
    evidence = evidence_of(score, label, SPLITS[split](label, np.random.default_rng(4)))
    flagged = make_rule("contamination", {"share": 0.03}).apply(evidence)
    assert float((score > flagged).mean()) == pytest.approx(0.03, rel=0.1)
    cost = make_rule("cost", {"miss": 10.0, "alarm": 1.0})
    threshold = cost.apply(evidence)
    paid = [
        10 * ((label == 1) & (score <= t)).sum() + ((label == 0) & (score > t)).sum() for t in (threshold, 1.2, 3.0)
    ]
    assert paid[0] <= 1.05 * min(paid)
    assert at_threshold(threshold, evidence, cost.config).cost == pytest.approx(float(paid[0]), rel=0.1)


def test_without_labels_alerts_are_counted_on_rows_that_did_not_train():
    score, _ = stream(5)
    rng = np.random.default_rng(6)
    part = rng.choice(3, ROWS, p=[0.7, 0.1, 0.2])
    score = np.where(part == 0, score - 0.5, score)  # what was learnt by heart scores lower
    evidence = evidence_of(score, np.full(ROWS, -1), part)
    assert evidence.batch.size == ROWS
    threshold = make_rule("alerts", {"per_day": 10.0}).apply(evidence)
    coming, _ = stream(7)
    assert float((coming > threshold).mean()) * PER_DAY == pytest.approx(10.0, rel=0.15)


def test_weights_are_one_where_every_part_is_judged_and_zero_where_none_of_a_class_is():
    totals = np.array([[60, 0, 0], [0, 0, 0], [20, 10, 0], [0, 30, 5]])
    assert sample_weights(totals, PARTS) == {"normal": 1.0, "anomaly": 1.0, "unknown": 1.0}
    assert sample_weights(totals, ("test",)) == {"normal": 4.0, "anomaly": 4.0, "unknown": 0.0}


def test_a_rule_says_that_the_split_has_changed_the_mix():
    score, label = stream(8)
    changed = evidence_of(score, label, normals(label, np.random.default_rng(9)))
    same = evidence_of(score, label, split_column(label, np.random.default_rng(9)))
    rule = make_rule("alerts", {"per_day": 7.0})
    assert "changed the mix" in rule.words(changed, rule.apply(changed)).caution
    assert "changed the mix" not in rule.words(same, rule.apply(same)).caution
