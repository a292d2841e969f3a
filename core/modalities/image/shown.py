"""The pictures of a run on images: thumbnails, images, masks and maps as files that a browser shows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.modalities.image import pictures
from core.modalities.image.heat import KeptHeat, read_heat
from core.modalities.image.samples import ImageSamples, bytes_of

if TYPE_CHECKING:
    from core.explain.explanation import Explanation
    from core.store.artifacts import Artifacts

LARGEST = 1_600
"""Pixels of the longer side at which an image is sent; larger ones are made smaller."""


class RunPictures:
    """Answers what :class:`core.modalities.pictures.Pictures` asks.

    Parameters
    ----------
    samples
        The run's dataset.
    artifacts, folder
        Where the run is.
    """

    def __init__(self, samples: ImageSamples, artifacts: Artifacts, folder: str) -> None:
        self._samples, self._artifacts, self._folder = samples, artifacts, folder

    @property
    def has_masks(self) -> bool:
        """Whether some image has a mask."""
        return self._samples.has_masks

    @property
    def has_heat(self) -> bool:
        """Whether the run kept maps."""
        return self._heat is not None

    def names(self) -> list[str]:
        """The images' files."""
        return [self._samples.name(id) for id in range(len(self._samples))]

    def thumbnail(self, id: int) -> bytes:
        """A small picture, as JPEG."""
        return self._samples.thumbnail(id)

    def image(self, id: int) -> bytes:
        """The image, upright and of eight bits, as PNG; as JPEG where it is large."""
        share = self._samples.read(np.array([id])).share(0)
        side = max(share.shape[:2])
        if side <= LARGEST:
            levels = np.clip(share * 255, 0, 255).round().astype(np.uint8)
            from PIL import Image

            return bytes_of(Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels))
        return bytes_of(pictures.shown(share, LARGEST), "JPEG")

    def mask(self, id: int) -> bytes | None:
        """What its mask marks, as a grey PNG."""
        from PIL import Image

        marked = self._samples.mask(id)
        if marked is None:
            return None
        picture = Image.fromarray((marked * 255).astype(np.uint8))
        picture.thumbnail((LARGEST, LARGEST), Image.Resampling.NEAREST)
        return bytes_of(picture)

    def heat(self, id: int) -> bytes | None:
        """Its map, as a grey PNG."""
        from PIL import Image

        kept = self._heat
        place = -1 if kept is None else int(np.searchsorted(kept.ids, id))
        if kept is None or place == len(kept.ids) or kept.ids[place] != id:
            return None
        return bytes_of(Image.fromarray(kept.maps[place]))

    def gathered(self, ids: NDArray[np.int64]) -> bytes | None:
        """The mean map of some images."""
        from PIL import Image

        kept = self._heat
        if kept is None:
            return None
        own = np.flatnonzero(np.isin(kept.ids, ids))
        if not len(own):
            return None
        return bytes_of(Image.fromarray(kept.maps[own].astype(np.float32).mean(axis=0).round().astype(np.uint8)))

    def rebuilt(self, explanation: Explanation) -> bytes | None:
        """What the networks made of an image, cut to what of their frame is image; None of features."""
        unit = explanation.unit
        if unit is None or unit.rebuilt.shape[0] not in (1, 3) or len(self._boxes(explanation)) > 1:
            return None
        there = ~np.isnan(unit.actual[0])
        rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
        cut = unit.rebuilt[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].transpose(1, 2, 0)
        return bytes_of(pictures.shown(cut, max(cut.shape[:2])))

    def _boxes(self, explanation: Explanation) -> list[object]:
        """The units of the image: of several tiles none is the whole."""
        from core.modalities.image.encoding.encoder import ImageEncoder

        encoder = ImageEncoder.load(self._artifacts, self._folder)
        return list(encoder.frame.boxes(*self._samples.sizes[explanation.row]))

    def size(self, id: int) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._samples.sizes[id]

    @cached_property
    def _heat(self) -> KeptHeat | None:
        return read_heat(self._artifacts, self._folder)
