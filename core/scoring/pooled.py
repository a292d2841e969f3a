"""Errors and codes of samples: those of their units, computed a batch at a time and joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.modalities.units import batches, per_batch
from core.models.base import Autoencoder
from core.recipe import ScoreConfig
from core.scoring.errors import RowErrors, row_errors
from core.scoring.fitted_scores import FittedScores
from core.scoring.latent import latent_codes

if TYPE_CHECKING:
    from core.modalities.contract import Units


def sample_errors(
    members: Sequence[Autoencoder],
    units: Units,
    config: ScoreConfig,
    seed: int = 0,
    fitted_scores: FittedScores | None = None,
    should_continue: Callable[[], bool] = lambda: True,
) -> RowErrors:
    """The error of every sample under every member and kind of score; see :func:`core.scoring.errors.row_errors`.

    No number depends on how many units a batch has.

    Parameters
    ----------
    should_continue
        Asked before each batch; where it answers False the rest of the errors is left undefined.
    """
    n_scores, drawn = len(members) * len(config.kinds), config.passes > 1 and members[0].variational
    errors = np.empty((n_scores, len(units)))
    spread = np.empty_like(errors) if drawn else None
    for place, x in batches(units):
        if not should_continue():
            break
        found = row_errors(members, x, config, seed, fitted_scores)
        errors[:, place] = found.errors
        if spread is not None and found.spread is not None:
            spread[:, place] = found.spread
    return RowErrors(units.join(errors), None if spread is None else units.join(spread))


def sample_codes(members: list[Autoencoder], units: Units) -> NDArray[np.float32]:
    """The members' codes of each sample side by side, shape (samples, width); of several units their mean."""
    z = per_batch(units, lambda x: latent_codes(members, x))
    return np.ascontiguousarray(units.join(z.T, "mean").T)
