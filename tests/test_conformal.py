"""Conformal p-values and the false-discovery rate: the procedure of the paper, its guarantee, and its excuses."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import DataError
from core.thresholds import Evidence, make_rule
from core.thresholds.conformal import p_values
from core.thresholds.sample import SortedScores

TIED = arrays(np.float64, st.integers(30, 80), elements=st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5, 9.0, 10.0]))
SMOOTH = arrays(np.float64, st.integers(30, 80), elements=st.floats(0, 10, width=32))


def seen(calibration, judged, labels=None) -> Evidence:
    labels = np.zeros(len(judged), dtype=int) if labels is None else labels
    by_class = {"normal": SortedScores.of(judged[labels == 0]), "anomaly": SortedScores.of(judged[labels == 1])}
    return Evidence({"normal": SortedScores.of(calibration)}, by_class)


def by_the_book(p: np.ndarray, fdr: float, whole: float) -> np.ndarray:
    """Benjamini and Hochberg's procedure, step by step."""
    order = np.argsort(p, kind="stable")
    k = max((j for j in range(1, p.size + 1) if p[order[j - 1]] <= fdr * j / whole + 1e-12), default=0)
    rejected = np.zeros(p.size, dtype=bool)
    rejected[order[:k]] = True
    return rejected


def split(rng: np.random.Generator, n: int, m: int, odd: int, shift: float):
    """Calibration rows, judged rows and their labels; rounded, so that scores tie."""
    normal, anomalies = rng.normal(size=n + m), rng.normal(shift, 1, odd)
    labels = np.concatenate([np.zeros(m, dtype=int), np.ones(odd, dtype=int)])
    return np.round(normal[:n], 2), np.round(np.concatenate([normal[n:], anomalies]), 2), labels


@given(st.one_of(TIED, SMOOTH), st.one_of(TIED, SMOOTH), st.sampled_from([0.04, 0.1, 0.3, 0.7]))
def test_as_a_threshold_it_flags_exactly_what_the_procedure_rejects(calibration, judged, fdr):
    p = p_values(SortedScores.of(calibration), judged)
    np.testing.assert_allclose(
        p, [(1 + (calibration >= score).sum()) / (calibration.size + 1) for score in judged], rtol=1e-15
    )
    threshold = make_rule("conformal", {"fdr": fdr}).apply(seen(calibration, judged))
    np.testing.assert_array_equal(judged > threshold, by_the_book(p, fdr, judged.size))


@example(calibration=np.zeros(30), judged=np.append(np.ones(38), 0.0), fdr=0.1)
@given(calibration=st.one_of(TIED, SMOOTH), judged=st.one_of(TIED, SMOOTH), fdr=st.sampled_from([0.1, 0.3]))
def test_storey_puts_the_estimated_normal_rows_in_place_of_all(calibration, judged, fdr):
    p, n = p_values(SortedScores.of(calibration), judged), calibration.size
    lam = math.floor((n + 1) / 2) / (n + 1)
    whole = (1 + (p > lam + 1e-12).sum()) / (1 - lam)
    threshold = make_rule("conformal", {"fdr": fdr, "correction": "storey"}).apply(seen(calibration, judged))
    # A p-value of 1 is never small, even where next to no row is taken for normal.
    np.testing.assert_array_equal(judged > threshold, by_the_book(p, fdr, whole) & (p < 1))


@given(st.one_of(TIED, SMOOTH), st.one_of(TIED, SMOOTH), st.sampled_from([0.05, 0.1, 0.3]))
def test_without_a_correction_each_row_is_judged_by_its_own_p_value(calibration, judged, level):
    threshold = make_rule("conformal", {"fdr": level, "correction": "none"}).apply(seen(calibration, judged))
    expected = p_values(SortedScores.of(calibration), judged) <= level + 1e-12
    np.testing.assert_array_equal(judged > threshold, expected)


def test_benjamini_hochberg_agrees_with_scipy():
    from scipy.stats import false_discovery_control

    calibration, judged, labels = split(np.random.default_rng(3), 500, 400, 60, 3.0)
    p = p_values(SortedScores.of(calibration), judged)
    threshold = make_rule("conformal").apply(seen(calibration, judged, labels))
    np.testing.assert_array_equal(judged > threshold, false_discovery_control(p) <= 0.1)


