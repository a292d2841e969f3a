"""A sample's score as its parts are replaced by expected ones, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.explain.explanation import WalkStep
from core.explain.reference_units import ReferenceUnits
from core.explain.sample_units import SampleUnits

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector


def steps_to_base(
    trained: TrainedDetector,
    reference: ReferenceUnits,
    sample: SampleUnits,
    base: NDArray[np.float32],
    order: NDArray[np.integer],
    names: Sequence[str],
) -> tuple[WalkStep, ...]:
    """The score while one part after the other is put as the nearest normal unit has it.

    Parameters
    ----------
    trained, reference
        The detector, and what knows which positions are a part's.
    sample
        The sample.
    base
        The nearest normal unit, flat.
    order
        The parts, in the order in which they are put right.
    names
        What the parts are called.
    """
    from core.scoring.errors import row_errors

    path = [sample.unit]
    for part in order:
        path.append(path[-1].copy())
        place = reference.positions_of(int(part))
        path[-1][place] = base[place]
    units = np.stack([*path, base]).reshape(-1, *trained.encoder.layout.shape)
    config, seed, fitted = trained.recipe.score, trained.recipe.seed, trained.fitted_scores or None
    errors = row_errors(trained.members, units, config, seed, fitted)
    if len(sample.x) > 1:
        errors = sample.pooled(row_errors(trained.members, sample.units, config, seed, fitted), errors)
    shown, logs = trained.scorer.scores(errors).score, trained.scorer.log10_error(errors)
    whole = max(float(logs[0] - logs[-1]), 1e-12)
    return tuple(
        WalkStep(names[int(p)], float(shown[i + 1]), float(np.clip((logs[0] - logs[i + 1]) / whole, 0.0, 1.0)))
        for i, p in enumerate(order)
    )
