"""Every sample makes what it promises, the same rows from the same seed, and becomes a dataset with one click."""

from __future__ import annotations

import pandas as pd
import pytest

from core.errors import UnknownNameError
from core.index.labels import read_labels
from core.index.schema import Schema
from core.index.table import Table
from core.modalities.examples import examples, ingest_example
from core.modalities.tabular.examples import EXAMPLES
from core.store.workspace import Workspace, open_workspace

NAMES = EXAMPLES.names()
GENERATED = [name for name in NAMES if EXAMPLES[name].source == "generated"]


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return open_workspace()


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return {name: EXAMPLES[name].make(0) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_the_rows_the_label_and_the_normal_values_that_it_says(name, frames):
    sample, frame = EXAMPLES[name], frames[name]
    values = set(frame[sample.label].astype(str))
    assert len(frame) == sample.size
    assert set(sample.normal) < values, "there are normal rows, and others"
    assert sample.title
    assert "\n" not in sample.description
    assert sample.description.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_makes_the_same_rows(name, frames):
    pd.testing.assert_frame_equal(EXAMPLES[name].make(0), frames[name])


@pytest.mark.parametrize("name", GENERATED)
def test_another_seed_makes_other_rows(name, frames):
    assert not EXAMPLES[name].make(1).equals(frames[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_becomes_a_dataset_whose_label_is_known(name, workspace, frames):
    sample = EXAMPLES[name]
    dataset = ingest_example(workspace, name)
    schema = Schema.from_dict(dataset.schema)
    table = Table.open(dataset, workspace.artifacts)
    anomalous = ~frames[name][sample.label].astype(str).isin(sample.normal)
    assert (dataset.rows, dataset.name) == (sample.size, sample.title)
    assert schema.label == sample.label
    assert read_labels(table, schema).tolist() == anomalous.astype(int).tolist()


def test_samples_are_offered_in_an_order_and_unknown_ones_refused(workspace):
    assert [name for name, _ in examples().items()][:2] == ["server_metrics", "card_payments"]
    with pytest.raises(UnknownNameError, match="Did you mean 'digits'"):
        ingest_example(workspace, "digit")


def test_server_metrics_follow_the_day_and_fault_rarely(frames):
    frame = frames["server_metrics"]
    healthy = frame[frame["fault"] == "none"]
    by_hour = healthy.groupby(healthy["time"].dt.hour)["requests_per_second"].median()
    assert frame["time"].is_monotonic_increasing
    assert frame["time"].diff().dropna().nunique() == 1
    assert by_hour.max() > 4 * by_hour.min(), "busy by day, quiet at night"
    assert 0.005 < (frame["fault"] != "none").mean() < 0.05
    assert healthy.iloc[: 7 * 288]["fault"].eq("none").all(), "the first week is healthy"


def test_card_payments_have_heavy_tails_and_rare_fraud(frames):
    frame = frames["card_payments"]
    amount = frame["amount"]
    assert frame["time"].is_monotonic_increasing
    assert (frame["time"].dt.hour == frame["hour"]).all()
    assert 0.005 <= frame["is_fraud"].mean() <= 0.01
    assert amount.quantile(0.999) > 20 * amount.median()
    assert frame["merchant_category"].nunique() >= 10
    # No single column gives the fraud away.
    rank = frame["amount"].rank(pct=True)
    assert 0.2 < rank[frame["is_fraud"] == 1].mean() < 0.95


def test_the_signal_of_the_collider_is_a_bump_in_the_mass(frames):
    mass = frames["collider"].set_index("event")["dijet_mass"]
    assert mass.loc["signal"].median() == pytest.approx(3500, rel=0.1)
    assert mass.loc["background"].median() < 1500
