"""Checks whether the network answers every row with the same reconstruction."""

import numpy as np

from core.checks import CHECKS
from core.checks.base import FINE, WARNING, Check, CheckInput, Finding
from core.words import percent
from core.words import share as part

LEAST_SHARE = 0.05


@CHECKS.register("same-reconstruction")
class SameReconstruction(Check):
    """The share of the training rows' variance that the reconstructions have too."""

    title = "Reconstructions follow the rows"
    why = (
        "A network that gives back about the same row whatever it sees has collapsed: its error is only the distance "
        "from an average row."
    )
    remedy = (
        "Train longer or with another learning rate, weaken what pulls the code together (β, sparsity, contraction), "
        "or give it more units."
    )
    order = 1

    def check(self, case: CheckInput) -> Finding:
        """Compare the variance of rows and reconstructions."""
        from core.modalities.units import gathered
        from core.scoring.attribution import reconstruct

        x = gathered(case.trained.encoder.encode(case.content))
        x_hat, _ = reconstruct(case.trained.members, x, case.trained.fitted_scores, case.trained.encoder.layout)
        x = np.nan_to_num(x, copy=False)
        share = float(x_hat.var(axis=0, dtype=np.float64).sum() / max(x.var(axis=0, dtype=np.float64).sum(), 1e-12))
        numbers = {"variance_kept": share}
        if share < LEAST_SHARE:
            return Finding(WARNING, f"The reconstructions vary {part(share)} as much as the training rows.", numbers)
        return Finding(FINE, f"The reconstructions vary {percent(share)} as much as the training rows.", numbers)
