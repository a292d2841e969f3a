"""Everything whose detection quality can be measured, by name: baselines, PyOD's autoencoder, presets, models.

Presets and models go the way of every run, through :class:`core.detector.experiment.Experiment`; the others are handed
the rows as the product encodes them by default.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.baselines import BASELINES
from core.errors import UnknownNameError
from core.modalities.tabular.config import EncodingConfig
from core.params import to_dict
from core.presets import PRESETS
from core.recipe import Recipe
from core.scores import SCORES

if TYPE_CHECKING:
    from core.bench.harness.protocol import BenchmarkCase

PYOD = "pyod-autoencoder"
_CORE = Path(__file__).parents[2]
_SHARED = ("training", "scoring", "detector", "modalities")
_FILES = ("models/base.py", "models/_layers.py")


@dataclass(frozen=True)
class Method:
    """A detector under measurement: from a case to the scores of its judged rows."""

    name: str
    run: Callable[[BenchmarkCase, int], NDArray[np.float64]]
    version: str
    """Changes with its settings and with the code that it runs."""


def method(name: str) -> Method:
    """The method of that name: a baseline, ``pyod-autoencoder``, a preset, or a model with its own defaults.

    Raises
    ------
    UnknownNameError
        When there is none.
    ModuleNotFoundError
        When it needs a library that is not installed.
    """
    by_word = {preset.casefold(): preset for preset in PRESETS.names()}
    if name in BASELINES:
        cls = BASELINES[name]
        version = _digest(to_dict(cls.Config()), (_CORE / "baselines").glob("*.py"))
        return Method(name, lambda case, seed: _classical(case, lambda: cls.create(seed=seed)), version)
    if name == PYOD:
        return _pyod()
    if name.casefold() in by_word:
        return _recipe(by_word[name.casefold()], PRESETS[by_word[name.casefold()]].recipe)
    from core.models import MODELS

    if name in MODELS:
        return _recipe(name, Recipe(model=name))
    known = ", ".join([*BASELINES, PYOD, *PRESETS, *MODELS])
    raise UnknownNameError(f"There is no method called {name!r}. Known: {known}.")


def _recipe(name: str, recipe: Recipe) -> Method:
    from core.models import MODELS

    classes = [c for c in MODELS[recipe.model].__mro__ if c.__module__.startswith("core.models")]
    own = {_file(c) for c in classes}
    kinds = {_file(SCORES[kind]) for kind in recipe.score.kinds} | set((_CORE / "scores").glob("_*.py"))
    shared = [*kinds, *(file for folder in _SHARED for file in (_CORE / folder).rglob("*.py"))]
    version = _digest(recipe.to_dict(), [*own, *shared, *(_CORE / file for file in _FILES)])
    return Method(name, lambda case, seed: _trained(case, recipe, seed), version)


def _file(cls: type) -> Path:
    """Where a class of the engine is written."""
    return _CORE.parent / f"{cls.__module__.replace('.', '/')}.py"


def _trained(case: BenchmarkCase, recipe: Recipe, seed: int) -> NDArray[np.float64]:
    from core.detector.experiment import Experiment
    from core.modalities.tabular.samples import TabularSamples

    recipe = replace(recipe, split=case.split(recipe.split.validation), seed=seed, device="cpu")
    experiment = Experiment(TabularSamples(case.table, case.schema), recipe)
    for _ in experiment.run():
        pass
    assert experiment.scores is not None
    return experiment.scores.score[case.judged]


def _classical(case: BenchmarkCase, create: Callable[[], Any]) -> NDArray[np.float64]:
    from core.modalities.tabular.encoder import TabularEncoder

    features = [column.name for column in case.schema.features]
    frame = case.table.frame(features)
    encoder = TabularEncoder(EncodingConfig(), case.schema).fit_frame(frame.iloc[case.train])
    x = encoder.transform(frame)
    scores: NDArray[np.float64] = create().fit(x[case.train]).score(x[case.judged])
    return scores


def _pyod() -> Method:
    """PyOD's AutoEncoder with its defaults."""
    from importlib.metadata import version

    import pyod.models.auto_encoder  # noqa: F401

    return Method(PYOD, lambda case, seed: _classical(case, lambda: _PyOD(seed)), version("pyod"))


class _PyOD:
    """PyOD's AutoEncoder under the names of a baseline."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def fit(self, x: NDArray[np.float32]) -> _PyOD:
        import torch
        from pyod.models.auto_encoder import AutoEncoder

        # Its loader drops the last, incomplete batch, which may be the only one.
        batch = min(32, len(x))
        self._detector = AutoEncoder(
            batch_size=batch, random_state=self._seed, device=torch.device("cpu"), verbose=0
        ).fit(x)
        return self

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.nan_to_num(np.asarray(self._detector.decision_function(x), dtype=np.float64), nan=np.inf)


def _digest(settings: dict[str, Any], files: Any) -> str:
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