@pytest.mark.parametrize("correction", ["benjamini-hochberg", "storey"])
def test_the_realised_false_discovery_rate_stays_under_the_one_asked_for(correction):
    shares, rule = [], make_rule("conformal", {"correction": correction})
    rng = np.random.default_rng(0)
    for _ in range(200):
        calibration, judged, labels = split(rng, 400, 300, 40, 3.5)
        flagged = judged > rule.apply(seen(calibration, judged, labels))
        shares.append((flagged & (labels == 0)).sum() / max(1, flagged.sum()))
    assert np.mean(shares) <= 0.1
    # It flags: a rule that never did would keep any rate.
    assert np.mean(shares) > 0.05


def test_among_normal_rows_alone_something_is_flagged_in_no_more_of_the_trials_than_asked_for():
    rule, rng = make_rule("conformal"), np.random.default_rng(1)
    some = [
        (judged > rule.apply(seen(calibration, judged))).any()
        for calibration, judged, _ in (split(rng, 999, 30, 0, 0.0) for _ in range(300))
    ]
    # Where no anomaly is, every flagged row is false: the rate is the chance of flagging at all.
    assert 0 < np.mean(some) <= 0.1 + 2 * math.sqrt(0.1 * 0.9 / 300)


def test_too_few_calibration_rows_are_refused_with_what_would_do():
    with pytest.raises(DataError, match=r"smallest p-value is 1/9, above the rate of 0\.1.*0\.11 or more.*9 rows"):
        make_rule("conformal").apply(seen(np.arange(8.0), np.arange(5.0)))
    assert make_rule("conformal").apply(seen(np.arange(9.0), np.full(1, 99.0))) == 8.0
    with pytest.raises(DataError, match=r"above the rate of 0: nothing could ever be flagged. Ask for 0\.11 or more\."):
        make_rule("conformal", {"fdr": 0.0}).apply(seen(np.arange(8.0), np.arange(5.0)))


def test_where_nothing_is_flagged_it_says_so():
    rng = np.random.default_rng(0)
    plain = seen(rng.normal(size=500), rng.normal(size=100))
    threshold = make_rule("conformal").apply(plain)
    assert not plain.batch.above(threshold)
    assert make_rule("conformal").words(plain, threshold).caution.startswith("No row stands out enough")
    assert "No row stands out" not in make_rule("conformal").words(plain, -9.0).caution


def test_it_says_how_few_rows_it_can_flag():
    words = make_rule("conformal").words(seen(np.arange(99.0), np.arange(1000.0)), 0.0)
    assert "smallest p-value is 1/100, so that of 1,000 rows at least 100 are flagged together or none" in words.caution
    # And so it is: 99 rows above every calibration row are too few, 100 are enough.
    for above, flagged in ((99, 0), (100, 100)):
        judged = np.concatenate([np.full(1000 - above, 5.0), np.full(above, 500.0)])
        assert (judged > make_rule("conformal").apply(seen(np.arange(99.0), judged))).sum() == flagged


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trained": True, "part": "train"}, "the network was trained on the calibration rows"),
        ({"among": True}, "the calibration rows are among those that are judged"),
        ({"reference": {"unknown": SortedScores.of(np.arange(99.0))}}, "the calibration rows have no labels"),
    ],
)
def test_where_the_guarantee_does_not_hold_it_says_so(changes, words):
    from dataclasses import replace

    plain = seen(np.arange(99.0), np.arange(9.0))
    assert "does not hold" not in make_rule("conformal").words(plain, 0.0).caution
    caution = make_rule("conformal").words(replace(plain, **changes), 0.0).caution
    assert "The guarantee does not hold" in caution
    assert words in caution


def test_labelled_anomalies_do_not_calibrate():
    calibration, judged = np.arange(200.0), np.array([150.0, 250.0, 300.0, 301.0])
    clean = seen(calibration, judged)
    mixed = Evidence({**clean.reference, "anomaly": SortedScores.of(np.full(50, 999.0))}, clean.judged)
    assert make_rule("conformal").apply(mixed) == make_rule("conformal").apply(clean)
