"""Samples part by part: what each part is, what the networks expected of it, and its share of the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.modalities.attribution import shares_of
from core.modalities.units import gathered
from core.scoring.attribution import reconstruct
from core.words import told_apart

if TYPE_CHECKING:
    import pandas as pd

    from core.modalities.contract import Encoder, Raw
    from core.models.base import Autoencoder
    from core.scoring.fitted_scores import FittedScores

COLUMNS = ("row", "feature", "actual", "expected", "actual_value", "expected_value", "contribution")


def explained(members: Sequence[Autoencoder], encoder: Encoder, raw: Raw, fitted_scores: FittedScores) -> pd.DataFrame:
    """Actual against expected for each part of each sample, in the user's units.

    Parameters
    ----------
    members
        Trained networks.
    encoder
        The encoding that they were trained on.
    raw
        The samples, as content.
    fitted_scores
        The scores of each member, as fitted.

    Returns
    -------
    One line per sample and part with the columns :data:`COLUMNS`; ``row`` is the place in ``raw``, and within a sample
    the part with the largest share comes first. The values are missing where a part is no number.
    """
    import pandas as pd

    units, layout = encoder.encode(raw), encoder.layout
    x_hat, found = reconstruct(members, gathered(units), fitted_scores, layout)
    share = shares_of(np.ascontiguousarray(units.join(found.by_part().T, "mean").T))
    actual_values, actual_texts = encoder.part_values(raw)
    expected_values, expected_texts = encoder.part_values(encoder.inverse(x_hat, units))
    _tell_apart(actual_values, actual_texts, expected_values, expected_texts)
    n, m = share.shape
    order = np.argsort(-share, axis=1, kind="stable")
    samples = np.arange(n)[:, None]
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(n, dtype=np.int64), m),
            "feature": np.array(layout.part_names, dtype=object)[order].ravel(),
            "actual": actual_texts[samples, order].ravel(),
            "expected": expected_texts[samples, order].ravel(),
            "actual_value": actual_values[samples, order].ravel(),
            "expected_value": expected_values[samples, order].ravel(),
            "contribution": share[samples, order].ravel(),
        }
    )


def _tell_apart(
    actual: NDArray[np.float64],
    actual_texts: NDArray[np.object_],
    expected: NDArray[np.float64],
    expected_texts: NDArray[np.object_],
) -> None:
    """Write numbers that differ and look alike with more digits."""
    alike = (actual_texts == expected_texts) & (actual != expected) & ~np.isnan(actual) & ~np.isnan(expected)
    for i, j in np.argwhere(alike).tolist():
        actual_texts[i, j], expected_texts[i, j] = told_apart((actual[i, j], expected[i, j]))
