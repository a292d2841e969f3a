"""Why images are odd: by their regions, each with its share of what stands out, beside the images nearest to it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.errors import DataError
from core.explain.explanation import ExplainedUnit, Explanation
from core.explain.part_words import describe_parts
from core.explain.position_explainer import PositionExplainer
from core.metrics.groups import PARTS
from core.modalities.image.content import Images
from core.modalities.image.samples import ImageSamples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.explain.sample_units import SampleUnits

_SHARED = "exchange"


class ImageExplainer(PositionExplainer):
    """Answers why images have their scores; see :class:`core.explain.position_explainer.PositionExplainer`.

    A region's share is its part of what stands out on the map of the score: where in an image a defect is, is seen. To
    put a region as another image has it, and to score that again, as is done with columns, would say little more and
    take many times as long.
    """

    def explain(self, id: int, method: str = _SHARED) -> Explanation:
        """Why one image has its score; ``method`` may be one of those that ask the networks again and again."""
        if method != _SHARED:
            return super().explain(id, method)
        if not 0 <= id < len(self.samples):
            raise DataError(f"The {self.noun}'s number must be between 0 and {len(self.samples) - 1:,}. Got {id:,}.")
        sample = self.reader.one(id)
        nothing = np.zeros(0, dtype=np.int64)
        unit = self.picture(sample, nothing, np.zeros((0, 0), dtype=np.float32))
        assert unit is not None
        shares = np.asarray(unit.error.shares()[0], dtype=np.float64)
        nearest = self._nearest(id)
        content = self.samples.read(np.array([id]))
        usual = self.samples.read(np.array([one.row for one in nearest], dtype=np.int64))
        values, texts = self.trained.encoder.part_values(content)
        near = self.trained.encoder.part_values(usual)[0]
        expected = np.median(near, axis=0) if len(near) else np.full(len(self.parts), math.nan)
        said = ["" if math.isnan(one) else f"{one:.3g} % bright" for one in expected.tolist()]
        unsaid = (np.full(len(self.parts), math.nan), [""] * len(self.parts))
        actual = (values[0], [str(text) for text in texts[0]])
        order = np.argsort(-shares, kind="stable")
        peers = f"{self.noun}s like it"
        reasons, sentence = describe_parts(
            self.parts, actual, (expected, said), unsaid, self.spread, shares, order, peers
        )
        score = float(self.scored.score[id])
        held_out, p_value = self.scored.p_value(id)
        uncertainty = math.nan if self.uncertainty is None else float(self.uncertainty[id])
        return Explanation(
            row=id,
            part=PARTS[self.scored.part[id]],
            label=int(self.scored.label[id]),
            score=score,
            threshold=self.threshold,
            uncertainty=None if math.isnan(uncertainty) else uncertainty,
            rank=1 + int((self.scored.score > score).sum()),
            rows=len(self.scored),
            p_value=p_value,
            held_out=held_out,
            sentence=sentence,
            method=method,
            reasons=reasons,
            steps=(),
            enough=None,
            nearest=nearest,
            unit=unit,
        )

    def reasons(self, ids: NDArray[np.int64], most: int = 3) -> dict[int, list[tuple[str, float]]]:
        """The regions that stand out most in each image, with their shares."""
        found: dict[int, list[tuple[str, float]]] = {}
        for id in ids.tolist():
            shares = self._shares(id)
            first = np.argsort(-shares, kind="stable")[:most]
            found[id] = [(self.parts[j], float(shares[j])) for j in first.tolist()]
        return found

    def signatures(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Where images are odd: the roots of the regions' shares, of length 1, and the shares themselves."""
        shares = np.array([self._shares(id) for id in ids.tolist()]).reshape(len(ids), len(self.parts))
        return np.sqrt(shares).astype(np.float32), shares

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Not said: how bright a region is says too little of what is usual there."""
        return np.full(len(self.parts), np.nan)

    def picture(
        self, sample: SampleUnits, source: NDArray[np.int64], rebuilt: NDArray[np.float32]
    ) -> ExplainedUnit | None:
        """The image beside what the network makes of it as it is."""
        shape = self.layout.shape
        expected, error = self._reconstruct(sample.unit[None])
        whole = expected[0].reshape(shape)
        own = self.samples
        assert isinstance(own, ImageSamples)
        return ExplainedUnit(
            actual=sample.unit.reshape(shape),
            expected=whole,
            rebuilt=whole,
            error=error,
            # Decoded: it travels from a worker to the page.
            content=Images.of([own.pixels(sample.id)], own.value_range),
            expected_content=self.trained.encoder.inverse(sample.with_unit(expected[0].reshape(-1)), sample.of),
        )

    def _shares(self, id: int) -> NDArray[np.float64]:
        unit = self.reader.one(id).unit
        return np.asarray(self._reconstruct(unit[None])[1].shares()[0], dtype=np.float64)
