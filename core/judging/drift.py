"""How far new samples are from those that a run was trained on: the parts that moved most, and the share flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import AnomalensError

if TYPE_CHECKING:
    from core.modalities.contract import Samples
    from core.results.finished_run import FinishedRun

LOOKED_AT = 4_000
"""Samples of either side whose values are compared; of more, so many drawn at random."""
MOVED = 0.15
"""Distributions that are further apart than this (Kolmogorov-Smirnov) are told, where chance does not explain it."""
_CHANCE = 1.95
"""The distance over sqrt((n + m) / n m) that two samples of one distribution pass once in a thousand times."""
_NAMED = 3


def drift_words(run: FinishedRun, samples: Samples, scores: NDArray[np.float64]) -> str:
    """In a sentence or two: the parts whose values are distributed otherwise than in the training, and the flagged."""
    flagged = float((scores > run.threshold).mean()) if len(scores) else 0.0
    before = _share_before(run)
    told = f"{flagged:.1%} of the new {run.nouns.samples} are flagged"
    told += f", {before:.1%} of the data that it was trained for" if before is not None else ""
    try:
        moved = moved_parts(run, samples)
    except AnomalensError:
        return f"{told}. The dataset of the run is gone, so that its values cannot be compared with the new ones."
    if not moved:
        return f"No {run.nouns.part} has moved much against the training {run.nouns.samples}. {told}."
    names = ", ".join(f"{name} ({distance:.2f})" for name, distance in moved[:_NAMED])
    more = f" and {len(moved) - _NAMED:,} more" if len(moved) > _NAMED else ""
    return (
        f"Drift: {names}{more} {'is' if len(moved) == 1 else 'are'} distributed otherwise than in the training "
        f"{run.nouns.samples} (distance of the distributions, 0 to 1). {told}."
    )


def moved_parts(run: FinishedRun, samples: Samples) -> list[tuple[str, float]]:
    """The parts whose vectors are distributed otherwise than in the training samples, the furthest first.

    Raises
    ------
    AnomalensError
        When the samples that the run was trained on are gone.
    """
    encoder, rng = run.encoder, np.random.default_rng(0)
    if encoder.vector_parts is None:
        return []
    old_ids, new_ids = _some(run.fitted_on, rng), _some(np.arange(len(samples)), rng)
    if not len(old_ids) or not len(new_ids):
        return []
    old, new = encoder.vectors(run.samples, old_ids), encoder.vectors(samples, new_ids)
    chance = _CHANCE * np.sqrt((len(old) + len(new)) / (len(old) * len(new)))
    furthest: dict[int, float] = {}
    for column, part in enumerate(encoder.vector_parts.tolist()):
        furthest[part] = max(furthest.get(part, 0.0), _distance(old[:, column], new[:, column]))
    names = encoder.layout.part_names
    found = [(names[part], distance) for part, distance in furthest.items() if distance > max(MOVED, chance)]
    return sorted(found, key=lambda one: -one[1])


def _distance(old: NDArray[np.float32], new: NDArray[np.float32]) -> float:
    """The largest difference of two empirical distribution functions."""
    places = np.concatenate([old, new])
    below = [np.searchsorted(np.sort(one), places, side="right") / len(one) for one in (old, new)]
    return float(np.abs(below[0] - below[1]).max())


def _some(ids: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    return ids if len(ids) <= LOOKED_AT else np.sort(rng.choice(ids, LOOKED_AT, replace=False))


def _share_before(run: FinishedRun) -> float | None:
    from core.results.run_evidence import run_evidence

    return run_evidence(run).stream.share_above(run.threshold)
