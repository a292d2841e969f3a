"""The figures of a training: its losses and its snapshots."""

import pytest
from epoch_records import SNAPSHOT, record

from dashboard.charts.loss import epoch_range, loss_figure, terms, thinned
from dashboard.charts.snapshot import sentence, snapshot_figure


def test_the_loss_figure_draws_every_term_of_both_parts():
    records = [record(epoch) for epoch in range(1, 30)]
    figure = loss_figure(records, best_epoch=7)
    assert terms(records) == ["loss", "reconstruction", "kl"]
    assert len(figure.data) == 6
    assert [t.name for t in figure.data if t.showlegend] == ["Loss", "Reconstruction", "KL"]
    assert figure.layout.yaxis.type == "log"


def test_a_single_term_is_the_loss_itself():
    records = [{"epoch": 1, "epochs": 2, "train": {"loss": 1.0, "reconstruction": 1.0}, "validation": {}}]
    assert terms(records) == ["loss"]
    assert [t.name for t in loss_figure(records).data] == ["Training"]


def test_losses_that_are_not_above_zero_are_left_out_of_a_logarithmic_axis():
    records = [{"epoch": e, "epochs": 3, "train": {"loss": v}, "validation": {}} for e, v in ((1, 0.0), (2, 0.5))]
    assert loss_figure(records, log=True).data[0].y == (None, 0.5)
    assert loss_figure(records, log=False).data[0].y == (0.0, 0.5)


def test_long_runs_are_thinned_and_keep_both_ends():
    records = [record(epoch, 9000) for epoch in range(1, 9001)]
    kept = thinned(records)
    assert len(kept) <= 600
    assert (kept[0]["epoch"], kept[-1]["epoch"]) == (1, 9000)


def test_the_epoch_axis_of_a_live_run_seldom_moves():
    ranges = {tuple(epoch_range([record(1, 100), record(epoch, 100)], live=True)) for epoch in range(2, 101)}
    assert len(ranges) <= 5
    assert epoch_range([record(1, 100), record(100, 100)], live=True)[1] == 100.5


def test_a_snapshot_shows_each_class_as_a_share_of_itself():
    figure = snapshot_figure([SNAPSHOT])
    shares = {t.name: sum(t.y) for t in figure.data}
    assert shares == {"Normal": pytest.approx(1), "Anomaly": pytest.approx(1)}
    assert sentence(SNAPSHOT) == "Epoch 5: 100 normal, 4 anomalous rows"


def test_empty_figures_hold_their_place():
    for figure in (loss_figure([], live=True), snapshot_figure([])):
        assert not figure.data
        assert figure.layout.height
