"""The loss of networks over units that do not train them: after each epoch, and to tell learning from divergence."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from core.models.base import Autoencoder
from core.runtime import seeded, units_at_once
from core.training.batches import Chunks, GatheredUnits, TensorUnits
from core.training.divergence import rows_to_compare
from core.training.steps.flat import FlatWeights, State
from core.training.totals import Totals, sum_terms


class Losses:
    """The loss terms of networks, averaged over them; the noise is always the same.

    Parameters
    ----------
    members
        The networks.
    seed
        Of the noise.
    device
        Where they are.
    bf16
        Whether they compute in bf16.
    """

    def __init__(self, members: Sequence[Autoencoder], seed: int, device: torch.device, *, bf16: bool) -> None:
        self._members, self._seed, self._device, self._bf16 = members, seed, device, bf16

    def terms(self, member: Autoencoder, batch: Tensor) -> dict[str, Tensor]:
        """One network's loss terms over a batch, in the precision that was asked for."""
        if not self._bf16:
            return member.loss_terms(batch)
        with torch.autocast(self._device.type, torch.bfloat16):
            return member.loss_terms(batch)

    def over(self, chunks: Iterable[Tensor], rows: int) -> dict[str, float]:
        """The loss terms over some rows in all."""
        totals = Totals()
        with torch.no_grad():
            for member in self._members:
                member.eval()
                with seeded(self._seed, self._device):
                    for chunk in chunks:
                        terms = self.terms(member, chunk)
                        totals.add(terms, sum_terms(terms), len(chunk))
        totals.rows = rows
        return totals.means(len(self._members))

    def compared(
        self, states: Sequence[State], weights: FlatWeights, units: TensorUnits | GatheredUnits, batch: int
    ) -> list[float]:
        """The loss of each state of the weights over the same training units; the last stays in the networks."""
        shape = self._members[0].shape
        rows = rows_to_compare(len(units), shape).to(units.home)
        # No more at a time than a batch: units that are read late are never in memory together.
        parts = torch.split(rows, min(units_at_once(shape), batch))
        losses = []
        for state in states:
            weights.restore(state)
            losses.append(self.over(Chunks(units, parts), len(rows))["loss"])
        return losses
