"""The result of a finished run: its metrics and facts, as pages, the command line and a notebook show them."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.evaluation import auroc, average_precision, confusion, judged_rows, rejection_at, split_classes

SIGNAL_EFFICIENCY = 0.3
"""ε_s at which the background rejection is told; the explorer shows it for any other."""


@dataclass(frozen=True)
class ExperimentResult:
    """The outcome of an experiment; metrics are None where the labels do not allow them."""

    model: str
    preset: str
    rows: int
    train_rows: int
    validation_rows: int
    test_rows: int
    features: int
    """Numbers per row that the network reads."""
    columns: int
    """Feature columns in the user's table."""
    epochs: int
    best_epoch: int
    """The epoch whose weights were kept."""
    seconds: float
    """Spent training, pauses left out."""
    rows_per_second: float
    """Rows that each member trained on, per second."""
    threshold: float
    flagged: int
    """Judged rows with a score above the threshold."""
    judged: str
    """Which rows the metrics are about: "test", or "all" where the test part cannot tell."""
    auroc: float | None
    average_precision: float | None
    f1: float | None
    precision: float | None
    recall: float | None
    background_rejection: dict[str, Any] | None
    """1/ε_b at ε_s = 0.3: {"signal_efficiency", "value", "bound"}; ``bound`` when no background row passed."""
    parameters: int
    members: int
    device: str
    note: str
    """What was decided on the way, in sentences."""
    versions: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values that JSON can hold."""
        return asdict(self)


def measure(
    labels: NDArray[np.int8], parts: NDArray[Any], scores: NDArray[np.float64], threshold: float
) -> dict[str, Any]:
    """The fields of a result that the judged rows decide: flagged, judged and every metric."""
    judged, mask = judged_rows(labels, parts)
    known, looked = labels[mask], scores[mask]
    both = bool((known == 1).any() and (known == 0).any())
    counts = confusion(known, looked, threshold)
    return {
        "judged": judged,
        "flagged": int((looked > threshold).sum()),
        "auroc": auroc(known, looked),
        "average_precision": average_precision(known, looked),
        "f1": counts.f1 if both else None,
        "precision": counts.precision if both else None,
        "recall": counts.recall if both else None,
        "background_rejection": _rejection(known, looked),
    }


def _rejection(labels: NDArray[np.int8], scores: NDArray[np.float64]) -> dict[str, Any] | None:
    found = rejection_at(*split_classes(labels, scores), SIGNAL_EFFICIENCY)
    if found is None:
        return None
    return {"signal_efficiency": found.signal_efficiency, "value": found.value, "bound": found.bound}
