"""The score regions: how far the worst places of an image are from how that place usually is."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from core.scores import SCORES
from core.scores._maps import smoothed, standing_out
from core.scores.base import Score

if TYPE_CHECKING:
    from torch import Tensor

    from core.scoring.forward_pass import ForwardPass

_OWN = 0.75
"""How much the deviation at a place itself counts, against the mean of all places: few images train."""
_TINY = 1e-6
_BLUR, _BLUR_SHOWN = 0.5, 1.0
"""By how many places maps are blurred before their highest are taken, and before they are shown."""


@SCORES.register("regions")
class OddRegions(Score):
    """The mean of the highest 3 % of a map that is standardised place by place, less half of its own median.

    The median makes up for images that differ a little everywhere: of such, a defect stands out all the same. The map
    is the root of the mean squared error of the channels, each in its own usual error; from it the mean map of the
    training images is subtracted, and it is divided by how far they vary there. Of features on two grids each has a
    map; the higher of their scores, in deviations of the training images', counts.
    """

    title = "Odd regions"
    when = "For images: a small defect counts as much as a large one, and edges that are always rebuilt badly do not."
    because = "Each region's share is its part of what stands out on the map."
    order = 5
    fits = True

    @classmethod
    def fits_axes(cls, axes: Collection[str]) -> bool:
        """Whether units have places."""
        return {"height", "width"} <= set(axes)

    def fit(self, rows: ForwardPass) -> None:
        """The usual error of each channel, the usual map and its deviation, and what scores usually come to."""
        import torch

        state: dict[str, Tensor] = {}
        for g, (error, there) in enumerate(self._errors(rows)):
            total = there.sum().clamp_min(1)
            usual = (error * there[:, None]).sum(dim=(0, 2, 3)) / total
            state[f"{g}.channel"] = usual.clamp_min(_TINY * float(usual.mean()) + 1e-30)
            maps = self._map(error, there, state[f"{g}.channel"])
            count = there.sum(dim=0)
            known = count.clamp_min(1)
            everywhere = maps.sum() / total
            mean = torch.where(count > 0, maps.sum(dim=0) / known, everywhere)
            spread = (((maps - mean) * there).square().sum(dim=0) / known).sqrt()
            overall = (((maps - mean) * there).square().sum() / total).sqrt()
            state[f"{g}.mean"] = smoothed(mean[None])[0]
            state[f"{g}.spread"] = (_OWN * spread + (1 - _OWN) * spread.mean()).clamp_min(
                0.05 * float(overall) + _TINY * float(everywhere) + 1e-12
            )
            found = standing_out(self._standardised(maps, there, state, g), there)
            state[f"{g}.usual"] = found.median()
            state[f"{g}.scale"] = found.std(unbiased=False).clamp_min(0.05 * float(found.abs().median()) + _TINY)
        self.state = state

    def of(self, rows: ForwardPass) -> Tensor:
        """The higher of the grids, bent so that it is never negative and no order changes."""
        import torch

        state = self.on(rows.error)
        found = []
        for g, (error, there) in enumerate(self._errors(rows)):
            maps = self._map(error, there, state[f"{g}.channel"])
            high = standing_out(self._standardised(maps, there, state, g), there)
            found.append((high - state[f"{g}.usual"]) / state[f"{g}.scale"])
        return torch.nn.functional.softplus(torch.stack(found).amax(dim=0))

    def heat(self, rows: ForwardPass) -> Tensor:
        """How odd each place is, shape (n, height, width) of the finest grid."""
        import torch

        state = self.on(rows.error)
        maps = [
            self._standardised(self._map(error, there, state[f"{g}.channel"]), there, state, g, _BLUR_SHOWN)
            for g, (error, there) in enumerate(self._errors(rows))
        ]
        size = maps[0].shape[1:]
        placed = [maps[0]] + [
            torch.nn.functional.interpolate(one[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]
            for one in maps[1:]
        ]
        return sum(placed[1:], placed[0]) / len(placed)

    def shares(self, rows: ForwardPass) -> Tensor:
        """What stands out at each place, divided among its channels by their errors."""
        from core.feature_grids import block_of

        state, parts = self.on(rows.error), []
        for g, (error, there) in enumerate(self._errors(rows)):
            maps = self._standardised(self._map(error, there, state[f"{g}.channel"]), there, state, g)
            of_channel = error / state[f"{g}.channel"][:, None, None] * there[:, None]
            of_channel = of_channel / of_channel.sum(dim=1, keepdim=True).clamp_min(_TINY)
            # Where nothing stands out every place has its part.
            parts.append((maps.clamp_min(0) + _TINY)[:, None] * of_channel)
        return block_of(parts).flatten(1)

    def _errors(self, rows: ForwardPass) -> list[tuple[Tensor, Tensor]]:
        """The error on each grid, shape (n, channels, height, width), and which of its places have a value."""
        import torch

        from core.feature_grids import grids

        shape = rows.shape if len(rows.shape) == 3 else (rows.error.shape[1], 1, 1)
        weight = rows.weight
        found = []
        given = self._compared(rows).view(-1, *shape)
        there = None if weight is None else grids(weight.view(-1, *shape))
        for g, error in enumerate(grids(given)):
            known = torch.ones_like(error[:, 0]) if there is None else there[g][:, 0]
            found.append((error, known))
        return found

    def _compared(self, rows: ForwardPass) -> Tensor:
        return rows.error

    def _map(self, error: Tensor, there: Tensor, usual: Tensor) -> Tensor:
        return (error / usual[:, None, None]).mean(dim=1).sqrt() * there

    def _standardised(
        self, maps: Tensor, there: Tensor, state: dict[str, Tensor], g: int, blur: float = _BLUR
    ) -> Tensor:
        return smoothed((maps - state[f"{g}.mean"]) / state[f"{g}.spread"] * there, blur) * there
