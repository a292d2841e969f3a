"""What excites the units of a code, and the walk between two rows in the latent space."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit
import torch
from job_helpers import add_table, recipe
from store_backends import scratch
from test_explore_page import page

from core.errors import DataError
from core.explain.code_units import EXCITING, STEPS, code_units, ends, walk
from core.explain.opening import explainer_of
from core.jobs.worker import run_job
from core.modalities.tabular.explainer import TabularExplainer
from core.results.finished_run import FinishedRun
from core.scoring.latent import latent_codes
from core.store.workspace import Workspace, open_workspace
from dashboard.charts.code_units import code_units_figure


def trained(workspace: Workspace) -> str:
    run = workspace.store.create_run(add_table(workspace, rows=500), recipe(3))
    return run_job(run.id, workspace.settings).id


@pytest.fixture(scope="module")
def explainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TabularExplainer]:
    workspace = open_workspace(scratch(tmp_path_factory.mktemp("code")))
    run_id = trained(workspace)
    yield explainer_of(FinishedRun.open(workspace, run_id))
    workspace.store.close()


def codes(explainer: TabularExplainer, rows: np.ndarray) -> np.ndarray:
    x = explainer.trained.encoder.transform(explainer.frame(rows))
    return latent_codes(explainer.trained.members[:1], x)


def test_activations_are_in_deviations_of_the_usual_rows(explainer: TabularExplainer) -> None:
    found = code_units(explainer)
    usual = codes(explainer, explainer.reference.ids)
    expected = (codes(explainer, np.arange(500)) - usual.mean(axis=0)) / usual.std(axis=0)
    np.testing.assert_allclose(found.activations, expected[found.rows].T[found.units - 1], rtol=1e-3, atol=1e-3)
    strongest = np.sort(np.abs(expected), axis=0)[::-1][:EXCITING].T
    np.testing.assert_allclose(np.abs(found.strengths), strongest[found.units - 1], rtol=1e-3)
    assert (np.diff(found.scores) <= 0).all()
    assert found.flagged.sum() == (explainer.scored.score > explainer.trained.threshold).sum()


def test_a_walk_ends_at_the_two_rows_as_the_network_rebuilds_them(explainer: TabularExplainer) -> None:
    for start, end in ((7, 300), (300, 7), (9, 9)):
        found = walk(explainer, start, end)
        member, encoder = explainer.trained.members[0], explainer.trained.encoder
        with torch.inference_mode():
            x = torch.from_numpy(encoder.transform(explainer.frame(np.array(sorted({start, end})))))
            rebuilt = encoder.inverse(member(x).numpy())
        first, last = (0, len(rebuilt) - 1) if start <= end else (len(rebuilt) - 1, 0)
        for name, values in zip(found.columns, found.values, strict=True):
            assert len(values) == STEPS
            assert float(values[0]) == pytest.approx(rebuilt[name].iloc[first], rel=1e-3)
            assert float(values[-1]) == pytest.approx(rebuilt[name].iloc[last], rel=1e-3)
        assert len(found.scores) == STEPS
        assert bool(found.columns) == (start != end)


def test_by_default_one_walks_from_a_usual_row_to_the_oddest(explainer: TabularExplainer) -> None:
    usual, odd = ends(explainer)
    assert explainer.scored.score[odd] == explainer.scored.score.max()
    assert usual in explainer.reference.ids


def test_a_row_that_is_not_there_is_said(explainer: TabularExplainer) -> None:
    with pytest.raises(DataError, match=r"There is no row 500\. The rows of this dataset go from 0 to 499\."):
        walk(explainer, 0, 500)


def test_the_figure_marks_where_flagged_rows_end(explainer: TabularExplainer) -> None:
    found = code_units(explainer)
    figure = code_units_figure(found)
    assert figure.data[0].z.shape == found.activations.shape
    assert figure.layout.shapes[0].x0 == found.flagged.sum() - 0.5


@pytest.mark.usefixtures("inline_engine")
def test_the_card_asks_a_worker_when_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    streamlit.cache_resource.clear()
    run_id = trained(open_workspace())
    at = page(run=run_id, experts="open")
    assert not [box for box in at.selectbox if box.key == "explore_code_unit"]
    at.toggle(key="explore_code_on").set_value(True).run()
    assert not at.exception
    assert at.selectbox(key="explore_code_unit").options
    at.number_input(key="explore_code_start").set_value(3).run()
    assert not at.exception
    walked = at.dataframe[-1].value
    assert list(walked.columns)[1] == "From 3"
    assert walked["Column"].iloc[0] == "Anomaly score"
    open_workspace().artifacts.delete(f"runs/{run_id}/model.json")
    streamlit.cache_resource.clear()
    at.run()
    assert not at.exception
    assert any("kept no networks" in warning.value for warning in at.warning)
