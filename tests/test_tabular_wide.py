"""Tables of many columns, read by blocks of columns, say to the last digit what column by column says."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from table_fixture import make_table

from core.index.numbers import read_numbers, read_numbers_of
from core.index.schema import infer_schema
from core.modalities.tabular.config import EncodingConfig
from core.modalities.tabular.encoder import TabularEncoder
from core.modalities.tabular.samples import TabularSamples
from core.modalities.tabular.usual_values import UsualValues
from core.modalities.tabular.wide_frames import row_of_places

N = 40


@pytest.fixture
def mixed() -> pd.DataFrame:
    """A column of every type, with values missing and without."""
    rng, gone = np.random.default_rng(0), pd.Series(np.arange(N) % 7 == 3)
    whole = pd.Series(rng.integers(2**60, 2**62, N))
    full = pd.DataFrame(
        {
            "float": rng.normal(size=N),
            "single": rng.normal(size=N).astype(np.float32),
            "whole": whole,
            "small": rng.integers(0, 100, N).astype(np.int8),
            "decimal": [Decimal(int(n)).scaleb(-3) for n in whole],
            "yes": rng.random(N) < 0.5,
            "text": rng.choice(["a", "b", "c"], N),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 10**6, N), unit="s"),
        }
    )
    holes = (
        full.astype({"whole": "Int64", "small": "Int8", "yes": "boolean"})
        .apply(lambda values: values.mask(gone))
        .add_prefix("some ")
    )
    return pd.concat([full, holes], axis=1)


def test_rows_that_are_kept_are_those_that_are_read_one_by_one(tmp_path, monkeypatch, mixed) -> None:
    table = make_table(tmp_path, mixed)
    samples = TabularSamples(table, infer_schema(table), tuple(mixed))
    asked = [np.array([4]), np.array([3]), np.array([3, 0, 0, 12]), np.arange(N), np.arange(0)]
    plain = [samples.exact(ids) for ids in asked]
    monkeypatch.setattr("core.modalities.tabular.samples._WIDE", 4)
    for before, ids in zip(plain, asked, strict=True):
        kept = samples.exact(ids)
        for name in mixed:
            if before[name].isna().all():
                assert kept[name].isna().all()
            else:
                pd.testing.assert_series_equal(kept[name], before[name])
    assert isinstance(plain[0]["decimal"].iloc[0], Decimal)


def test_the_row_of_places_has_each_value_in_its_columns_type(mixed) -> None:
    places = np.random.default_rng(1).integers(0, N, mixed.shape[1])
    row = row_of_places(mixed, places)
    assert list(row.columns) == list(mixed.columns)
    for name, place in zip(mixed, places.tolist(), strict=True):
        expected = mixed[name].iloc[[place]].reset_index(drop=True)
        pd.testing.assert_series_equal(row[name], expected)


def test_numbers_of_many_columns_are_those_of_each(mixed) -> None:
    mixed.loc[5, "float"] = np.inf
    for name, numbers in read_numbers_of(mixed).items():
        np.testing.assert_array_equal(numbers, read_numbers(mixed[name]))
    assert {"float", "single", "whole", "some float"} <= set(read_numbers_of(mixed))
    assert read_numbers_of(mixed[[]]) == {}


def test_spreads_are_the_quantiles_of_the_known_gaps(tmp_path, mixed) -> None:
    mixed = mixed.drop(columns=["decimal", "some decimal"])
    table = make_table(tmp_path, mixed)
    schema = infer_schema(table)
    frame = table.frame([column.name for column in schema.features])
    usual = UsualValues(frame, TabularEncoder(EncodingConfig(), schema).fit_frame(frame, schema))
    rows, places = frame.iloc[:12], np.random.default_rng(2).integers(0, N, (12, len(usual.kinds)))
    spreads = usual.spreads(rows, places, 0.7)
    for j, name in enumerate(usual.kinds):
        if name in usual.levels:
            assert spreads[j] == (usual.as_levels(rows, name) != usual.levels[name][places[:, j]]).mean()
            continue
        gaps = np.abs(usual.as_numbers(rows, name) - usual.numbers[name][places[:, j]])
        assert spreads[j] == np.quantile(gaps[~np.isnan(gaps)], 0.7)
