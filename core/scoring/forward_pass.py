"""Some rows as one network sees them, each thing computed when a score asks for it, and once."""

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from core.models.base import Autoencoder
from core.runtime import block_of, units_at_once


def in_blocks(x: Tensor) -> Tensor:
    """Rows filled up to whole blocks with copies of the last one: no row's numbers depend on how many there are.

    Large ones, such as images, are a block each: what is computed of one has no need of others to be worth a kernel.

    Measured with MKL, AVX2 and AVX-512, one thread and two: from one block on, every row of every number of blocks has
    the same bits, in float32 and in float64.
    """
    lacking = -len(x) % block_of(x.shape[1:])
    return x if not lacking else torch.cat([x, x[-1:].expand(lacking, *x.shape[1:])])


class ForwardPass:
    """Rows with what the network expected, their errors and codes; these are flat, shape (n, positions).

    Parameters
    ----------
    member
        A network in evaluation mode.
    x
        Encoded rows, shape (n, *shape), float32, on the network's device.
    epsilon
        Noise of one Monte-Carlo pass; None takes the network's plain output.
    wide
        Compute errors in float64: for rows so far out that float32 overflows.
    """

    def __init__(self, member: Autoencoder, x: Tensor, epsilon: Tensor | None = None, *, wide: bool = False) -> None:
        self._member, self._rows, self._epsilon = member, x, epsilon
        numbers = x.is_floating_point()
        self._format = torch.float64 if wide else x.dtype if numbers else torch.float32
        # Whole numbers, such as tokens, stay what they are.
        self._wide = member.filled(x.to(self._format) if numbers else x)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one row before it was made flat."""
        return self._member.shape

    @cached_property
    def x(self) -> Tensor:
        """The rows, with 0 where they have no value."""
        return self._wide.flatten(1).to(self._format)

    @cached_property
    def plain(self) -> Tensor:
        """The rows, with 0 at positions that say again what another one says: no value counts twice."""
        copies = self._member.copies
        return self.x if copies is None else self.x.masked_fill(torch.from_numpy(copies).to(self.x.device), 0.0)

    @cached_property
    def output(self) -> Tensor:
        """What the network makes of the rows, of whatever shape it has."""
        epsilon = self._epsilon
        output = self._passed(self._member if epsilon is None else lambda x: self._member.sample(x, epsilon))
        return output.to(self._format)

    @cached_property
    def x_hat(self) -> Tensor:
        """The rows that the network expected: their reconstruction."""
        return self._member.expected(self.output).flatten(1).to(self._format)

    @cached_property
    def error(self) -> Tensor:
        """The network's own error per position, squared unless the variant says otherwise; not weighted."""
        return self._member.error(self._wide, self.output).flatten(1)

    @cached_property
    def weight(self) -> Tensor | None:
        """How much each position counts; None where all count alike."""
        weight = self._member.weight(self._rows)
        return None if weight is None else weight.flatten(1).to(self._format)

    @cached_property
    def residual(self) -> Tensor:
        """What is missing to the row, ``x - x_hat``, by the square root of its weight.

        Where a variant measures an error of its own, its signed square root (a deviance residual), so that the squares
        add up to that error.
        """
        if type(self._member).error is Autoencoder.error:
            residual = self.x - self.x_hat
        else:
            residual = torch.sign(self.x - self.x_hat) * self.error.sqrt()
        return residual if self.weight is None else residual * self.weight.sqrt()

    @cached_property
    def code(self) -> Tensor:
        """The place of each row in the latent space, shape (n, latent)."""
        return self._passed(self._member.encode).flatten(1).to(self._format)

    def weighted(self, values: Tensor) -> Tensor:
        """Values per position times their weights."""
        return values if self.weight is None else values * self.weight

    def total(self, values: Tensor) -> Tensor:
        """The weighted sum over the positions of each row, shape (n,)."""
        return self.weighted(values).sum(dim=1)

    def mean(self, values: Tensor) -> Tensor:
        """The weighted mean over the positions of each row, shape (n,)."""
        if self.weight is None:
            return values.sum(dim=1) / values.shape[1]
        return self.total(values) / self.weight.sum(dim=1).clamp_min(1e-12)

    def _passed(self, part: Callable[[Tensor], Tensor]) -> Tensor:
        """What a part of the network makes of the rows, in whole blocks."""
        if not len(self._rows):
            return part(self._rows)
        chunks = torch.split(self._rows, units_at_once(self._rows.shape[1:]))
        found = [part(in_blocks(chunk))[: len(chunk)] for chunk in chunks]
        return found[0] if len(found) == 1 else torch.cat(found)
