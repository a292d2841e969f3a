"""What a run is asked to do: the model and every setting around it, as plain values that JSON can hold.

Imports no torch, so that the dashboard's server can build, show and store recipes. A model's own settings stay a plain
mapping here, because their class lives beside the network (``core/models``); they are validated where the model is
built, and by the form, from ``core.catalogue``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from core.errors import ConfigError
from core.modalities import MODALITIES
from core.params import build, to_dict
from core.recipe_settings import SECTIONS, ScoreConfig, SplitConfig, ThresholdConfig, TrainingConfig

__all__ = [
    "NOT_IN_TIME",
    "TABULAR",
    "Recipe",
    "ScoreConfig",
    "SplitConfig",
    "ThresholdConfig",
    "TrainingConfig",
    "divided_in_time",
    "section_classes",
    "section_names",
]

NOT_IN_TIME = ("random", "normals")
"""Splits that draw samples, of whatever moment."""
TABULAR = "tabular"
"""The kind of data of recipes that name none, as all did before there were others."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run's outcome, beside the data and their schema.

    Raises
    ------
    ConfigError
        When the encoding has an unknown setting, a wrong type, or a value out of range.
    """

    model: str = "dense"
    model_settings: Mapping[str, Any] = field(default_factory=dict)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    modality: str = TABULAR
    """The kind of data, a name of :data:`core.modalities.MODALITIES`."""
    encoding: Mapping[str, Any] = field(default_factory=dict)
    """How samples become numbers: the settings of the modality's own ``Config``, every one of them."""
    split: SplitConfig = field(default_factory=SplitConfig)
    score: ScoreConfig = field(default_factory=ScoreConfig)
    threshold: ThresholdConfig = field(default_factory=ThresholdConfig)
    members: int = 1
    """Networks trained side by side from different seeds; their scores are averaged as log z-scores."""
    seed: int = 0
    device: str = "auto"
    preset: str = ""
    """The preset's name on screen, empty when there was none."""

    def __post_init__(self) -> None:
        # A recipe of a kind of data that is not installed here can be read and shown, not trained.
        if self.modality in MODALITIES:
            object.__setattr__(self, "encoding", to_dict(build(MODALITIES[self.modality].Config, self.encoding)))
            if MODALITIES[self.modality].in_time:
                object.__setattr__(self, "split", divided_in_time(self.split))

    @property
    def encoding_config(self) -> Any:
        """The encoding as the modality's ``Config``.

        Raises
        ------
        UnknownNameError
            When the kind of data is not installed.
        """
        return build(MODALITIES[self.modality].Config, self.encoding)

    def group(self, name: str) -> dict[str, Any]:
        """The values of a group of settings (:func:`section_classes`), plain."""
        return dict(self.encoding) if name == "encoding" else to_dict(getattr(self, name))

    def on(self, modality: str) -> "Recipe":
        """The recipe for another kind of data, with that one's usual encoding."""
        return self if modality == self.modality else replace(self, modality=modality, encoding={})

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain values that JSON can hold."""
        groups = (*SECTIONS, "encoding")
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in groups}
        plain["model_settings"] = {
            key: list(value) if isinstance(value, tuple) else value for key, value in self.model_settings.items()
        }
        return plain | {name: self.group(name) for name in section_names()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """A recipe from what :meth:`to_dict` gave, or from any part of it; the rest keeps its default.

        Raises
        ------
        ConfigError
            For an unknown name, a wrong type, or a value out of range.
        """
        known = {f.name for f in fields(cls)}
        unknown = [name for name in values if name not in known]
        if unknown:
            raise ConfigError(f"There is no setting called {unknown[0]!r}. Known: {', '.join(sorted(known))}.")
        values = _with_blanks_masked(values)
        members, seed = int(values.get("members", 1)), int(values.get("seed", 0))
        if not 1 <= members <= 64:
            raise ConfigError(f"The number of members must be between 1 and 64. Got {members}.")
        if not 0 <= seed < 2**63:
            raise ConfigError(f"The seed must be zero or a positive whole number. Got {seed}.")
        sections: dict[str, Any] = {name: build(section, values.get(name, {})) for name, section in SECTIONS.items()}
        plain: dict[str, Any] = {
            "model": str(values.get("model", "dense")),
            "model_settings": dict(values.get("model_settings", {})),
            "modality": str(values.get("modality", TABULAR)),
            "encoding": dict(values.get("encoding", {})),
            "members": members,
            "seed": seed,
            "device": str(values.get("device", "auto")),
            "preset": str(values.get("preset", "")),
        }
        return cls(**plain, **sections)

    def with_set(self, assignments: Mapping[str, Any]) -> "Recipe":
        """A copy with single settings changed by name, as the command line's ``--set key=value`` does.

        A key is a dotted path ("training.epochs", "model.latent") or a bare name where only one section has it;
        what no section knows is handed to the model's own settings.
        """
        recipe = self
        for key, value in assignments.items():
            recipe = recipe._with_one(key, value)
        return recipe

    def _with_one(self, key: str, value: Any) -> "Recipe":
        sections = section_classes(self.modality)
        section, _, name = key.rpartition(".")
        if not section:
            if key in {"members", "seed", "device"}:
                return Recipe.from_dict(self.to_dict() | {key: value})
            owners = [s for s, cls in sections.items() if key in {f.name for f in fields(cls)}]
            if len(owners) > 1:
                options = " or ".join(f"{owner}.{key}" for owner in owners)
                raise ConfigError(f"{key!r} could be {options}. Say which.")
            section = owners[0] if owners else "model"
        if section == "model":
            return replace(self, model_settings={**self.model_settings, name: value})
        if section not in sections:
            raise ConfigError(f"There is no group of settings called {section!r}. Known: {', '.join(sections)}, model.")
        values = self.group(section) | {name: value}
        changed: dict[str, Any] = {section: values if section == "encoding" else build(sections[section], values)}
        return replace(self, **changed)


def divided_in_time(split: SplitConfig) -> SplitConfig:
    """The split of samples that follow each other in time: never drawn at random, the last of the training validate."""
    kind = "chronological" if split.kind in NOT_IN_TIME else split.kind
    return replace(split, kind=kind, validation_order="last")


def section_names() -> tuple[str, ...]:
    """Every group of settings, in the order of a form."""
    return ("training", "encoding", *(name for name in SECTIONS if name != "training"))


def section_classes(modality: str = TABULAR) -> dict[str, type]:
    """Every group of settings with its class, in the order of a form; the encoding's is that of the kind of data.

    Of a kind of data that is not installed here there is no encoding.
    """
    own = {"encoding": MODALITIES[modality].Config} if modality in MODALITIES else {}
    classes = SECTIONS | own
    return {name: classes[name] for name in section_names() if name in classes}


def _with_blanks_masked(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Plain values of a recipe; a network for ratings left blanks out before the encoding had a setting for it."""
    encoding = values.get("encoding", {})
    networks = (values.get("model"), values.get("model_settings", {}).get("base"))
    said = "blanks" in encoding or not encoding.get("missing_indicator", True)
    if "ratings" not in networks or said or values.get("modality", TABULAR) != TABULAR:
        return values
    return {**values, "encoding": {**encoding, "blanks": "mask"}}
