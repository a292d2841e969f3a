"""The result of a finished run: its metrics and facts, as pages, the command line and a notebook show them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.evaluation import (
    auroc,
    average_precision,
    confusion,
    judged_rows,
    rejection_at,
    split_classes,
    unmeasured,
)
from core.metrics.groups import PARTS
from core.modalities.nouns import ROWS, Nouns
from core.notes.note import Note

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
    """Which rows the metrics are about: "test", or "all" where none was kept apart or none has a label."""
    rows_judged: int
    parts: dict[str, dict[str, int]]
    """Of each part that has rows how many there are, and how many score above the threshold: {"rows", "flagged"}."""
    unmeasured: str
    """Why the metrics are None, as a sentence; empty where they are not."""
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
    """What was decided on the way, as one paragraph."""
    notes: list[dict[str, Any]]
    """The same as a list of notes (:class:`core.notes.note.Note`), as plain values."""
    versions: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values that JSON can hold."""
        return asdict(self)


def measure(
    labels: NDArray[np.int8], parts: NDArray[Any], scores: NDArray[np.float64], threshold: float
) -> dict[str, Any]:
    """The fields of a result that the scores decide: who is judged, who is flagged, and every metric."""
    judged, mask = judged_rows(labels, parts)
    if not (labels >= 0).any():
        # Nothing is measured, and who asks which rows are odd means all of them.
        judged, mask = "all", np.ones(len(labels), dtype=np.bool_)
    known, looked = labels[mask], scores[mask]
    both = bool((known == 1).any() and (known == 0).any())
    counts = confusion(known, looked, threshold)
    return {
        "judged": judged,
        "rows_judged": len(looked),
        "flagged": int((looked > threshold).sum()),
        "parts": _by_part(parts, scores > threshold),
        "unmeasured": unmeasured(known),
        "auroc": auroc(known, looked),
        "average_precision": average_precision(known, looked),
        "f1": counts.f1 if both else None,
        "precision": counts.precision if both else None,
        "recall": counts.recall if both else None,
        "background_rejection": _rejection(known, looked),
    }


def result_notes(measured: dict[str, Any], says: Nouns = ROWS) -> list[Note]:
    """What there is to say of what :func:`measure` gave: flagged rows that nobody is shown, metrics that are None."""
    notes = []
    if measured["judged"] == "test" and (words := flagged_elsewhere(measured["parts"], says)):
        judged = f"{measured['flagged']:,} of {measured['rows_judged']:,} judged {says.samples}"
        notes.append(Note("flagged", f"Flagged are {judged}, and beside them {words}."))
    apart = measured["parts"].get("test", {}).get("rows", 0)
    if measured["judged"] == "all":
        why = "No row has a label" if apart else "No row was kept apart"
        notes.append(Note("judging", says(f"{why}: all are ranked together, those that trained included.")))
    if measured["unmeasured"]:
        notes.append(Note("judging", says(measured["unmeasured"])))
    return notes


def flagged_elsewhere(parts: Mapping[str, Mapping[str, int]], says: Nouns = ROWS) -> str:
    """How many of the rows that are not judged are flagged: "1 of 65 training rows"; empty where none is.

    Parameters
    ----------
    parts
        As :attr:`ExperimentResult.parts` has them. Rows that validated were kept from the test part too, and count as
        training rows here.
    """
    found = []
    for words, names in (("training", ("train", "validation")), ("unused", ("unused",))):
        flagged, rows = (sum(parts.get(name, {}).get(what, 0) for name in names) for what in ("flagged", "rows"))
        if flagged:
            found.append(f"{flagged:,} of {rows:,} {words} {says.sample if rows == 1 else says.samples}")
    return " and ".join(found)


def _by_part(parts: NDArray[Any], above: NDArray[np.bool_]) -> dict[str, dict[str, int]]:
    """How many rows each part has, and how many of them are flagged; those without rows are left out."""
    inside = {part: parts == part for part in PARTS}
    return {
        part: {"rows": int(mine.sum()), "flagged": int((above & mine).sum())}
        for part, mine in inside.items()
        if mine.any()
    }


def _rejection(labels: NDArray[np.int8], scores: NDArray[np.float64]) -> dict[str, Any] | None:
    found = rejection_at(*split_classes(labels, scores), SIGNAL_EFFICIENCY)
    if found is None:
        return None
    return {"signal_efficiency": found.signal_efficiency, "value": found.value, "bound": found.bound}
