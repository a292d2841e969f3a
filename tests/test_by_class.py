"""A column's values counted by class."""

import numpy as np
import pandas as pd
import pytest
from table_fixture import make_table

from core.index import by_class
from core.index.by_class import count_by_class
from core.index.profile import profile
from core.index.schema import infer_schema


@pytest.fixture
def labelled(tmp_path):
    rng = np.random.default_rng(0)
    label = np.where(np.arange(1000) % 10 == 0, 1, 0)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=1000) + 5 * label,
            "when": pd.date_range("2026-01-01", periods=1000, freq="min"),
            "kind": np.where(label == 1, "odd", rng.choice(["a", "b"], 1000)),
            "on": rng.random(1000) < 0.5,
            "label": label,
        }
    )
    frame.loc[:9, "x"] = np.nan
    table = make_table(tmp_path, frame)
    return table, infer_schema(table).with_label("label", normal=["0"])


@pytest.mark.parametrize("name", ["x", "when", "kind", "on", "label"])
def test_the_classes_together_are_the_profile(labelled, name):
    table, schema = labelled
    column = profile(table, schema).column(name)
    found = count_by_class(table, schema, column)
    wanted = [n for _, n in column.levels] or list(column.counts)
    assert np.sum([found.counts["normal"], found.counts["anomaly"]], axis=0).tolist() == wanted
    assert found.rows == {"normal": 900, "anomaly": 100}
    assert not found.sampled


def test_each_class_is_counted_where_its_values_lie(labelled):
    table, schema = labelled
    found = count_by_class(table, schema, profile(table, schema).column("kind"))
    levels = [name for name, _ in profile(table, schema).column("kind").levels]
    assert found.counts["anomaly"][levels.index("odd")] == 100
    assert found.counts["normal"][levels.index("odd")] == 0


def test_without_labels_all_rows_are_of_unknown_class(labelled):
    table, schema = labelled
    assert list(count_by_class(table, schema.with_label(None), profile(table, schema).column("x")).counts) == [
        "unknown"
    ]


def test_a_sample_keeps_the_rare_anomalies(labelled, monkeypatch):
    monkeypatch.setattr(by_class, "SAMPLE_ROWS", 300)
    table, schema = labelled
    found = count_by_class(table, schema, profile(table, schema).column("kind"))
    assert found.sampled
    assert found.rows == {"normal": 100, "anomaly": 100}


def test_a_column_without_any_value_has_no_counts(tmp_path):
    table = make_table(tmp_path, pd.DataFrame({"x": [1.0, 2.0, 3.0], "empty": pd.array([None] * 3, dtype="Float64")}))
    schema = infer_schema(table)
    found = count_by_class(table, schema, profile(table, schema).column("empty"))
    assert sum(sum(counts) for counts in found.counts.values()) == 0
