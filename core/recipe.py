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
from core.params import build, param, to_dict
from core.scores import score_names


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained."""

    epochs: int = param(100, "Passes over the training rows, at most.", low=1, high=10_000)
    steps: int = param(
        0,
        "Optimizer steps in total; when above zero it decides instead of the number of epochs.",
        low=0,
        high=10_000_000,
        advanced=True,
    )
    batch_size: int = param(256, "Rows per optimizer step.", low=1, high=1_000_000)
    optimizer: str = param("adam", "The rule that turns gradients into steps.", choices=("adam", "adamw", "sgd"))
    learning_rate: float = param(1e-3, "Length of a step. Too large diverges, too small crawls.", low=1e-7, high=10.0)
    momentum: float = param(
        0.9,
        "How much of its speed a step keeps from the steps before.",
        low=0.0,
        high=0.999,
        when={"optimizer": "sgd"},
    )
    weight_decay: float = param(0.0, "Pull of the weights towards zero.", low=0.0, high=1.0)
    schedule: str = param(
        "none",
        "How the learning rate changes while training.",
        choices=("none", "plateau", "cosine", "warmup", "warmup-cosine", "exponential", "warmup-exponential"),
    )
    warmup_epochs: float = param(
        5.0,
        "Epochs in which the rate rises linearly from near zero.",
        low=0.0,
        high=1000.0,
        when={"schedule": ("warmup", "warmup-cosine", "warmup-exponential")},
        label="Warm-up epochs",
    )
    warmup_steps: int = param(
        0,
        "Optimizer steps in which the rate rises; when above zero it decides instead of the number of epochs.",
        low=0,
        high=10_000_000,
        advanced=True,
        when={"schedule": ("warmup", "warmup-cosine", "warmup-exponential")},
        label="Warm-up steps",
    )
    gamma: float = param(
        0.95,
        "Factor on the rate after each epoch.",
        low=0.01,
        high=1.0,
        when={"schedule": ("exponential", "warmup-exponential")},
        label="Decay per epoch",
    )
    plateau_factor: float = param(
        0.5, "Factor on the rate when progress stalls.", low=0.01, high=0.99, when={"schedule": "plateau"}
    )
    plateau_patience: int = param(
        5, "Epochs without progress before the rate drops.", low=0, high=1000, when={"schedule": "plateau"}
    )
    min_learning_rate: float = param(
        1e-6, "The rate never falls below this.", low=0.0, high=1.0, advanced=True, when={"schedule": "plateau"}
    )
    gradient_clip: float = param(0.0, "Longest gradient that is let through; 0 is no limit.", low=0.0, high=1e6)
    patience: int = param(
        0,
        "Stop after so many epochs without a better validation loss (training loss where no rows validate), and keep "
        "the best weights; 0 never stops early.",
        low=0,
        high=10_000,
        label="Early stopping patience",
    )
    set_aside: float = param(
        0.0,
        "Where no label says that the training rows are normal: the share of them that teaches nothing, those that "
        "stand apart most. They are scored like all others. 0 learns from every row.",
        low=0.0,
        high=0.5,
        label="Set aside without labels",
    )
    precision: str = param(
        "auto",
        "Number format of the arithmetic; auto takes bf16 where it is faster.",
        choices=("auto", "float32", "bf16"),
        advanced=True,
    )
    snapshot_epochs: int = param(
        5, "Show the error histogram every so many epochs.", low=1, high=1000, advanced=True, label="Histogram interval"
    )


@dataclass(frozen=True)
class SplitConfig:
    """Which rows train, which validate and which are judged."""

    kind: str = param(
        "random",
        "random: shuffled; normals: half of the normal rows train, the rest are judged (ADBench); "
        "chronological: the last part, in time or file order, is judged; column: a column says; file: a second file.",
        choices=("random", "normals", "chronological", "column", "file"),
        label="Split",
    )
    validation: float = param(
        0.2, "Share of the training rows kept to watch over-fitting.", low=0.0, high=0.9, label="Share that validates"
    )
    test: float = param(
        0.2,
        "Share of all rows that is judged only.",
        low=0.0,
        high=0.9,
        when={"kind": ("random", "chronological")},
        label="Share that is judged",
    )
    column: str = param("", "The column that names each row's part.", when={"kind": "column"}, label="Split column")
    validation_order: str = param(
        "random",
        "Whether the validation rows are drawn at random or are the last in file order.",
        choices=("random", "last"),
        advanced=True,
        label="Validation rows are",
    )
    train_on: str = param(
        "normal",
        "normal leaves labelled anomalies out of the training; all trains on everything.",
        choices=("normal", "all"),
    )


@dataclass(frozen=True)
class ScoreConfig:
    """How what a network makes of a row becomes one anomaly score."""

    kind: str = param("mse", "How far a row is from what the network learnt.", choices=score_names(), label="Score")
    beside: str = param(
        "none",
        "A second score: both are put into log z-scores over the training rows and averaged.",
        choices=("none", *score_names()),
        label="Second score",
        advanced=True,
    )
    normalise: str = param(
        "none",
        "none: the raw score; minmax: by the range of the training scores; threshold: score / (2 x threshold), clipped "
        "to [0, 1]; probability: the share of ordinary rows that score lower, from a tail fitted to the training "
        "scores; rank: the same share, counted. No scale changes the order of the rows.",
        choices=("none", "minmax", "threshold", "probability", "rank"),
        label="Scale of the score",
    )
    passes: int = param(
        1,
        "Monte-Carlo passes of a variational model; their spread is the uncertainty.",
        low=1,
        high=1000,
        label="Monte-Carlo passes",
    )
    third: str = param(
        "none",
        "A third score, averaged with the two others in the same way.",
        choices=("none", *score_names()),
        label="Third score",
        advanced=True,
        when={"beside": score_names()},
    )
    fourth: str = param(
        "none",
        "A fourth score, averaged with the others in the same way.",
        choices=("none", *score_names()),
        label="Fourth score",
        advanced=True,
        when={"third": score_names()},
    )
    weights: str = param(
        "equal",
        "equal: each score counts as much as any other; correlation: scores that say the same of the training rows "
        "share their weight (by the inverse of their correlations; near to equal where few rows train).",
        choices=("equal", "correlation"),
        label="Weights of the scores",
        advanced=True,
        when={"beside": score_names()},
    )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The scores that are averaged; usually one."""
        others = [self.beside, self.third, self.fourth]
        # Where one is none, so are those after it: their setting is not shown.
        named = others[: others.index("none")] if "none" in others else others
        return tuple(dict.fromkeys((self.kind, *named)))

    @property
    def name(self) -> str:
        """The settings as one word for an address or a folder: "whitened", "mse.knn", "mse.none.rank"."""
        values = [str(value) for value in to_dict(self).values()]
        defaults = [str(value) for value in to_dict(ScoreConfig()).values()]
        while len(values) > 1 and values[-1] == defaults[len(values) - 1]:
            values.pop()
        return ".".join(values)

    @classmethod
    def from_name(cls, name: str) -> "ScoreConfig":
        """The settings that :attr:`name` wrote.

        Raises
        ------
        ConfigError
            When there is no such score.
        """
        names = [f.name for f in fields(cls)]
        words = name.split(".")
        if len(words) > len(names):
            raise ConfigError(f"A score has at most {len(names)} parts: {', '.join(names)}. Got {name!r}.")
        return build(cls, dict(zip(names, words, strict=False)))


