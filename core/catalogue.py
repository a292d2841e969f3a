"""Which models and presets there are, with their forms, for a process that never imports torch.

The models' classes live beside their networks, so a short-lived process imports them, writes down what they say, and
the answer is kept on disk until a source file changes.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core import plugins
from core.errors import ConfigError, UnknownNameError
from core.modalities import MODALITIES
from core.modalities.base import Modality
from core.params import Param, Searched
from core.presets import PRESETS, Preset
from core.recipe import Recipe
from core.scores import SCORES, score_names
from core.settings import settings
from core.thresholds import THRESHOLDS

_ROOT = Path(__file__).parent
_lock = threading.Lock()


@dataclass(frozen=True)
class ModelInfo:
    """What a picker and a form need to know of a model."""

    name: str
    title: str
    family: str
    when: str
    axes: tuple[str, ...]
    variational: bool
    """Whether Monte-Carlo passes give its scores an uncertainty."""
    params: tuple[Param, ...]
    imputes: bool = False
    """Whether what it expects where a sample has no value is an answer of its own, to be listed."""
    searched: bool = True
    """Whether a search tries it without being told to."""

    def fits_axes(self, axes: Sequence[str]) -> bool:
        """Whether it reads units with these axes."""
        return self.axes == tuple(axes)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def models(axes: Sequence[str] | None = None) -> list[ModelInfo]:
    """Every model, or those that read units with these axes, by family and then by title."""
    return [info for info in _models(_fingerprint()) if axes is None or info.fits_axes(axes)]


def model(name: str) -> ModelInfo:
    """The model of that name.

    Raises
    ------
    UnknownNameError
        When there is none; says which there are.
    """
    known = {info.name: info for info in models()}
    if name not in known:
        raise UnknownNameError(f"There is no model called {name!r}. Known: {', '.join(sorted(known))}.")
    return known[name]


def imputes(recipe: Recipe) -> bool:
    """Whether a recipe's network, or the one that it is composed on, says what belongs where a sample has no value."""
    networks = {recipe.model, recipe.model_settings.get("base")}
    return any(info.imputes for info in models() if info.name in networks)


def presets(axes: Sequence[str] | None = None) -> list[Preset]:
    """Every preset, or those whose model and scores read units with these axes, the one to start with first."""
    names = {info.name for info in models(axes)} if axes is not None else set()

    def fits(preset: Preset) -> bool:
        recipe = preset.recipe
        return axes is None or (recipe.model in names and set(recipe.score.kinds) <= set(scores(axes)))

    return sorted((p for _, p in PRESETS.items() if fits(p)), key=lambda preset: (preset.order, preset.name))


def starting_points(modality: str) -> list[Preset]:
    """The presets for a kind of data, the one to start with first; where there is none, a network with its defaults.

    Raises
    ------
    ConfigError
        When no network reads it.
    """
    axes = MODALITIES[modality].axes
    found = presets(axes)
    if own := [preset for preset in found if preset.recipe.modality == modality]:
        return own
    # A recipe for another kind of data may have settings that mean nothing here.
    if found := [preset for preset in found if preset.recipe.modality == Recipe().modality]:
        return found
    reading = models(axes)
    if not reading:
        raise ConfigError(f"No model reads the axes {', '.join(axes)}. Install one that does, or train on other data.")
    recipe = Recipe(model=reading[0].name, modality=modality)
    return [Preset(name=reading[0].title, summary="This network with its defaults.", recipe=recipe)]


def scores(axes: Sequence[str] | None = None) -> list[str]:
    """Every score, or those that read units with these axes, the one to start with first."""
    return [name for name in score_names() if axes is None or SCORES[name].fits_axes(axes)]


def projections(axes: Sequence[str] | None = None) -> list[str]:
    """Every map of the latent space, or those of units with these axes, the one to start with first."""
    from core.projections import PROJECTIONS

    fitting = [(kind.order, name) for name, kind in PROJECTIONS.items() if axes is None or kind.fits_axes(axes)]
    return [name for _, name in sorted(fitting)]


def catalogue() -> dict[str, Any]:
    """Models and presets as plain values that JSON can hold."""
    return {
        "models": [info.to_dict() for info in models()],
        "presets": [{"name": p.name, "summary": p.summary, "recipe": p.recipe.to_dict()} for p in presets()],
    }


