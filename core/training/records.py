"""What a run tells while it trains: one record per epoch, and now and then a snapshot of a fixed sample."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class EpochRecord:
    """How one epoch went."""

    epoch: int
    """Counted from 1."""
    epochs: int
    """How many there will be at most."""
    train: Mapping[str, float]
    """"loss" and each of its terms, averaged over the epoch's rows while the weights were changing."""
    validation: Mapping[str, float]
    """The same over the validation rows after the epoch; empty where there are none."""
    learning_rate: float
    """At the epoch's last step."""
    seconds: float
    """Spent training and validating in this epoch, pauses left out."""
    rows_per_second: float
    best: bool
    """Whether the weights after this epoch are the best so far, and kept."""

    def to_dict(self) -> dict[str, Any]:
        """The record as plain values that JSON can hold."""
        return asdict(self)


@dataclass(frozen=True)
class Snapshot:
    """The errors of a fixed sample of at most 2,000 rows, as a histogram of their decimal logarithm."""

    epoch: int
    edges: list[float]
    """log10 of the error, one more than there are counts."""
    counts: dict[str, list[int]]
    """By class: "normal" and "anomaly" with labels (rows of unknown class under "unknown"), else "all"."""
    auroc: float | None
    """Of the sample; None unless it has rows of both classes."""
    average_precision: float | None
    sample: bytes = b""
    """The rows of the sample under the weights of this epoch (:mod:`core.detector.replay`)."""
    weights: bytes = b""
    """A checkpoint that a run which is to have these weights starts from; empty where they are too large to keep."""

    def to_dict(self) -> dict[str, Any]:
        """The snapshot as plain values that JSON can hold, without the bytes."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.type is not bytes}