@dataclass(frozen=True)
class ThresholdConfig:
    """Where the first threshold is put; it can be moved afterwards without training again."""

    rule: str = param("percentile", "The rule that sets the threshold.", label="Threshold rule")
    value: float = param(
        95.0, "The rule's number: a percentile, a score, or a false-positive rate.", label="Threshold value"
    )
    reference: str = param(
        "validation",
        "The rows whose scores the rule looks at; train when there are no validation rows.",
        choices=("train", "validation"),
        label="Threshold looks at",
    )


_SECTIONS: dict[str, type] = {
    "training": TrainingConfig,
    "split": SplitConfig,
    "score": ScoreConfig,
    "threshold": ThresholdConfig,
}
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
        groups = (*_SECTIONS, "encoding")
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
        sections: dict[str, Any] = {name: build(section, values.get(name, {})) for name, section in _SECTIONS.items()}
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


def section_names() -> tuple[str, ...]:
    """Every group of settings, in the order of a form."""
    return ("training", "encoding", *(name for name in _SECTIONS if name != "training"))


def section_classes(modality: str = TABULAR) -> dict[str, type]:
    """Every group of settings with its class, in the order of a form; the encoding's is that of the kind of data.

    Of a kind of data that is not installed here there is no encoding.
    """
    own = {"encoding": MODALITIES[modality].Config} if modality in MODALITIES else {}
    classes = _SECTIONS | own
    return {name: classes[name] for name in section_names() if name in classes}


def _with_blanks_masked(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Plain values of a recipe; a network for ratings left blanks out before the encoding had a setting for it."""
    encoding = values.get("encoding", {})
    networks = (values.get("model"), values.get("model_settings", {}).get("base"))
    said = "blanks" in encoding or not encoding.get("missing_indicator", True)
    if "ratings" not in networks or said or values.get("modality", TABULAR) != TABULAR:
        return values
    return {**values, "encoding": {**encoding, "blanks": "mask"}}
