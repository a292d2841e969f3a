"""The threshold rules: what they flag, where their ends are, and what they say when they cannot."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import AnomalensError, ConfigError, DataError, UnknownNameError
from core.params import describe
from core.thresholds import THRESHOLDS, Evidence, make_rule, rule_names, set_threshold
from core.thresholds.pot import pareto_fit
from core.thresholds.sample import SortedScores, merged

SCORES = arrays(np.float64, st.integers(1, 60), elements=st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5, 100.0]))
ONE_NUMBER = rule_names(before_scoring=True)
STRICTER = {  # a setting, and values of it from flagging most to flagging least
    "percentile": ("percentile", [0, 50, 90, 99, 100]),
    "value": ("value", [-1, 0, 0.5, 3, 100]),
    "fpr": ("rate", [1, 0.5, 0.1, 0.01, 0]),
    "mad": ("k", [0, 1, 3.5, 10]),
    "iqr": ("k", [0, 1.5, 3, 10]),
    "pot": ("risk", [0.09, 1e-2, 1e-3, 1e-6]),
    "contamination": ("share", [1, 0.5, 0.05, 0]),
    "alerts": ("per_day", [1e6, 50, 5, 0.001]),
    "cost": ("miss", [1000, 10, 1, 0]),
    "conformal": ("fdr", [0.9, 0.5, 0.2, 0.1, 0.05]),
}


def evidence(seed: int = 0, *, move=lambda s: s, labels: bool = True, n: int = 400) -> Evidence:
    """Reference rows and judged rows with anomalies that score higher, a hundred rows a day."""
    rng = np.random.default_rng(seed)
    reference, normal, odd = rng.lognormal(size=n), rng.lognormal(size=n), rng.lognormal(2.5, 0.5, n // 10)
    if labels:
        judged = {"normal": SortedScores.of(move(normal)), "anomaly": SortedScores.of(move(odd))}
    else:
        judged = {"unknown": SortedScores.of(move(np.concatenate([normal, odd])))}
    return Evidence(
        {"normal" if labels else "unknown": SortedScores.of(move(reference))},
        judged,
        rows=2 * n + n // 10,
        per_day={"when": 100.0},
    )


@pytest.mark.parametrize("name", THRESHOLDS.names())
def test_every_rule_describes_itself_and_works_with_its_defaults(name):
    rule = THRESHOLDS[name]
    assert rule.title
    assert rule.when.endswith(".")
    assert rule.formula
    assert rule.needs in ("reference", "judged", "labels")
    assert all(p.help.endswith(".") for p in describe(rule.Config))
    threshold = make_rule(name).apply(evidence())
    assert np.isfinite(threshold)
    words = make_rule(name).words(evidence(), threshold)
    assert all(not said or said.endswith(".") for said in (words.guarantee, words.caution))


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_a_rule_of_one_number_can_be_set_by_it_alone(name):
    rule = THRESHOLDS[name]
    assert rule.low <= rule.default <= rule.high
    assert rule.help.endswith(".")
    scores = np.random.default_rng(0).lognormal(size=300)
    assert set_threshold(name, rule.default, scores) == make_rule(name).apply(Evidence.of(scores))


def test_the_rules_of_a_recipe_are_those_that_the_reference_rows_decide():
    assert set(ONE_NUMBER) == {"percentile", "value", "fpr", "mad", "iqr", "pot"}
    with pytest.raises(ConfigError, match="choose this one afterwards"):
        set_threshold("conformal", 0.1, np.arange(100.0))


@pytest.mark.parametrize("name", THRESHOLDS.names())
def test_no_rule_depends_on_the_order_of_the_rows(name):
    scores = np.random.default_rng(0).lognormal(size=301)
    labels = (scores > 2).astype(np.int8)
    shuffled = np.random.default_rng(1).permutation(301)

    def threshold(order):
        judged = Evidence.of(scores[order], labels[order]).reference
        seen = Evidence(Evidence.of(scores[order], labels[order]).reference, judged, rows=301, per_day={"when": 50.0})
        return make_rule(name).apply(seen)

    assert threshold(np.arange(301)) == threshold(shuffled)


@pytest.mark.parametrize("name", sorted(set(THRESHOLDS.names()) - {"value"}))
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 17.0), (1e-6, 0.0), (250.0, -3.0)])
def test_a_threshold_moves_with_the_scale_of_the_scores(name, scale, shift):
    plain = make_rule(name).apply(evidence())
    moved = make_rule(name).apply(evidence(move=lambda s: scale * s + shift))
    assert moved == pytest.approx(scale * plain + shift, rel=1e-6, abs=1e-9 * scale)


@pytest.mark.parametrize("name", sorted(STRICTER))
@pytest.mark.parametrize("seed", [0, 1])
def test_a_stricter_setting_never_lowers_the_threshold(name, seed):
    setting, values = STRICTER[name]
    thresholds = [make_rule(name, {setting: value}).apply(evidence(seed)) for value in values]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]


@pytest.mark.parametrize("name", THRESHOLDS.names())
@settings(max_examples=12)
@given(reference=SCORES, normal=SCORES, odd=SCORES)
def test_ties_and_tiny_sets_give_a_number_or_a_sentence(name, reference, normal, odd):
    judged = {"normal": SortedScores.of(normal), "anomaly": SortedScores.of(odd)}
    seen = Evidence({"normal": SortedScores.of(reference)}, judged, rows=100, per_day={"when": 20.0})
    problem, threshold = "", 0.0
    try:
        threshold = make_rule(name).apply(seen)
    except AnomalensError as error:
        problem = str(error)
    assert np.isfinite(threshold)
    assert not problem or (problem.endswith(".") and len(problem) > 30)


@pytest.mark.parametrize("name", sorted(set(THRESHOLDS.names()) - {"value"}))
def test_infinite_scores_count_as_the_highest(name):
    rng = np.random.default_rng(0)
    judged = {
        "normal": SortedScores.of(rng.lognormal(size=200)),
        "anomaly": SortedScores.of([*rng.lognormal(3, 1, 20), np.inf]),
    }
    seen = Evidence({"normal": SortedScores.of(rng.lognormal(size=200))}, judged, rows=421, per_day={"when": 100.0})
    assert np.isfinite(make_rule(name).apply(seen))


@pytest.mark.parametrize("name", THRESHOLDS.names())
def test_scores_that_are_no_numbers_are_refused(name):
    seen = Evidence(
        {"normal": SortedScores.of([1.0, np.nan])},
        {"normal": SortedScores.of([1.0]), "anomaly": SortedScores.of([2.0])},
    )
    with pytest.raises(DataError, match="scores that are numbers"):
        make_rule(name).apply(seen)


@pytest.mark.parametrize("name", ["f1", "youden", "cost"])
def test_a_rule_that_needs_anomalies_refuses_without_any(name):
    with pytest.raises(DataError, match=r"needs judged rows of both classes.*such as conformal"):
        make_rule(name).apply(evidence(labels=False))


@given(SCORES, st.floats(0, 100))
def test_a_percentile_is_that_of_numpy_to_the_last_bit(scores, percentile):
    assert set_threshold("percentile", percentile, scores) == np.percentile(scores, percentile)


@given(SCORES, st.floats(0, 100))
def test_a_percentile_flags_no_more_than_the_rest(scores, percentile):
    flagged = np.mean(scores > set_threshold("percentile", percentile, scores))
    # Linear interpolation between two rows can leave one row more above than the share asks for.
    assert flagged <= 1 - percentile / 100 + 1 / scores.size + 1e-9


@given(SCORES, st.floats(0, 1))
def test_a_false_positive_rate_is_kept_and_used_up(scores, rate):
    threshold = set_threshold("fpr", rate, scores)
    assert np.mean(scores > threshold) <= rate + 1e-12
    lower = scores[scores < threshold]
    if rate < 1 and lower.size:
        assert np.mean(scores > lower.max()) > rate


def test_a_rate_that_is_a_whole_number_of_rows_uses_all_of_them():
    scores = np.arange(100.0)
    for allowed in range(101):
        assert np.sum(scores > set_threshold("fpr", allowed / 100, scores)) == allowed


def test_a_false_positive_rate_looks_at_normal_rows_alone():
    scores, labels = np.array([1.0, 2.0, 3.0, 50.0, 60.0, 70.0]), np.array([0, 0, 0, 1, 1, -1])
    assert set_threshold("fpr", 0.0, scores, labels=labels) == 3.0
    assert set_threshold("fpr", 0.0, scores) == 70.0


def test_the_highest_percentile_flags_nothing_and_infinite_scores_stay_out_of_the_line():
    assert set_threshold("percentile", 100, [1.0, 2.0, 3.0]) == 3.0
    assert set_threshold("percentile", 60, [1.0, 2.0, np.inf]) == 2.0


def test_the_median_and_the_box_plot_are_those_of_the_books():
    scores = np.random.default_rng(0).gamma(2, size=501)
    centre = np.median(scores)
    spread = 1.4826 * np.median(np.abs(scores - centre))
    assert set_threshold("mad", 3.5, scores) == pytest.approx(centre + 3.5 * spread)
    low, high = np.percentile(scores, [25, 75])
    assert set_threshold("iqr", 1.5, scores) == pytest.approx(high + 1.5 * (high - low))


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4])
def test_a_fitted_tail_is_near_the_true_one_and_near_maximum_likelihood(shape):
    from scipy.stats import genpareto

    excesses = np.sort(genpareto.rvs(shape, scale=2, size=3000, random_state=1))
    found = pareto_fit(excesses, np.ones(excesses.size, dtype=np.int64))
    assert found == pytest.approx((shape, 2.0), abs=0.12)
    likeliest = genpareto.fit(excesses, floc=0)
    assert found == pytest.approx((likeliest[0], likeliest[2]), abs=0.02)


def test_peaks_over_threshold_reach_a_risk_that_counting_cannot():
    rng = np.random.default_rng(0)
    threshold = make_rule("pot", {"risk": 1e-4}).apply(Evidence.of(rng.exponential(size=3000)))
    # The true place is ln 10,000 = 9.21; 3,000 rows have none there to count.
    assert threshold == pytest.approx(np.log(1e4), rel=0.15)


@given(SCORES, SCORES, st.sampled_from(["f1", "youden", "cost"]))
def test_no_other_threshold_is_better_by_the_labels(normal, odd, name):
    seen = Evidence({}, {"normal": SortedScores.of(normal), "anomaly": SortedScores.of(odd)})

    def gain(t):
        caught, alarms = (odd > t).sum(), (normal > t).sum()
        if name == "f1":
            return 2 * caught / (caught + alarms + odd.size)
        return caught / odd.size - alarms / normal.size if name == "youden" else -(10 * (odd.size - caught) + alarms)

    found = gain(make_rule(name).apply(seen))
    assert all(found >= gain(t) - 1e-12 for t in [-1.0, *normal, *odd])


def test_alerts_a_day_count_on_all_rows_of_the_dataset():
    seen = evidence()
    flagged = seen.batch.above(make_rule("alerts", {"per_day": 5}).apply(seen)) / seen.batch.size
    assert 0.04 < flagged <= 0.05  # 5 of the 100 rows that come in a day
    by_hand = make_rule("alerts", {"per_day": 5, "days": seen.rows / 100})
    assert by_hand.apply(seen) == make_rule("alerts", {"per_day": 5}).apply(seen)
    with pytest.raises(DataError, match="no column tells it"):
        make_rule("alerts").apply(Evidence(seen.reference, seen.judged, rows=10))
    with pytest.raises(DataError, match="Those that do: when"):
        make_rule("alerts", {"column": "colour"}).apply(seen)


@given(SCORES, SCORES, st.integers(0, 99))
def test_counts_stand_for_rows_one_by_one(some, more, seed):
    values = np.unique(np.concatenate([some, more, [7.0]]))
    one, other = (SortedScores(values, np.array([(s == v).sum() for v in values])) for s in (some, more))
    counted, plain = merged(one, other), merged(SortedScores.of(some), SortedScores.of(more))
    assert counted.size == plain.size
    asked = np.concatenate([values, values + 0.25, [-1.0]])
    np.testing.assert_array_equal(counted.above(asked), plain.above(asked))
    np.testing.assert_array_equal(counted.at_least(asked), plain.at_least(asked))
    np.testing.assert_array_equal(counted.distinct(), plain.distinct())
    share = np.random.default_rng(seed).random()
    assert counted.quantile(share) == plain.quantile(share)
    assert counted.apart(1.0).quantile(share) == plain.apart(1.0).quantile(share)
    assert counted.leaving(seed) == plain.leaving(seed)


@pytest.mark.parametrize(
    ("rule", "value", "reference", "labels", "error", "words"),
    [
        ("percentile", 101, [1.0], None, ConfigError, "Percentile must be between 0 and 100. Got 101."),
        ("fpr", -0.1, [1.0], None, ConfigError, "False-positive rate must be between 0 and 1. Got -0.1."),
        ("value", float("nan"), [1.0], None, ConfigError, "Value must be a finite number. Got nan."),
        ("percentile", 95, [], None, DataError, "at least one reference row"),
        ("percentile", 95, [1.0, float("nan")], None, DataError, "scores that are numbers"),
        ("fpr", 0.1, [1.0, 2.0], [1, -1], DataError, "none of the reference rows is normal"),
        ("percentil", 95, [1.0], None, UnknownNameError, "Did you mean 'percentile'?"),
        ("mad", 3.5, [1.0, 1.0, 1.0, 2.0], None, DataError, "their median absolute deviation is 0"),
        ("iqr", 1.5, [1.0, 1.0, 1.0, 1.0, 2.0], None, DataError, "their interquartile range is 0"),
        ("pot", 1e-3, [1.0, 2.0, 3.0], None, DataError, "at least 10 scores above the initial quantile. Got 1 of 3"),
        ("pot", 0.2, [1.0, 2.0, 3.0], None, ConfigError, "The risk must be smaller than 1 - initial quantile, 0.1"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(rule, value, reference, labels, error, words):
    with pytest.raises(error, match=re.escape(words)):
        set_threshold(rule, value, reference, labels=labels)


@pytest.mark.parametrize(
    ("rule", "settings", "words"),
    [
        ("cost", {"miss": 0, "alarm": 0}, "At least one of the two costs must be above 0."),
        ("conformal", {"fdr": -0.1}, "False-discovery rate must be at least 0. Got -0.1."),
        ("conformal", {"correction": "bonferroni"}, "Correction must be one of benjamini-hochberg, storey, none."),
        ("youden", {"k": 1}, "Youden's J has no settings. Leave out 'k'."),
        ("mad", {"fdr": 1}, "There is no setting called 'fdr'. Known: k."),
    ],
)
def test_a_wrong_setting_is_answered_with_a_sentence(rule, settings, words):
    with pytest.raises(ConfigError, match=re.escape(words)):
        make_rule(rule, settings).apply(evidence())
