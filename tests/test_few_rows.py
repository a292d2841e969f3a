"""A threshold that few rows set says how sure it is, and the interval that it says holds as often as it says."""

import numpy as np

from core.thresholds import Evidence, make_rule
from core.thresholds._few_rows import share_interval


def test_the_interval_holds_in_95_of_100_cases_whatever_the_scores_are():
    rng, n, held = np.random.default_rng(0), 41, 0
    for _ in range(2000):
        # Uniform scores: the share of all rows above a threshold is one less it.
        scores = np.sort(rng.random(n))
        above = 2
        low, high = share_interval(above, n)
        held += low <= 1 - scores[n - 1 - above] <= high
    assert abs(held / 2000 - 0.95) < 0.02


def test_few_rows_are_warned_of_with_the_interval_and_many_are_not():
    rng = np.random.default_rng(1)
    for rule, settings in (("percentile", {"percentile": 95.0}), ("fpr", {"rate": 0.05})):
        for n, warned in ((41, True), (2000, False)):
            evidence = Evidence.of(rng.normal(size=n), np.zeros(n))
            made = make_rule(rule, settings)
            caution = made.words(evidence, made.apply(evidence)).caution
            assert (f"Only {n} reference rows set it" in caution) == warned
            assert ("(95 %), not just the 5 % asked for" in caution) == warned
