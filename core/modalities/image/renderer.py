"""Images drawn for pages and reports: the image, what was made of it, and where it is odd, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.drawing.markup import Markup, tag
from core.errors import DataError
from core.explain.part_renderer import PartRenderer
from core.modalities.image import pictures
from core.words import count

if TYPE_CHECKING:
    from core.explain.explanation import Explanation
    from core.modalities.contract import Samples

_PREVIEW = 240
_HIGH = 99.8
"""The percentile of a map that has the last colour."""


class ImageRenderer(PartRenderer):
    """Draws images."""

    part = "Region"

    def __init__(self) -> None:
        super().__init__("image")

    def preview(self, samples: Samples, id: int) -> Markup:
        """One image with its name and size."""
        name = samples.name(id)
        try:
            raw = samples.read(np.array([id]))
            picture = pictures.shown(_range(raw.share(0)), _PREVIEW)
        except DataError as error:
            raise DataError(f"{name} cannot be shown: {error}.") from None
        width, height = raw.sizes[0]
        return figure(picture, name, f"{name}, {count(width)} × {count(height)} pixels")

    def compare(self, explanation: Explanation) -> Markup:
        """The image, what the network made of it where that is one, and the map of what is odd; then the regions."""
        return Markup("").join([*self._pictures(explanation), super().compare(explanation)])

    def _pictures(self, explanation: Explanation) -> list[Markup]:
        unit = explanation.unit
        if unit is None:
            return []
        actual, inside = _cropped(unit.actual)
        heat = _scaled(unit.error.along("height", "width")[0][inside])
        pixels = len(actual) in (1, 3)
        content = unit.content.share(0)
        picture = pictures.shown(actual.transpose(1, 2, 0)) if pixels else pictures.shown(_range(content))
        drawn = [figure(picture, "The image", "The image")]
        if pixels:
            rebuilt = unit.rebuilt[(slice(None), *inside)].transpose(1, 2, 0)
            drawn.append(figure(pictures.shown(rebuilt), "What the network made of it", "Rebuilt"))
        drawn.append(figure(pictures.overlaid(picture, heat), "Where the image is odd", "Where it is odd"))
        return [tag("div", drawn, class_="sample-pictures")]


def figure(picture: Any, alternative: str, caption: str) -> Markup:
    """A picture with a line below it."""
    drawn = tag(
        "img",
        class_="sample-picture",
        src=pictures.inline(picture),
        alt=alternative,
        width=picture.width,
        height=picture.height,
    )
    return tag("figure", drawn, tag("figcaption", caption), class_="sample-figure")


def _range(share: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(share, 0, 1)


def _cropped(unit: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[slice, slice]]:
    """A unit without the empty margin of its frame, and where in it it lies."""
    there = ~np.isnan(unit[0])
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not len(rows):
        return unit, (slice(None), slice(None))
    inside = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return unit[(slice(None), *inside)], inside


def _scaled(heat: NDArray[np.float64]) -> NDArray[np.float64]:
    """A map between 0, the usual place of the image, and 1, its oddest."""
    low, high = float(np.median(heat)), float(np.percentile(heat, _HIGH))
    scaled: NDArray[np.float64] = np.clip((heat - low) / max(high - low, 1e-12), 0, 1)
    return scaled
