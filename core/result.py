"""What a finished run found, as numbers and words: what the pages, the command line and a notebook show."""

from dataclasses import asdict, dataclass, field
from typing import Any


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
