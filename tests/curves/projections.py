"""A map for curves alone: the first numbers of the code as they are."""

from __future__ import annotations

from core.projections import PROJECTIONS
from core.projections.base import Codes, Places, Projection


@PROJECTIONS.register("first_codes")
class FirstCodes(Projection):
    """Learns nothing; a code of one number lies on a line."""

    title = "First codes"
    when = "When the first numbers of a code mean something."
    order = 50
    axes = ("time", "channel")

    def _fitted(self, z: Codes) -> Places:
        return self._placed(z)

    def _placed(self, z: Codes) -> Places:
        first = z[:, : self.dimensions]
        return first if first.shape[1] == self.dimensions else first.repeat(self.dimensions, axis=1)