def check(recipe: Recipe) -> None:
    """Look whether a recipe's model and threshold rule exist and take their settings, before any worker starts on it.

    Raises
    ------
    UnknownNameError
        When there is no such model or rule.
    ConfigError
        For an unknown setting, a wrong type, or a value out of range.
    """
    info = model(recipe.model)
    if recipe.modality in MODALITIES:
        _check_axes(recipe, info, MODALITIES[recipe.modality])
    THRESHOLDS[recipe.threshold.rule].check(recipe.threshold.value)
    check_settings(info, recipe.model_settings)


def _check_axes(recipe: Recipe, info: ModelInfo, modality: type[Modality]) -> None:
    """Look whether the model and the scores read this kind of data."""
    axes = modality.axes
    if not info.fits_axes(axes):
        known = ", ".join(repr(one.name) for one in models(axes)) or "none yet"
        raise ConfigError(
            f"{info.title} reads units with the axes {', '.join(info.axes)}. Those of a {modality.noun} are "
            f"{', '.join(axes)}. Choose a model that reads them: {known}."
        )
    for kind in recipe.score.kinds:
        if not SCORES[kind].fits_axes(axes):
            raise ConfigError(
                f"The score {kind!r} has no meaning for units with the axes {', '.join(axes)}. Choose one of "
                f"{', '.join(scores(axes))}."
            )


def check_settings(info: ModelInfo, values: Mapping[str, Any]) -> None:
    """Look whether a model takes these settings; raises as :func:`check` does."""
    params = {p.name: p for p in info.params}
    for name, value in values.items():
        if name not in params:
            raise ConfigError(f"There is no setting called {name!r} in {info.title!r}. Known: {', '.join(params)}.")
        params[name].check(value)


def describe_models() -> list[dict[str, Any]]:
    """What the models say of themselves; this imports torch, so it runs in a process of its own."""
    from core.models import MODELS
    from core.params import describe

    return [
        ModelInfo(
            name=name,
            title=cls.title,
            family=cls.family,
            when=cls.when,
            axes=cls.axes,
            variational=cls.variational,
            imputes=cls.imputes,
            params=describe(cls.Config),
            searched=cls.searched,
        ).to_dict()
        for name, cls in MODELS.items()
    ]


def _fingerprint() -> str:
    """A hash over every source that the answer depends on."""
    digest = hashlib.sha256(sys.version.encode())
    sources = [
        *sorted((_ROOT / "models").glob("*.py")),
        _ROOT / "params.py",
        _ROOT / "catalogue.py",
        *plugins.sources(),
    ]
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:20]


@cache
def _models(fingerprint: str) -> tuple[ModelInfo, ...]:
    kept = settings().home / "cache" / f"models-{fingerprint}.json"
    with _lock:
        try:
            described = json.loads(kept.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            described = _ask()
            _keep(kept, described)
    return tuple(sorted((_info(values) for values in described), key=lambda info: (info.family, info.title)))


def _ask() -> list[dict[str, Any]]:
    code = "import json; from core.catalogue import describe_models; print(json.dumps(describe_models()))"
    paths = [str(_ROOT.parent), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
    answer = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"The models could not be listed:\n{answer.stderr}")
    described: list[dict[str, Any]] = json.loads(answer.stdout.splitlines()[-1])
    return described


def _keep(path: Path, described: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, suffix=".json")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(described, file)
    os.replace(scratch, path)


def _info(values: Mapping[str, Any]) -> ModelInfo:
    params = tuple(_param(p) for p in values["params"])
    return ModelInfo(**{**values, "axes": tuple(values["axes"]), "params": params})


def _param(values: Mapping[str, Any]) -> Param:
    """A setting as it was before JSON made lists of its tuples."""
    default = values["default"]
    when = tuple((name, tuple(allowed)) for name, allowed in values["when"])
    return Param(
        **{
            **values,
            "default": tuple(default) if isinstance(default, list) else default,
            "choices": tuple(values["choices"]),
            "when": when,
            "search": _searched(values["search"]),
        }
    )


def _searched(values: Mapping[str, Any] | None) -> Searched | None:
    if values is None:
        return None
    tried = tuple(tuple(value) if isinstance(value, list) else value for value in values["values"])
    return Searched(**{**values, "values": tried, "sets": tuple((name, value) for name, value in values["sets"])})
