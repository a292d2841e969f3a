"""From curves to windows of twenty moments and back: five windows a curve, each scored, the worst says of the curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.modalities.layout import Layout
from core.modalities.units import Pooling, ResidentRows
from core.params import param
from curves.files import CHANNELS, LENGTH, Curves

if TYPE_CHECKING:
    from torch import Tensor

    from core.modalities.contract import Samples, Units
    from core.store.artifacts import Artifacts

WINDOW, STRIDE = 20, 10
STARTS = tuple(range(0, LENGTH - WINDOW + 1, STRIDE))


@dataclass(frozen=True)
class CurvesConfig:
    """How curves become numbers."""

    scaling: str = param("standard", "Each channel in standard deviations, or as it is.", choices=("standard", "none"))


class WindowsOfCurves:
    """The windows of some curves: several units a sample."""

    def __init__(self, layout: Layout, x: NDArray[np.float32]) -> None:
        self._rows = ResidentRows(layout, x)
        self.layout = layout
        units = np.arange(len(x), dtype=np.int64)
        samples = len(x) // len(STARTS)
        self._pooling = Pooling(units, units // len(STARTS), units=len(x), samples=samples, how="max")

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def resident(self) -> Tensor | None:
        """All windows."""
        return self._rows.resident

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some windows, shape (n, WINDOW, channels)."""
        return self._rows.take(ids, out)

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """The worst window of each curve, or their mean."""
        return self._pooling.join(values, how)

    def loaded(self) -> WindowsOfCurves:
        """These windows."""
        return self


class CurvesEncoder:
    """Standardises each channel by the training curves and cuts curves into windows."""

    output_range = "real"

    def __init__(self, config: CurvesConfig) -> None:
        self.config = config
        self.middle, self.scale = np.zeros(len(CHANNELS)), np.ones(len(CHANNELS))

    @property
    def layout(self) -> Layout:
        """A window's moments by channel; a channel is a part."""
        parts = np.tile(np.arange(len(CHANNELS)), (WINDOW, 1))
        return Layout(("time", "channel"), (WINDOW, len(CHANNELS)), {"channel": CHANNELS}, CHANNELS, parts)

    def fit(self, samples: Samples, ids: NDArray[np.int64]) -> CurvesEncoder:
        """Learn the channels' means and deviations."""
        if not len(ids):
            raise DataError("The training part has 0 curves, so that nothing can be learned. Choose another split.")
        values = samples.read(ids).values.astype(np.float64)
        if self.config.scaling == "standard":
            self.middle, self.scale = values.mean(axis=(0, 1)), np.maximum(values.std(axis=(0, 1)), 1e-9)
        return self

    def units(self, samples: Samples, ids: NDArray[np.int64]) -> Units:
        """The windows of some curves."""
        return self.encode(samples.read(ids))

    def encode(self, raw: Curves) -> Units:
        """The windows of new curves."""
        return WindowsOfCurves(self.layout, self._windows(raw))

    def inverse(self, x: NDArray[np.float32], of: Units | None = None) -> Curves:
        """Curves from all of their windows; where these overlap, their mean."""
        windows = np.asarray(x, dtype=np.float64).reshape(-1, len(STARTS), WINDOW, len(CHANNELS))
        total = np.zeros((len(windows), LENGTH, len(CHANNELS)))
        count = np.zeros((LENGTH, 1))
        for k, start in enumerate(STARTS):
            total[:, start : start + WINDOW] += windows[:, k]
            count[start : start + WINDOW] += 1
        return Curves((total / count * self.scale + self.middle).astype(np.float32))

    def vectors(self, samples: Samples, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The encoded curves, flat."""
        return self._scaled(samples.read(ids)).reshape(len(ids), -1)

    @property
    def vector_parts(self) -> NDArray[np.int64]:
        """The channel of each number of a flat curve."""
        return np.tile(np.arange(len(CHANNELS)), LENGTH)

    def part_values(self, raw: Curves) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        """The mean of each channel, as a number and in words."""
        numbers = raw.values.astype(np.float64).mean(axis=1)
        texts = np.array([[f"{value:.3g} on average" for value in row] for row in numbers], dtype=object)
        return numbers, texts.reshape(numbers.shape)

    def unfamiliar(self) -> NothingUnfamiliar:
        """Every number can be read."""
        return NothingUnfamiliar()

    def save(self, artifacts: Artifacts, folder: str) -> None:
        """Write ``encoder.json``."""
        about = {"scaling": self.config.scaling, "middle": self.middle.tolist(), "scale": self.scale.tolist()}
        artifacts.write_json(f"{folder}/encoder.json", about)

    @classmethod
    def load(cls, artifacts: Artifacts, folder: str) -> CurvesEncoder:
        """What :meth:`save` wrote."""
        about = artifacts.read_json(f"{folder}/encoder.json")
        encoder = cls(CurvesConfig(about["scaling"]))
        encoder.middle, encoder.scale = np.array(about["middle"]), np.array(about["scale"])
        return encoder

    def _scaled(self, raw: Curves) -> NDArray[np.float32]:
        return ((raw.values - self.middle) / self.scale).astype(np.float32)

    def _windows(self, raw: Curves) -> NDArray[np.float32]:
        scaled = self._scaled(raw)
        cut = np.stack([scaled[:, start : start + WINDOW] for start in STARTS], axis=1)
        return np.ascontiguousarray(cut.reshape(-1, WINDOW, len(CHANNELS)))


class NothingUnfamiliar:
    """New curves hold nothing that cannot be read."""

    def add(self, raw: Curves) -> None:
        """Nothing to count."""

    def notes(self) -> tuple[str, ...]:
        """Nothing to say."""
        return ()
