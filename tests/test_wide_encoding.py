"""A table of many columns is encoded as one of few is, without a look at one column after the other."""

import numpy as np
import pandas as pd
import pytest

from core.explain.reference_units import ReferenceUnits
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities.layout import Layout
from core.modalities.tabular.config import EncodingConfig
from core.modalities.tabular.encoder import TabularEncoder


@pytest.fixture
def wide(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 210)) * 1e3, columns=[f"c{k}" for k in range(210)])
    frame.iloc[3, 5], frame.iloc[4, 6] = np.nan, 1e200
    frame["whole"], frame["yes"] = rng.integers(0, 9, 60), rng.integers(0, 2, 60).astype(bool)
    frame["word"] = np.where(rng.random(60) > 0.5, "a", "b")
    frame.to_parquet(tmp_path / "wide.parquet")
    encoder = TabularEncoder(EncodingConfig(), infer_schema(Table(tmp_path / "wide.parquet"))).fit_frame(frame)
    return encoder, frame


def test_columns_read_at_once_have_the_numbers_of_columns_read_alone(wide, monkeypatch):
    encoder, frame = wide
    at_once = encoder.transform(frame)
    calls = []
    monkeypatch.setattr("core.modalities.tabular.encoder._NUMBERS", 0)
    monkeypatch.setattr("core.modalities.tabular.encoder.read_numbers_of", calls.append)
    assert (encoder.transform(frame) == at_once).all()
    assert not calls


def test_numbers_of_a_wide_frame_are_read_once(wide, monkeypatch):
    encoder, frame = wide
    monkeypatch.setattr("core.modalities.tabular.columns.numbers.read_numbers", _refuse_float)
    encoder.transform(frame)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_distances_by_part_are_the_same_however_they_are_added_up(width):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 30 * width)).astype(np.float32)
    layout = Layout(("feature",), (30 * width,), part_of=np.repeat(np.arange(30), width))
    reference, unit = ReferenceUnits(x, layout), rng.normal(size=30 * width).astype(np.float32)
    at_once = reference.part_distances(unit)
    assert reference._width == width
    reference._width = 0
    assert (reference.part_distances(unit) == at_once).all()


def _refuse_float(values):
    assert values.dtype.kind not in "fiu"
    return values.to_numpy(dtype=np.float64)
