"""Training rows to be compared with, and the nearest of them, found several times as fast as by ``topk`` over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_GROUP = 64
"""Numbers whose minimum is taken together."""


def smallest(values: Tensor, k: int) -> Tensor:
    """Places of the k smallest numbers of each row, the smallest first, shape (n, k).

    They all lie in the k groups of columns with the smallest minima, so that only these groups are looked through.

    Parameters
    ----------
    values
        Shape (n, m), m at least k.
    k
        How many.
    """
    import torch

    groups = values.shape[1] // _GROUP
    if groups < 4 * k or values.device.type != "cpu":
        return values.topk(k, dim=1, largest=False).indices
    whole = groups * _GROUP
    grouped = values[:, :whole].view(len(values), groups, _GROUP)
    chosen = grouped.amin(dim=2).topk(k, dim=1, largest=False).indices
    places = (chosen[:, :, None] * _GROUP + torch.arange(_GROUP)).flatten(1)
    rest = torch.arange(whole, values.shape[1]).expand(len(values), -1)
    places = torch.cat([places, rest], dim=1)
    best = values.gather(1, places).topk(k, dim=1, largest=False).indices
    return places.gather(1, best)


def neighbours(rows: Tensor, reference: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Distances of rows to their nearest reference rows, ascending, and the places of these; shape (n, count).

    A row is not its own neighbour: one reference row at no distance at all is left out.

    Parameters
    ----------
    rows
        Shape (n, d); their distances to all reference rows are held at a time.
    reference
        More than ``count`` rows, shape (m, d).
    count
        How many neighbours.
    """
    import torch

    # |x - r|² / 2 without |x|², which is the same for all; who is near is exact enough, the distances are exact.
    half = reference.square().sum(dim=1) / 2
    places = smallest(torch.addmm(half, rows, reference.T, alpha=-1), count + 1)
    distances = (rows[:, None] - reference[places]).square().sum(dim=2).sqrt()
    distances, order = distances.sort(dim=1)
    places = places.gather(1, order)
    itself = distances[:, :1] == 0
    return (
        torch.where(itself, distances[:, 1:], distances[:, :-1]),
        torch.where(itself, places[:, 1:], places[:, :-1]),
    )


def squared_parts(x: Tensor, reference: Tensor, count: int, block: int) -> Tensor:
    """Each column's part of the squared distances to a row's nearest reference rows, their mean; shape (n, d).

    Parameters
    ----------
    x, reference, count
        As in :func:`neighbours`.
    block
        Rows whose distances to all reference rows are held at a time.
    """
    import torch

    parts = []
    for rows in torch.split(x, block):
        places = neighbours(rows, reference, count)[1]
        parts.append((rows[:, None] - reference[places]).square().mean(dim=1))
    return torch.cat(parts)


def spread_evenly(rows: Tensor, most: int) -> Tensor:
    """At most so many of the rows, spread evenly over them."""
    step = max(1.0, len(rows) / most)
    return rows[[int(i * step) for i in range(min(len(rows), most))]].contiguous()
