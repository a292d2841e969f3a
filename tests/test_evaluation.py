"""Measures, curves and the grid against brute force, on ties, tiny sets and constant scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from core.index import split
from core.metrics import curves, evaluation
from core.metrics.evaluation import Confusion
from core.metrics.grid import STEPS, ScoreGrid
from core.metrics.groups import LABELS, PARTS, ScoreGroups

VALUES = st.sampled_from([-1.0, 0.0, 0.1, 0.1 + 2**-50, 1.0, 2.0, 1e-9, 1e9])


@st.composite
def scored(draw, classes=(0, 1, -1), least=1):
    n = draw(st.integers(least, 40))
    return (
        np.array(draw(st.lists(st.sampled_from(classes), min_size=n, max_size=n)), dtype=np.int8),
        np.array(draw(st.lists(VALUES, min_size=n, max_size=n))),
        np.array(draw(st.lists(st.sampled_from(PARTS), min_size=n, max_size=n)), dtype=object),
    )


def both(labels):
    return bool((labels == 0).any() and (labels == 1).any())


@given(scored())
def test_auroc_and_average_precision_agree_with_scikit_learn(case):
    labels, scores, _ = case
    known = labels >= 0
    if not both(labels):
        assert evaluation.auroc(labels, scores) is None
        assert evaluation.average_precision(labels, scores) is None
        return
    assert evaluation.auroc(labels, scores) == pytest.approx(metrics.roc_auc_score(labels[known], scores[known]))
    assert evaluation.average_precision(labels, scores) == pytest.approx(
        metrics.average_precision_score(labels[known], scores[known])
    )


@given(scored(), st.floats(0.01, 1))
def test_background_rejection_is_the_best_that_keeps_the_signal(case, efficiency):
    labels, scores, _ = case
    signal, background = scores[labels == 1], scores[labels == 0]
    found = evaluation.background_rejection(labels, scores, efficiency)
    if not both(labels):
        assert found is None
        return
    passing = [np.sum(background >= t) for t in np.unique(signal) if np.mean(signal >= t) >= efficiency - 1e-12]
    assert found == background.size / max(1, min(passing))


@given(scored(), VALUES)
def test_confusion_and_rates_are_counts_of_rows(case, threshold):
    labels, scores, _ = case
    found = evaluation.confusion(labels, scores, threshold)
    pairs = list(zip(labels, scores > threshold, strict=True))
    assert found == Confusion(
        pairs.count((1, True)), pairs.count((0, True)), pairs.count((1, False)), pairs.count((0, False))
    )


def test_a_rate_without_rows_is_none_and_not_a_number():
    nothing = Confusion(0, 0, 0, 0)
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.false_positive_rate) == (None,) * 4
    silent = Confusion(0, 0, 3, 5)
    assert (silent.precision, silent.recall, silent.f1, silent.false_positive_rate) == (None, 0.0, None, 0.0)
    wrong = Confusion(0, 2, 3, 3)
    assert (wrong.precision, wrong.recall, wrong.f1, wrong.false_positive_rate) == (0.0, 0.0, 0.0, 0.4)


@given(scored())
def test_the_roc_curve_passes_through_every_threshold(case):
    labels, scores, _ = case
    normal, anomalous = evaluation.split_classes(labels, scores)
    curve = curves.roc_curve(normal, anomalous)
    if not both(labels):
        assert curve is None
        return
    assert np.all(np.diff(curve.thresholds) < 0)
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    for x, y, t in zip(curve.x, curve.y, curve.thresholds, strict=True):
        assert x == np.mean(normal > t)
        assert y == np.mean(anomalous > t)
    # Every threshold that exists lies on the drawn line, so that the line hides nothing.
    for t in np.unique(scores[labels >= 0]):
        point = np.mean(normal >= t), np.mean(anomalous >= t)
        assert _distance(curve.x, curve.y, *point) < 1e-12
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area)


def _distance(x, y, px, py):
    ax, ay, bx, by = x[:-1], y[:-1], x[1:], y[1:]
    along = np.clip(
        ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / np.maximum((bx - ax) ** 2 + (by - ay) ** 2, 1e-300), 0, 1
    )
    return np.min(np.hypot(ax + along * (bx - ax) - px, ay + along * (by - ay) - py))


@given(scored())
def test_the_precision_recall_curve_holds_the_points_that_average_precision_sums(case):
    labels, scores, _ = case
    normal, anomalous = evaluation.split_classes(labels, scores)
    curve = curves.precision_recall_curve(normal, anomalous)
    if not both(labels):
        assert curve is None
        return
    steps = np.diff(curve.x, prepend=0.0)
    assert np.all(steps >= 0)
    assert np.all((curve.y >= 0) & (curve.y <= 1))
    # A rise of the recall ends at the point whose precision counts.
    assert np.sum(steps * curve.y) == pytest.approx(curve.area)


@given(scored())
def test_the_rejection_curve_is_one_over_the_background_that_passes(case):
    labels, scores, _ = case
    normal, anomalous = evaluation.split_classes(labels, scores)
    curve = curves.rejection_curve(normal, anomalous)
    if not both(labels):
        assert curve is None
        return
    for x, y, t in zip(curve.x, curve.y, curve.thresholds, strict=True):
        assert x == np.mean(anomalous > t)
        assert y == pytest.approx(1 / np.mean(normal > t))


def test_a_thinned_curve_keeps_its_corners_and_its_area():
    rng = np.random.default_rng(0)
    labels = (rng.random(60_000) < 0.3).astype(np.int8)
    scores = rng.normal(size=60_000) + labels
    normal, anomalous = evaluation.split_classes(labels, scores)
    for draw in (curves.roc_curve, curves.precision_recall_curve, curves.rejection_curve):
        thin, full = draw(normal, anomalous), draw(normal, anomalous, points=10**9)
        assert thin.x.size == curves.POINTS < full.x.size
        assert (thin.x[0], thin.y[0], thin.x[-1], thin.y[-1]) == (full.x[0], full.y[0], full.x[-1], full.y[-1])
        drawn = np.interp(full.x, thin.x, thin.y)
        assert np.median(np.abs(drawn - full.y) / np.maximum(full.y, 1)) < 2e-3
    corner = curves.corners(np.arange(1000.0), np.where(np.arange(1000) < 333, 0.0, 1.0), 5)
    assert {332, 333} <= set(corner)


def test_judged_rows_are_the_test_part_whatever_its_labels_and_all_where_none_was_kept_apart():
    parts = np.array(["train", "test", "test", "validation"])
    for labels in ([0, 0, 1, 0], [0, 0, 0, 1], [0, -1, -1, 1], [-1, -1, -1, -1]):
        name, rows = evaluation.judged_rows(labels, parts)
        assert name == "test"
        assert rows.tolist() == [False, True, True, False]
    name, rows = evaluation.judged_rows([-1, -1], np.array(["train", "train"]))
    assert name == "all"
    assert rows.all()


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ([0, 1, -1], ""),
        ([-1, -1, -1], "none of the 3 judged rows has a label"),
        ([0, 0, -1], "of the 3 judged rows, 2 have a label, and all are normal"),
        ([1, -1, -1], "of the 3 judged rows, 1 has a label, and it is anomalous"),
    ],
)
def test_what_cannot_be_measured_has_a_reason(labels, why):
    assert why in evaluation.unmeasured(labels)
    assert bool(evaluation.unmeasured(labels)) == (evaluation.auroc(labels, [1.0, 2.0, 3.0]) is None)


@given(scored(), st.lists(VALUES, max_size=2))
def test_every_step_of_the_grid_has_exact_counts(case, anchors):
    labels, scores, parts = case
    groups = ScoreGroups.build(scores, labels, parts)
    grid = ScoreGrid.build(groups, anchors)
    assert set(anchors) <= set(grid.steps)
    _compare_with_brute_force(grid, labels, scores, parts)
    for log in (False, True):
        histogram = grid.histogram(log=log)
        assert histogram.counts.sum() == scores.size
        assert (histogram.counts >= 0).all()


def _compare_with_brute_force(grid, labels, scores, parts):
    assert grid.steps.size <= STEPS
    assert np.all(np.diff(grid.steps) > 0)
    assert grid.steps[0] < scores.min()
    assert grid.steps[-1] >= scores.max()
    for i, part in enumerate(PARTS):
        for j, label in enumerate(LABELS):
            group = scores[(parts == part) & (labels == label)]
            assert np.array_equal(grid.above[i, j], (group[:, None] > grid.steps).sum(axis=0))


@given(scored(), VALUES)
def test_a_threshold_that_is_set_becomes_a_step_with_exact_counts(case, threshold):
    labels, scores, parts = case
    groups = ScoreGroups.build(scores, labels, parts)
    grid = ScoreGrid.build(groups).with_step(threshold, groups)
    _compare_with_brute_force(grid, labels, scores, parts)
    for shown in (PARTS, ("test",), ("train", "validation")):
        rows = np.isin(parts, shown)
        assert grid.confusion(threshold, shown) == evaluation.confusion(labels[rows], scores[rows], threshold)
        assert grid.flagged(threshold, shown).sum() == np.sum(scores[rows] > threshold)


def test_a_large_grid_is_exact_dense_at_the_top_and_survives_the_way_to_bytes():
    rng = np.random.default_rng(3)
    n = 200_000
    labels = rng.choice(np.array([0, 1, -1], dtype=np.int8), n, p=[0.9, 0.05, 0.05])
    scores, parts = rng.lognormal(size=n) ** 3, rng.choice(PARTS, n).astype(object)
    groups = ScoreGroups.build(scores, labels, parts)
    grid = ScoreGrid.build(groups, [7.25])
    assert 7.25 in grid.steps
    assert grid.steps.size > STEPS // 2
    top = np.sort(scores)[::-1]
    assert np.isin(top[:20], grid.steps).all()
    for step in (0, 1, grid.steps.size // 2, grid.steps.size - 2, grid.steps.size - 1):
        assert grid.above[:, :, step].sum() == np.sum(scores > grid.steps[step])
    again = ScoreGrid.from_bytes(grid.to_bytes())
    assert np.array_equal(again.above, grid.above)
    assert np.array_equal(again.steps, grid.steps)
    log = grid.histogram(("test",), log=True)
    shown = scores[parts == "test"]
    assert log.counts.sum() == shown.size
    linear = grid.histogram(log=False)
    assert linear.beyond == np.sum(scores > linear.edges[-1])
    expected = np.sum((scores > linear.edges[40]) & (scores <= linear.edges[41]))
    assert linear.counts[:, 40].sum() == expected


@pytest.mark.parametrize("value", [0.0, 3.5, -2.0])
def test_constant_scores_make_a_grid_and_flag_all_or_nothing(value):
    groups = ScoreGroups.build(np.full(10, value), np.zeros(10, np.int8), np.full(10, 2, np.uint8))
    grid = ScoreGrid.build(groups)
    assert grid.flagged(value).sum() == 0
    assert grid.flagged(np.nextafter(value, -np.inf)).sum() == 10
    assert grid.histogram(log=False).counts.sum() == 10


def test_parts_are_those_of_the_split():
    assert split.PARTS == PARTS


def test_parts_may_be_names_or_places():
    scores, labels = np.array([3.0, 1.0, 2.0]), np.array([0, 1, -1])
    by_name = ScoreGroups.build(scores, labels, np.array(["test", "train", "validation"]))
    by_place = ScoreGroups.build(scores, labels, np.array([2, 0, 1], dtype=np.uint8))
    assert np.array_equal(by_name.totals, by_place.totals)
    assert list(by_name.scores(("test", "train"))) == [1.0, 3.0]
    assert by_name.labelled
