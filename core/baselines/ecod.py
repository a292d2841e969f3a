"""ECOD: how far into the tails of the training rows a row lies, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.baselines import BASELINES
from core.baselines._tails import Tails
from core.baselines.base import Baseline, Rows


@BASELINES.register("ecod")
class EmpiricalTails(Baseline):
    """Sum of minus log tail probabilities, the larger of left, right and the skewed side (ECOD; Li et al., 2022)."""

    title = "ECOD"
    when = "Columns that do not depend on each other, each with its own tails; nothing to set and very quick."
    order = 6

    def _fitted(self, x: Rows) -> Any:
        return Tails.fit(x)

    def _scored(self, x: Rows) -> Any:
        left, right, leaning = self.estimator_.rarity(x)
        return np.maximum(np.maximum(left, right), leaning).sum(axis=1)
