"""Every way of explaining works for every preset and for every score, of rows that a worker has scored before."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from experiment_helpers import QUICK, people
from image_files import packed, small_set
from series_fixture import planted
from store_backends import scratch

from core.bench.explanations import trained_on
from core.detector.experiment import Experiment
from core.explain.methods import METHODS
from core.explain.position_explainer import PositionExplainer
from core.metrics.groups import PARTS
from core.modalities.contract import Samples
from core.modalities.image.explainer import ImageExplainer
from core.modalities.recognise import ingest, modality_of
from core.presets import PRESETS
from core.recipe import Recipe, ScoreConfig
from core.results.scored import ScoredRows
from core.scores import SCORES, score_names
from core.store.workspace import open_workspace

SHORT = {"training.steps": 20, "training.batch_size": 64, "training.warmup_steps": 5, "passes": 2}

EXPLAINERS = {"series": PositionExplainer, "image": ImageExplainer}

every_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(scope="module")
def samples_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Samples]:
    """Small sets of other kinds of data than tables."""
    folder = tmp_path_factory.mktemp("kinds")
    space = open_workspace(scratch(folder / "home"))
    planted(labels=False).iloc[2_000:2_500].to_csv(folder / "pump.csv", index=False)
    files = {"series": folder / "pump.csv", "image": packed(folder / "parts.zip", small_set(20, 4))}
    return {
        kind: modality_of(kind).open(ingest(space, [file], modality=kind), space.artifacts)
        for kind, file in files.items()
    }


@cache
def of_a_table(preset: str, score: str) -> PositionExplainer:
    """One that has scored its rows, as a worker's has: what that leaves behind is there when it is asked why."""
    recipe = replace(QUICK, members=1, score=ScoreConfig(kind=score)) if score else PRESETS[preset].recipe
    return trained_on(people(160), recipe.with_set({**SHORT, "members": min(2, recipe.members)}), 0)


_made: dict[str, PositionExplainer] = {}


def of_another_kind(preset: str, samples_of: dict[str, Samples]) -> PositionExplainer:
    """The same for a preset that reads no tables."""
    if preset not in _made:
        recipe = PRESETS[preset].recipe
        samples = samples_of[recipe.modality]
        made = Experiment(samples, recipe.with_set({**SHORT, "training.steps": 5, "members": 1}))
        list(made.run())
        places = np.argmax(made._parts[:, None] == np.array(PARTS), axis=1).astype(np.uint8)
        scored = ScoredRows(made.scores.score, np.full(len(samples), -1, np.int8), places)
        train = np.flatnonzero(made._parts == "train")
        _made[preset] = EXPLAINERS[recipe.modality](made.trained, samples, scored, train)
    return _made[preset]


def assert_explains(explainer: PositionExplainer, method: str) -> None:
    row = int(np.argmax(explainer.scored.score))
    found = explainer.explain(row, method)
    assert found.method == method
    assert found.sentence
    shares = np.array([reason.contribution for reason in found.reasons])
    assert np.isfinite(shares).all()
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) <= 0).all()


@every_method
@pytest.mark.parametrize("name", PRESETS.names())
def test_every_preset_is_explained_in_every_way(name: str, method: str, samples_of: dict[str, Samples]) -> None:
    of_tables = PRESETS[name].recipe.modality == Recipe().modality
    assert_explains(of_a_table(name, "") if of_tables else of_another_kind(name, samples_of), method)


@every_method
@pytest.mark.parametrize("name", [name for name in score_names() if SCORES[name].fits_axes(("feature",))])
def test_every_score_is_explained_in_every_way(name: str, method: str) -> None:
    assert_explains(of_a_table("", name), method)


def test_what_fails_is_explained_in_the_first_way_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("The sign of zero is not known.")

    monkeypatch.setattr("core.explain.gradients.integrated_gradients", broken)
    asked = of_a_table("", "mse")
    found, first = asked.explain(3, "gradients"), asked.explain(3)
    assert found.note == (
        "Integrated gradients could not be computed: The sign of zero is not known. Shown instead: Exchange."
    )
    assert found.method == "exchange"
    assert repr(found.reasons) == repr(first.reasons)
    assert not first.note
