"""Every way of explaining works for every preset and for every score, of rows that a worker has scored before."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from experiment_helpers import QUICK, people

from core.bench.explanations import trained_on
from core.explain.methods import METHODS
from core.modalities.tabular.explainer import TabularExplainer
from core.presets import PRESETS
from core.recipe import ScoreConfig
from core.scores import SCORES, score_names

SHORT = {"training.steps": 20, "training.batch_size": 64, "training.warmup_steps": 5, "passes": 2}

every_method = pytest.mark.parametrize("method", METHODS)


@cache
def explainer_of(preset: str, score: str) -> TabularExplainer:
    """One that has scored its rows, as a worker's has: what that leaves behind is there when it is asked why."""
    recipe = replace(QUICK, members=1, score=ScoreConfig(kind=score)) if score else PRESETS[preset].recipe
    return trained_on(people(160), recipe.with_set({**SHORT, "members": min(2, recipe.members)}), 0)


def assert_explains(explainer: TabularExplainer, method: str) -> None:
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
def test_every_preset_is_explained_in_every_way(name: str, method: str) -> None:
    assert_explains(explainer_of(name, ""), method)


@every_method
@pytest.mark.parametrize("name", [name for name in score_names() if SCORES[name].fits_axes(("feature",))])
def test_every_score_is_explained_in_every_way(name: str, method: str) -> None:
    assert_explains(explainer_of("", name), method)


def test_what_fails_is_explained_in_the_first_way_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("The sign of zero is not known.")

    monkeypatch.setattr("core.explain.gradients.integrated_gradients", broken)
    asked = explainer_of("", "mse")
    found, first = asked.explain(3, "gradients"), asked.explain(3)
    assert found.note == (
        "Integrated gradients could not be computed: The sign of zero is not known. Shown instead: Exchange."
    )
    assert found.method == "exchange"
    assert repr(found.reasons) == repr(first.reasons)
    assert not first.note
