"""The PCA projection: the principal components of the codes; immediate, and it transforms every row."""

from __future__ import annotations

from dataclasses import dataclass

from core.projections import PROJECTIONS
from core.projections.base import Codes, Places, Projection


@PROJECTIONS.register("pca")
class PrincipalComponentsMap(Projection):
    """The first principal components of the codes (Pearson, 1901), without scaling them before."""

    title = "PCA"
    when = "The map to begin with: distances and far rows are true, and every row is on it at once."
    order = 0

    @dataclass(frozen=True)
    class Config:
        """Nothing to set."""

    def fit(self, z: Codes) -> Places:
        """Set the axes by some codes, shape (n, width); where these lie."""
        from core.scoring.latent import PrincipalAxes

        self.axes_ = PrincipalAxes.of(z)
        return self.transform(z)

    def transform(self, z: Codes) -> Places:
        """Where codes lie, shape (n, dimensions)."""
        return self.axes_.transform(z)[:, : self.dimensions]
