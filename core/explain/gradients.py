"""Integrated gradients and Shapley values of a detector's score, by captum: slower answers to the same question.

Both share out the difference between the score of a unit and that of a base, its nearest normal unit, on the
logarithmic scale on which the scores of several networks are averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from core.runtime import seeded, undisturbed
from core.scoring.forward_pass import ForwardPass, in_blocks

if TYPE_CHECKING:
    from torch import Tensor

    from core.detector.trained import TrainedDetector
    from core.modalities.layout import Layout

STEPS = 64
SAMPLES = 20
"""Orders in which the parts are exchanged for the Shapley values."""
_TINY = 1e-12


def integrated_gradients(
    trained: TrainedDetector, unit: NDArray[np.float32], base: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The gradient along the straight line from the base to the unit, per part (Sundararajan et al., 2017).

    Parameters
    ----------
    trained
        The detector.
    unit, base
        Flat, shape (positions,).

    Returns
    -------
    Shape (parts,); they add up to about the difference of the two scores' logarithms.
    """
    from captum.attr import IntegratedGradients

    layout = trained.encoder.layout
    with undisturbed():
        found = IntegratedGradients(_log_score(trained, unit)).attribute(
            _one(unit, layout), _one(base, layout), n_steps=STEPS
        )
    values = found.detach().numpy().astype(np.float64).reshape(-1)
    # A gradient may be without bounds where both are the same, as that of x log x at 0: there is no way to go there.
    values[np.nan_to_num(unit) == np.nan_to_num(base)] = 0.0
    summed: NDArray[np.float64] = np.zeros(layout.n_parts)
    np.add.at(summed, layout.flat_parts, values)
    return summed


def shapley_values(
    trained: TrainedDetector, unit: NDArray[np.float32], base: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The mean effect of each part over random orders in which they are exchanged (Castro et al., 2009).

    See :func:`integrated_gradients` for the parameters; they add up to the difference exactly.
    """
    from captum.attr import ShapleyValueSampling

    layout = trained.encoder.layout
    mask = torch.tensor(layout.flat_parts, dtype=torch.long)
    with undisturbed(), seeded(trained.recipe.seed, torch.device("cpu")), torch.no_grad():
        found = (
            ShapleyValueSampling(_log_score(trained, unit))
            .attribute(
                _one(unit, layout),
                _one(base, layout),
                feature_mask=mask.reshape(1, *layout.shape),
                n_samples=SAMPLES,
                perturbations_per_eval=64,
            )
            .reshape(-1)
        )
    first = torch.zeros(layout.n_parts, dtype=found.dtype)
    # captum gives every position of a part the part's value.
    first[mask.flip(0)] = found.flip(0)
    values: NDArray[np.float64] = first.numpy().astype(np.float64)
    return values


def _one(unit: NDArray[np.float32], layout: Layout) -> Tensor:
    """A unit with 0 for blanks: captum multiplies, which NaN does not survive."""
    return torch.from_numpy(np.nan_to_num(unit.reshape(1, *layout.shape)))


def _log_score(trained: TrainedDetector, unit: NDArray[np.float32]) -> Callable[[Tensor], Tensor]:
    """:func:`_log` of units that have no value where ``unit`` has none, whatever they have there."""
    blank = torch.from_numpy(np.isnan(unit.reshape(trained.encoder.layout.shape)))
    if not blank.any():
        return lambda x: _log(trained, x)
    return lambda x: _log(trained, torch.where(blank, torch.nan, x))


def _log(trained: TrainedDetector, x: Tensor) -> Tensor:
    """The mean over all fitted scores of their logarithms, by weight and in standard deviations of several; (n,)."""
    units = in_blocks(x)
    logs = [
        score.of(ForwardPass(member, units))[: len(x)].clamp_min(_TINY).log()
        for member, scores in zip(trained.members, trained.fitted_scores, strict=True)
        for score in scores
    ]
    scorer = trained.scorer
    if len(logs) == 1:
        return logs[0]
    parts = zip(logs, scorer.means, scorer.deviations, strict=True)
    z = torch.stack([(log - mean) / deviation for log, mean, deviation in parts])
    weights = scorer.weights or [1 / len(logs)] * len(logs)
    return (torch.tensor(weights, dtype=z.dtype, device=z.device)[:, None] * z).sum(dim=0)
