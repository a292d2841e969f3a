"""The nearest normal training samples of a sample, by the vectors of its encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.explain.reference_units import FARTHEST, ReferenceUnits
from core.modalities.layout import Layout

if TYPE_CHECKING:
    from core.modalities.contract import Encoder, Samples

NEAREST = 5


class NearestSamples:
    """Finds the samples of a reference that are nearest to others.

    Parameters
    ----------
    encoder, samples
        They make the vectors.
    reference
        The units that samples are compared with; where the vectors are these, their parts count as they do there.
    """

    def __init__(self, encoder: Encoder, samples: Samples, reference: ReferenceUnits) -> None:
        self._encoder, self._samples = encoder, samples
        ids = np.unique(reference.ids)
        vectors = self._vectors(ids)
        if np.array_equal(vectors, np.nan_to_num(reference.x)):
            self._among = reference
        else:
            width = vectors.shape[1]
            self._among = ReferenceUnits(vectors, Layout(("vector",), (width,), part_of=np.zeros(width, int)), ids)

    def of(self, id: int, count: int = NEAREST) -> tuple[NDArray[np.int64], list[float]]:
        """The samples nearest to one, the nearest first, and how far they are."""
        own = self._vectors(np.array([id]))[0]
        places = self._among.nearest(self._among.part_distances(own), count, id)
        gaps = np.clip(np.nan_to_num(self._among.x[places]) - own, -FARTHEST, FARTHEST)
        return self._among.ids[places], [float(np.linalg.norm(gap)) for gap in gaps]

    def _vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        vectors = self._encoder.vectors(self._samples, ids)
        return vectors.reshape(len(vectors), -1)
