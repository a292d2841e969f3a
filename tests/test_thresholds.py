"""The threshold rules: what they flag, where their ends are, and what they say when they cannot."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import ConfigError, DataError, UnknownNameError
from core.thresholds import THRESHOLDS, set_threshold

SCORES = arrays(np.float64, st.integers(1, 60), elements=st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5, 100.0]))


@pytest.mark.parametrize("name", THRESHOLDS.names())
def test_every_rule_describes_itself_and_accepts_its_own_default(name):
    rule = THRESHOLDS[name]
    assert rule.title
    assert rule.help.endswith(".")
    assert rule.low <= rule.default <= rule.high
    assert np.isfinite(set_threshold(name, rule.default, np.arange(100.0)))


@pytest.mark.parametrize("name", THRESHOLDS.names())
def test_no_rule_depends_on_the_order_of_the_rows(name):
    scores = np.random.default_rng(0).lognormal(size=301)
    labels = (scores > 2).astype(np.int8)
    shuffled = np.random.default_rng(1).permutation(301)
    default = THRESHOLDS[name].default
    assert set_threshold(name, default, scores, labels=labels) == set_threshold(
        name, default, scores[shuffled], labels=labels[shuffled]
    )


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
    ],
)
def test_a_mistake_is_answered_with_a_sentence(rule, value, reference, labels, error, words):
    with pytest.raises(error, match=re.escape(words)):
        set_threshold(rule, value, reference, labels=labels)
