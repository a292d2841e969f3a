"""Range metrics of series, against numbers that aeon 1.6 gives, and events counted once however long they are."""

import numpy as np
import pytest

from core.metrics.labelled_events import event_scores
from core.metrics.ranges import range_auc, untied, vus


def case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.zeros(300, dtype=int)
    for start in rng.integers(0, 280, 3):
        labels[start : start + rng.integers(3, 20)] = 1
    if seed == 2:
        labels[0] = labels[-1] = 1
    return labels, rng.normal(size=300) + labels


@pytest.mark.parametrize(
    ("seed", "vus_pr", "vus_roc", "range_pr", "range_roc"),
    [
        (0, 0.2427284685267127, 0.754173302722244, 0.21336014447132887, 0.736925421990455),
        (1, 0.20465086269501398, 0.7274043420132383, 0.19688461435240545, 0.738335715538418),
        (2, 0.4153062580535875, 0.7849488817015569, 0.3622940086737044, 0.7986662184094299),
    ],
)
def test_range_areas_and_volumes_are_those_of_aeon(
    seed: int, vus_pr: float, vus_roc: float, range_pr: float, range_roc: float
) -> None:
    labels, scores = case(seed)
    assert vus(labels, scores, 24) == pytest.approx((vus_pr, vus_roc), abs=1e-9)
    assert range_auc(labels, scores, 9) == pytest.approx((range_pr, range_roc), abs=1e-9)


def test_equal_scores_are_no_better_than_chance() -> None:
    labels, _ = case(0)
    found = [vus(labels, untied(np.zeros(300), seed), 10).pr for seed in range(20)]
    assert np.mean(found) == pytest.approx(labels.mean(), abs=0.06)


def test_the_ranks_of_scores_keep_their_order() -> None:
    scores = np.random.default_rng(0).integers(0, 9, 50).astype(float)
    order = np.argsort(untied(scores, 3))
    assert (np.diff(scores[order]) >= 0).all()


def test_an_event_counts_once_however_long_it_is() -> None:
    labels = np.array([0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0])
    flagged = np.array([0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1], dtype=bool)
    found = event_scores(labels, flagged)
    assert found == (1 / 3, 1 / 2, 2.0)
