"""The units of samples as flat numbers, and which of a sample's units its explanation is about.

Where a unit is a sample that is no question. Where a sample has several units, such as the tiles of an image or the
windows around a moment, it is the one that scores highest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.explain.score_attribution import LogScore
    from core.modalities.contract import Encoder, Samples, Units
    from core.scoring.errors import RowErrors

Flat = NDArray[np.float32]


@dataclass(frozen=True)
class SampleUnits:
    """All units of one sample."""

    id: int
    x: Flat
    """Flat, shape (units, positions)."""
    place: int
    """The one that is explained."""
    of: Units
    """They themselves: they know how numbers of units become one of the sample."""

    @property
    def unit(self) -> Flat:
        """The one that is explained, flat."""
        unit: Flat = self.x[self.place]
        return unit

    @property
    def units(self) -> Flat:
        """All of them, shape (units, *layout.shape)."""
        return self.x.reshape(len(self.x), *self.of.layout.shape)

    def with_unit(self, unit: Flat) -> Flat:
        """All of them with another one in place of the one that is explained, shape (units, *layout.shape)."""
        x = self.x.copy()
        x[self.place] = unit
        return x.reshape(len(x), *self.of.layout.shape)

    def pooled(self, errors: RowErrors, replaced: RowErrors) -> RowErrors:
        """The errors of the sample with each of some units in place of the one that is explained, shape (scores, n)."""
        from core.scoring.errors import RowErrors

        instead = range(replaced.errors.shape[1])
        joined = np.stack([self._joined(errors.errors, replaced.errors[:, i]) for i in instead], axis=1)
        if errors.spread is None or replaced.spread is None:
            return RowErrors(joined, None)
        spread = np.stack([self._joined(errors.spread, replaced.spread[:, i]) for i in instead], axis=1)
        return RowErrors(joined, spread)

    def _joined(self, errors: NDArray[np.float64], one: NDArray[np.float64]) -> NDArray[np.float64]:
        replaced = errors.copy()
        replaced[:, self.place] = one
        return self.of.join(replaced)[:, 0]


class UnitReader:
    """Reads units of a dataset's samples.

    Parameters
    ----------
    encoder, samples
        What is read, and how it is encoded.
    score
        Says which of several units stands out.
    """

    def __init__(self, encoder: Encoder, samples: Samples, score: LogScore) -> None:
        self._encoder, self._samples, self._score = encoder, samples, score

    def one(self, id: int) -> SampleUnits:
        """The units of one sample."""
        units = self._units(np.array([id]))
        x = _flat(units)
        return SampleUnits(id, x, int(self._score(x).argmax()) if len(x) > 1 else 0, units)

    def explained(self, ids: NDArray[np.int64]) -> Flat:
        """The unit of each sample that its explanation is about, shape (n, positions)."""
        units = self._units(ids)
        if is_one_unit_each(units, len(ids)):
            return _flat(units)
        return np.stack([self.one(id).unit for id in ids.tolist()])

    def all_of(self, ids: NDArray[np.int64], most: int = 0) -> tuple[Flat, NDArray[np.int64]]:
        """All units of some samples, shape (units, positions), and the sample of each.

        Parameters
        ----------
        ids
            The samples, ascending.
        most
            An even spread of the samples is read where they have more units than this; 0 reads all.
        """
        units = self._units(ids)
        if is_one_unit_each(units, len(ids)):
            return _flat(units), ids
        some = ids
        if most and len(units) > most:
            some = ids[np.unique(np.linspace(0, len(ids) - 1, max(1, most * len(ids) // len(units))).astype(int))]
        found = [_flat(self._units(np.array([id]))) for id in some.tolist()]
        return np.concatenate(found), np.repeat(some, [len(x) for x in found])

    def _units(self, ids: NDArray[np.int64]) -> Units:
        return self._encoder.units(self._samples, ids)


def is_one_unit_each(units: Units, samples: int) -> bool:
    """Whether every unit is one sample, in their order."""
    places = np.arange(samples, dtype=np.float64)
    return len(units) == samples and bool(np.array_equal(units.join(places), places))


def _flat(units: Units) -> Flat:
    import torch

    x: Flat = units.take(torch.arange(len(units))).numpy()
    return np.ascontiguousarray(x).reshape(len(x), -1)
