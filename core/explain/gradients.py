"""Integrated gradients and Shapley values of a detector's score, by captum: slower answers to the same question.

Both share out the difference between the score of a row and that of a base, its nearest normal row, on the logarithmic
scale on which the scores of several networks are averaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from core.runtime import seeded, undisturbed
from core.scoring.forward_pass import ForwardPass, in_blocks

if TYPE_CHECKING:
    from torch import Tensor

    from core.detector.trained import Trained

STEPS = 64
SAMPLES = 20
"""Orders in which the features are exchanged for the Shapley values."""
_TINY = 1e-12


def integrated_gradients(
    trained: Trained, row: NDArray[np.float32], base: NDArray[np.float32], feature_of: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The gradient along the straight line from the base to the row, per feature (Sundararajan et al., 2017).

    Parameters
    ----------
    trained
        The detector.
    row, base
        Encoded, shape (width,).
    feature_of
        The feature of each encoded column.

    Returns
    -------
    Shape (features,); they add up to about the difference of the two scores' logarithms.
    """
    from captum.attr import IntegratedGradients

    with undisturbed():
        found = IntegratedGradients(lambda x: _log(trained, x)).attribute(
            torch.from_numpy(row[None].copy()), torch.from_numpy(base[None].copy()), n_steps=STEPS
        )
    return _per_feature(found, feature_of)


def shapley_values(
    trained: Trained, row: NDArray[np.float32], base: NDArray[np.float32], feature_of: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The mean effect of each feature over random orders in which they are exchanged (Castro et al., 2009).

    See :func:`integrated_gradients` for the parameters; they add up to the difference exactly.
    """
    from captum.attr import ShapleyValueSampling

    mask = torch.as_tensor(np.asarray(feature_of), dtype=torch.long)[None]
    with undisturbed(), seeded(trained.recipe.seed, torch.device("cpu")), torch.no_grad():
        found = ShapleyValueSampling(lambda x: _log(trained, x)).attribute(
            torch.from_numpy(row[None].copy()),
            torch.from_numpy(base[None].copy()),
            feature_mask=mask,
            n_samples=SAMPLES,
            perturbations_per_eval=64,
        )
    first = torch.zeros(int(mask.max()) + 1, dtype=found.dtype)
    # captum gives every column of a feature the feature's value.
    first[mask[0].flip(0)] = found[0].flip(0)
    values: NDArray[np.float64] = first.numpy().astype(np.float64)
    return values


def _log(trained: Trained, x: Tensor) -> Tensor:
    """The mean over the voices of the score's logarithm, in standard deviations where there are several; (n,)."""
    rows = in_blocks(x)
    logs = [
        score.of(ForwardPass(member, rows))[: len(x)].clamp_min(_TINY).log()
        for member, scores in zip(trained.members, trained.fitted_scores, strict=True)
        for score in scores
    ]
    scorer = trained.scorer
    if len(logs) == 1:
        return logs[0]
    parts = zip(logs, scorer.means, scorer.deviations, strict=True)
    return torch.stack([(log - mean) / deviation for log, mean, deviation in parts]).mean(dim=0)


def _per_feature(found: Tensor, feature_of: NDArray[np.integer]) -> NDArray[np.float64]:
    values = found[0].detach().numpy().astype(np.float64)
    summed: NDArray[np.float64] = np.zeros(int(np.max(feature_of)) + 1)
    np.add.at(summed, feature_of, values)
    return summed
