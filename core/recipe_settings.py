"""The settings of a run beside its model: training, split, score and threshold, each a form that checks itself."""

from dataclasses import dataclass, fields

from core.errors import ConfigError
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
        "share their weight (by the inverse of their correlations; near to equal where few rows train); first: the "
        "logarithm of the first in full, and an eighth of that of each other.",
        choices=("equal", "correlation", "first"),
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


SECTIONS: dict[str, type] = {
    "training": TrainingConfig,
    "split": SplitConfig,
    "score": ScoreConfig,
    "threshold": ThresholdConfig,
}
