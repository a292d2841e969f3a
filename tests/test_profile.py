import json

import numpy as np
import pandas as pd
import pytest
from table_fixture import make_table

from core.index import profile as module
from core.index.profile import histogram, profile
from core.index.schema import infer_schema
from core.metrics.ranks import average_ranks

N = 2000
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def frame():
    x = RNG.normal(size=N)
    return pd.DataFrame(
        {
            "x": x,
            "bent": np.exp(3 * x),
            "other": np.where(RNG.random(N) < 0.25, np.nan, RNG.normal(size=N)),
            "same": 4.5,
            "flag": RNG.random(N) < 0.5,
            "city": RNG.choice(["Rome", "Oslo", "Bonn"], N, p=[0.6, 0.3, 0.1]),
            "shop": [f"shop {i}" for i in RNG.integers(0, 300, N)],
            "id": [f"u{i}" for i in range(N)],
            "when": pd.date_range("2024-01-01", periods=N, freq="h"),
        }
    )


@pytest.fixture(scope="module")
def data(frame, tmp_path_factory):
    table = make_table(tmp_path_factory.mktemp("profile"), frame)
    return table, infer_schema(table)


def test_numbers_are_described_as_they_are(data, frame):
    column = profile(*data).column("other")
    values = frame["other"].dropna()
    assert column.missing == pytest.approx(frame["other"].isna().mean())
    got = (column.low, column.high, column.mean, column.median, column.std)
    assert got == pytest.approx((values.min(), values.max(), values.mean(), values.median(), values.std(ddof=0)))
    assert sum(column.counts) + column.below + column.above == len(values)


def test_categories_have_their_levels_counted(data, frame):
    shown = profile(*data)
    assert dict(shown.column("city").levels) == frame["city"].value_counts().to_dict()
    assert shown.column("shop").levels[0][1] == frame["shop"].value_counts().max()
    assert shown.column("shop").other_levels == frame["shop"].nunique() - 20
    assert shown.column("id").levels == ()


def test_correlations_are_pearson_s_and_spearman_s(data, frame):
    shown = profile(*data).correlation
    place = {name: i for i, name in enumerate(shown.columns)}
    expected = frame[["x", "bent"]]
    assert shown.pearson[place["x"]][place["bent"]] == pytest.approx(expected.corr().iloc[0, 1], abs=1e-3)
    assert shown.spearman[place["x"]][place["bent"]] == 1.0
    assert shown.pearson[place["x"]][place["x"]] == 1.0


def test_a_column_that_does_not_move_has_no_correlation(data):
    table, schema = data
    shown = profile(table, schema.with_column("same", kind="number", role="feature")).correlation
    assert shown.pearson[shown.columns.index("same")] == (None,) * len(shown.columns)


def test_a_profile_is_json(data):
    text = json.dumps(profile(*data).to_dict(), allow_nan=False)
    assert json.loads(text)["rows"] == N


def test_a_large_table_is_sampled_and_says_so(data, frame, monkeypatch):
    monkeypatch.setattr(module, "SAMPLE_ROWS", 500)
    shown = profile(*data)
    assert shown.sampled == 500
    assert "500 of the 2,000 rows" in shown.note
    # Extremes, means and missing shares are of all rows all the same.
    assert shown.column("x").high == frame["x"].max()
    assert shown.column("x").mean == pytest.approx(frame["x"].mean())
    assert profile(*data) == shown
    assert profile(*data, seed=1) != shown


def test_a_far_value_does_not_hide_the_rest(data):
    edges, counts, below, above = histogram(np.append(RNG.normal(size=1000), [1e9, -1e9]))
    assert edges[-1] < 10
    assert (below + above) + sum(counts) == 1002
    assert max(counts) < 200


def test_few_whole_numbers_get_a_bin_each():
    edges, counts, *_ = histogram(np.array([1.0, 1.0, 2.0, 4.0]))
    assert edges == (0.5, 1.5, 2.5, 3.5, 4.5)
    assert counts == (2, 1, 0, 1)


@pytest.mark.parametrize("x", [[], [3.3], [1e300, 1e300], [-1e300, 1e300], [1e17, 1e17 + 16]])
def test_odd_values_have_a_histogram(x):
    _, counts, below, above = histogram(np.array(x))
    assert sum(counts) + below + above == len(x)


def test_infinite_and_huge_values_are_survived(tmp_path, monkeypatch):
    frame = pd.DataFrame({"a": [np.inf, 1e300, -1e300, 1.5] * 50, "b": np.arange(200) * 1.5})
    table = make_table(tmp_path, frame)
    schema = infer_schema(table)
    for rows in (100_000, 50):
        monkeypatch.setattr(module, "SAMPLE_ROWS", rows)
        json.dumps(profile(table, schema).to_dict(), allow_nan=False)


def test_tied_values_share_their_mean_rank():
    ranks = average_ranks(np.array([3.0, 1.0, np.nan, 3.0, 2.0]))
    assert np.array_equal(ranks, [3.5, 1.0, np.nan, 3.5, 2.0], equal_nan=True)


def test_an_empty_table_has_a_profile(tmp_path):
    table = make_table(tmp_path, pd.DataFrame({"a": pd.Series([], dtype=float), "b": pd.Series([], dtype=str)}))
    assert profile(table, infer_schema(table)).rows == 0


@pytest.mark.data
def test_network_connections_have_a_profile(shared_data, tmp_path):
    table = make_table(tmp_path, pd.read_csv(shared_data / "tabular/nsl_kdd_train_20percent.csv"))
    shown = profile(table, infer_schema(table))
    assert len(shown.columns) == 42
    assert shown.column("src_bytes").above > 0
    assert len(shown.correlation.columns) > 30
