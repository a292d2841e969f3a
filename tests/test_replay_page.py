"""The replay on Explore: what it draws, that an epoch becomes a run, and what is said where nothing was kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit
from job_helpers import add_table, recipe
from sklearn.metrics import average_precision_score, roc_auc_score
from test_explore_page import page

from core.detector.replay import Replay
from core.jobs.epoch_run import keep_epoch
from core.jobs.worker import run_job
from core.store.workspace import Workspace, open_workspace
from dashboard import theme
from dashboard.charts.replay import CURVES, area_words, replay_figure
from dashboard.explore.network import epochs_panel
from dashboard.server import cache


def replay(epochs: int = 3, labelled: bool = True) -> Replay:
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(300) % 10 == 0, 1, 0).astype(np.int8) if labelled else np.full(300, -1, np.int8)
    errors = np.stack([rng.normal(size=300) - k + (labels == 1) * k for k in range(epochs)]).astype(np.float32)
    places = rng.normal(size=(epochs, 300, 2)).astype(np.float32)
    return Replay(tuple(range(1, epochs + 1)), (True,) * epochs, np.arange(300), labels, errors, places)


@pytest.fixture(params=["light", "dark"], autouse=True)
def colours(request, monkeypatch):
    palette = theme.DARK if request.param == "dark" else theme.LIGHT
    monkeypatch.setattr(theme, "palette", lambda: palette)


def test_every_epoch_is_a_frame_and_a_step_with_its_auroc():
    found = replay()
    figure = replay_figure(found)
    assert [frame.name for frame in figure.frames] == ["1", "2", "3"]
    labels = [step.label for step in figure.layout.sliders[0].steps]
    assert labels == [f"{k + 1}, AUROC {roc_auc_score(found.labels, found.errors[k]):.3f}" for k in range(3)]
    # Normal and anomaly in the histogram and in the map, and the curve; the last epoch is shown first.
    assert len(figure.data) == 5
    assert all(len(frame.data) == 5 for frame in figure.frames)
    assert list(figure.data[4].y) == list(figure.frames[2].data[4].y)


def test_the_precision_recall_curve_is_that_of_each_epoch():
    found = replay()
    figure = replay_figure(found, "precision")
    assert figure.layout.xaxis3.title.text == "Recall"
    assert figure.layout.yaxis3.title.text == "Precision"
    for k, (frame, step) in enumerate(zip(figure.frames, figure.layout.sliders[0].steps, strict=True)):
        expected = average_precision_score(found.labels, found.errors[k])
        assert step.label == f"{k + 1}, average precision {expected:.3f}"
        assert area_words(found, k, CURVES["precision"]) == f"average precision {expected:.3f}"
        # All rows flagged: every anomaly is found, and the share of them is what is right.
        assert (frame.data[4].x[-1], frame.data[4].y[-1]) == pytest.approx((1, 0.1), abs=0.05)
        assert np.mean(frame.data[4].y) == pytest.approx(expected, abs=0.05)


def test_each_class_is_drawn_as_the_share_of_its_own_rows():
    found = replay()
    for frame, errors in zip(replay_figure(found).frames, found.errors, strict=True):
        for trace, label in zip(frame.data[:2], (0, 1), strict=True):
            assert sum(trace.y) == pytest.approx(1, abs=1e-3)
            own = errors[found.labels == label]
            middle = np.sum(np.log10(trace.x[:-1]) * np.array(trace.y[:-1]))
            assert middle == pytest.approx(own.mean(), abs=0.3)


def test_without_labels_there_is_no_curve():
    figure = replay_figure(replay(labelled=False))
    assert len(figure.data) == 2
    assert figure.layout.sliders[0].steps[0].label == "1"
    assert figure.data[0].name == "All rows"


class QueueingEngine:
    """Makes the run and leaves it queued."""

    def keep_epoch(self, run_id: str, epoch: int) -> Any:
        return keep_epoch(open_workspace(), run_id, epoch)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replay")


@pytest.fixture
def space(home: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    streamlit.cache_resource.clear()
    monkeypatch.setattr(cache, "engine", QueueingEngine)
    return open_workspace()


def trained(space: Workspace, epochs: int) -> str:
    every = recipe(epochs)
    every = replace(every, training=replace(every.training, snapshot_epochs=1))
    run = space.store.create_run(add_table(space, rows=400), every, "Mine")
    return run_job(run.id, space.settings).id


def test_an_epoch_becomes_a_run_by_a_click(space: Workspace) -> None:
    run_id, before = trained(space, 3), {run.id for run in space.store.runs()}
    at = page(run=run_id, experts="open")
    at.selectbox(key="explore_epochs_place").select_index(1)
    at.button(key="explore_epochs_make").click()
    at.run()
    assert not at.exception
    made = [run for run in space.store.runs() if run.id not in before]
    assert [(run.name, run.state) for run in made] == [("Mine, epoch 2", "queued")]
    assert space.artifacts.exists(f"runs/{made[0].id}/checkpoint.safetensors")


def test_the_curve_of_the_replay_is_in_the_address(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epochs_panel, "_replay", lambda run_id: replay())
    run_id = trained(space, 1)
    at = page(run=run_id, replay="precision")
    assert at.segmented_control(key="explore_epochs_curve").value == "precision"
    at.segmented_control(key="explore_epochs_curve").set_value("roc").run()
    assert not at.exception
    assert "replay" not in at.query_params


@pytest.mark.parametrize(
    ("epochs", "sentence"),
    [(1, "A single epoch of this run was kept"), (0, "This run was trained before epochs were kept. Train again")],
)
def test_where_there_is_nothing_to_replay_it_says_why(space: Workspace, epochs: int, sentence: str) -> None:
    run_id = trained(space, 1)
    if not epochs:
        space.artifacts.delete(f"runs/{run_id}/epochs")
    at = page(run=run_id, experts="open")
    assert not at.exception
    assert any(sentence in caption.value for caption in at.caption)
