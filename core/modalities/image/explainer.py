"""Why images are odd: by their regions, with what the network made of them and where they differ."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.explain.position_explainer import PositionExplainer
from core.modalities.image.content import Images
from core.modalities.image.samples import ImageSamples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.explain.explanation import ExplainedUnit
    from core.explain.sample_units import SampleUnits


class ImageExplainer(PositionExplainer):
    """Answers why images have their scores; see :class:`core.explain.position_explainer.PositionExplainer`."""

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Not said: how bright a region is says too little of what is usual there."""
        return np.full(len(self.parts), np.nan)

    def picture(
        self, sample: SampleUnits, source: NDArray[np.int64], rebuilt: NDArray[np.float32]
    ) -> ExplainedUnit | None:
        """The image beside what the network makes of it as it is."""
        from core.explain.explanation import ExplainedUnit

        shape = self.layout.shape
        expected, error = self._reconstruct(sample.unit[None])
        whole = expected[0].reshape(shape)
        return ExplainedUnit(
            actual=sample.unit.reshape(shape),
            expected=whole,
            rebuilt=whole,
            error=error,
            # Decoded: it travels from a worker to the page.
            content=Images.of([_images(self.samples).pixels(sample.id)], _images(self.samples).value_range),
            expected_content=self.trained.encoder.inverse(sample.with_unit(expected[0].reshape(-1)), sample.of),
        )


def _images(samples: object) -> ImageSamples:
    assert isinstance(samples, ImageSamples)
    return samples
