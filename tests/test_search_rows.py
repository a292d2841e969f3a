"""The rows that choose among trials, those for the last word, and the synthetic anomalies of each kind."""

import numpy as np
import pandas as pd
import pytest
from table_fixture import make_table

from core.errors import DataError
from core.index.schema import infer_schema
from core.index.split import Split
from core.modalities.tabular.injected import KINDS
from core.modalities.tabular.injecting import injected, ordinary
from core.search.rows import divide

N = 1000


def split(labels: np.ndarray, *, anomalies_validate: bool = False) -> Split:
    """Half trains, a tenth validates, the rest is judged; anomalies are judged unless said otherwise."""
    rows = np.arange(len(labels))
    free = rows if anomalies_validate else rows[labels != 1]
    train, validation = free[::2], free[1::10]
    return Split(train, validation, np.setdiff1d(rows, np.concatenate([train, validation])), "")


def labels(anomalies: int = 40) -> np.ndarray:
    known = np.zeros(N, np.int8)
    known[np.random.default_rng(2).choice(N, anomalies, replace=False)] = 1
    return known


def test_the_rows_for_the_last_word_choose_nothing_and_no_row_of_either_trains():
    known = labels()
    parts = split(known)
    found = divide(parts, known, "auto", 0)
    assert found.objective == "labels"
    assert not set(found.select) & set(found.estimate)
    assert not (set(found.select) | set(found.estimate)) & (set(parts.train) | set(parts.validation))
    assert known[found.select].sum() == known[found.estimate].sum() == 20
    assert "half of the test rows choose" in found.note


def test_validation_rows_choose_where_they_hold_anomalies():
    known = labels(200)
    parts = split(known, anomalies_validate=True)
    found = divide(parts, known, "labels", 0)
    assert set(found.select) == set(parts.validation)
    assert set(found.estimate) == set(parts.test)


def test_rows_of_unknown_label_neither_choose_nor_are_kept():
    known = labels()
    known[1::7] = -1
    found = divide(split(known), known, "auto", 0)
    assert (known[np.concatenate([found.select, found.estimate])] >= 0).all()


@pytest.mark.parametrize("anomalies", [0, 3])
def test_too_few_anomalies_are_refused_where_labels_were_asked_for_and_else_done_without(anomalies):
    known = np.zeros(N, np.int8)
    known[:anomalies] = 1
    with pytest.raises(DataError, match="takes 4 anomalies"):
        divide(split(known), known, "labels", 0)
    found = divide(split(known), known, "auto", 0)
    assert found.objective == "unlabelled"
    assert not len(found.select)


def test_without_labels_nothing_that_is_judged_is_touched():
    known = labels()
    parts = split(known)
    found = divide(parts, known, "unlabelled", 0)
    assert set(found.held_out) == set(parts.validation)


def three_groups(n: int = 600) -> np.ndarray:
    rng = np.random.default_rng(0)
    centres = np.array([[-6.0, 0.0, 0.0], [6.0, 0.0, 3.0], [0.0, 8.0, -3.0]])
    tilt = np.array([[1.0, 0.9, 0.0], [0.0, 0.4, 0.0], [0.0, 0.0, 1.0]])
    return centres[rng.integers(3, size=n)] + rng.normal(size=(n, 3)) @ tilt


def made(kind: str, count: int = 4000) -> tuple[np.ndarray, np.ndarray, object]:
    """Numbers of so many anomalies of a kind, the rows that they were made from, and all ordinary rows."""
    rows = ordinary(three_groups(), np.empty((600, 0), object), 0)
    rng = np.random.default_rng(1)
    chosen = rng.choice(600, count)
    return KINDS[kind].numbers(rows, chosen, rng), chosen, rows


def test_local_anomalies_have_their_groups_mean_and_five_times_its_covariance():
    numbers, chosen, rows = made("local")
    for group in np.unique(rows.group):
        own = rows.group[chosen] == group
        before = np.cov(rows.numbers[chosen][own].T)
        assert np.allclose(np.cov(numbers[own].T), 5 * before)
        ratio = (numbers[own] - rows.centres[group]) / (rows.numbers[chosen][own] - rows.centres[group])
        assert np.allclose(ratio, np.sqrt(5))


def test_global_anomalies_fill_the_range_and_a_twentieth_beyond_it_evenly():
    numbers, _, rows = made("global")
    low, high = rows.numbers.min(axis=0), rows.numbers.max(axis=0)
    reach = 0.05 * (high - low)
    assert (numbers >= low - reach - 1e-9).all()
    assert (numbers <= high + reach + 1e-9).all()
    shares = (numbers - (low - reach)) / (high - low + 2 * reach)
    for column in shares.T:
        assert np.allclose(np.quantile(column, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.03)
    assert np.abs(np.corrcoef(numbers.T) - np.eye(3)).max() < 0.06


def test_dependency_anomalies_keep_every_marginal_and_no_dependence():
    numbers, chosen, rows = made("dependency")
    assert np.array_equal(np.sort(numbers, axis=0), np.sort(rows.numbers[chosen], axis=0))
    assert np.abs(np.corrcoef(rows.numbers.T) - np.eye(3)).max() > 0.5
    assert np.abs(np.corrcoef(numbers.T) - np.eye(3)).max() < 0.06


def test_cluster_anomalies_are_groups_five_times_as_far_out_and_no_wider():
    numbers, chosen, rows = made("cluster")
    middle = rows.numbers.mean(axis=0)
    for group in np.unique(rows.group):
        own = rows.group[chosen] == group
        assert np.allclose(np.cov(numbers[own].T), np.cov(rows.numbers[chosen][own].T))
        shift = (numbers[own] - rows.numbers[chosen][own]).mean(axis=0)
        assert np.allclose(shift, 4 * (rows.centres[group] - middle))


def test_anomalies_come_in_the_users_columns_with_values_that_the_columns_can_have(tmp_path):
    rng = np.random.default_rng(0)
    n = 300
    frame = pd.DataFrame(
        {
            "amount": rng.gamma(2, 30, n).round(2),
            "items": rng.integers(1, 40, n),
            "shop": rng.choice(["north", "south", "harbour"], n),
            "paid": rng.random(n) < 0.5,
            "tip": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        }
    )
    table = make_table(tmp_path, frame)
    schema = infer_schema(table)
    ordinary_rows = table.frame([c.name for c in schema.features])
    anomalies = injected(ordinary_rows, schema, 3)
    assert list(anomalies) == ["local", "global", "dependency", "cluster"]
    for odd in anomalies.values():
        assert list(odd.columns) == list(ordinary_rows.columns)
        assert len(odd) == 60
        assert set(odd["shop"]) <= {"north", "south", "harbour"}
        assert (odd["items"] == odd["items"].round()).all()
    again = injected(ordinary_rows, schema, 3)
    assert all(again[kind].equals(anomalies[kind]) for kind in anomalies)


def test_anomalies_are_made_of_a_table_without_any_number(tmp_path):
    rng = np.random.default_rng(0)
    table = make_table(tmp_path, pd.DataFrame({c: rng.choice(["x", "y", "z"], 80) for c in "abc"}))
    schema = infer_schema(table)
    anomalies = injected(table.frame([c.name for c in schema.features]), schema, 0)
    assert all(set(odd["a"]) <= {"x", "y", "z"} and len(odd) == 20 for odd in anomalies.values())
