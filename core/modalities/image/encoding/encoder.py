"""From images to what a network reads and back: pixels of one size, or features of each place."""

from __future__ import annotations

import math
from collections.abc import Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.modalities.image.content import Images
from core.modalities.image.encoding.cache import remembered
from core.modalities.image.encoding.config import ImageConfig
from core.modalities.image.encoding.frames import Box, Frame, resized, with_channels
from core.modalities.image.encoding.regions import REGIONS, means, region_of
from core.modalities.image.encoding.unfamiliar import UnfamiliarImages
from core.modalities.image.encoding.units import ImageUnits
from core.modalities.layout import Layout
from core.params import build, to_dict

if TYPE_CHECKING:
    from core.modalities.contract import Samples
    from core.modalities.image.encoding.features import Features
    from core.modalities.image.samples import ImageSamples
    from core.store.artifacts import Artifacts

VECTOR = 32
"""Pixels of a side of the small images that classical detectors read."""
FIT_CELLS = 40_000
"""Places whose features say what is usual."""
_FIT_IMAGES = 256
_STRIDE = 16
_LEAST = 1e-6


class ImageEncoder:
    """Fits images into one frame, and reads there pixels between 0 and 1 or standardised features.

    Attributes
    ----------
    frame
        The size at which images are read.
    channels
        Of the pixels: 1 is grey, 3 colour.
    value_range
        Of the numbers of deep training images.
    """

    def __init__(self, config: ImageConfig) -> None:
        self.config = config
        self.frame = Frame(config.size or 32, config.size or 32, "resize")
        self.channels = 1
        self.value_range: tuple[float, float] | None = None
        self.state: dict[str, NDArray[Any]] = {}
        """The weights of the network that makes features, and their mean and scale by channel."""

    @property
    def reads_features(self) -> bool:
        """Whether the network reads features, not pixels."""
        return self.config.reads == "features"

    @cached_property
    def layout(self) -> Layout:
        """Channels by places; a region of the image is a part."""
        shape = self._shape
        regions = np.broadcast_to(region_of(*shape[1:]), shape)
        names = {} if self.reads_features else {"channel": ("grey",) if shape[0] == 1 else ("red", "green", "blue")}
        blank = math.nan if self.frame.fit == "letterbox" else None
        return Layout(("channel", "height", "width"), shape, names, REGIONS, np.ascontiguousarray(regions), blank)

    @property
    def output_range(self) -> str:
        """Pixels lie between 0 and 1."""
        return "real" if self.reads_features else "unit"

    def fit(self, samples: Samples, ids: NDArray[np.int64]) -> ImageEncoder:
        """Choose the frame by the training images, and learn how features usually are."""
        own = _images(samples)
        self.__dict__.pop("layout", None)
        self.frame = Frame.chosen(self.config, [own.sizes[id] for id in ids.tolist()])
        coloured = bool(own.colours[ids].any())
        self.channels = 3 if self.config.colour == "colour" or (self.config.colour == "auto" and coloured) else 1
        self.value_range = own.value_range
        if self.reads_features:
            self._fit_features(own, ids)
        return self

    def units(self, samples: Samples, ids: NDArray[np.int64]) -> ImageUnits:
        """The units of some images, each read when it is asked for."""
        return self.encode(_images(samples).read(ids))

    def encode(self, raw: Images) -> ImageUnits:
        """The units of images."""
        boxes = [self.frame.boxes(*size) for size in raw.sizes]
        return ImageUnits(self.layout, raw, boxes, self._unit)

    def inverse(self, x: NDArray[np.float32], of: Any = None) -> Images:
        """Images of pixels again; features are none, so that of them every number is missing."""
        if self.reads_features:
            count = len(x) if of is None else len(of.raw)
            return Images.of([np.full((3, 3, 1), np.nan, dtype=np.float32)] * count)
        units = np.asarray(x, dtype=np.float32).transpose(0, 2, 3, 1)
        if of is None:
            return Images.of(list(units))
        return Images.of([self._put_together(units, of, place) for place in range(len(of.raw))])

    def vectors(self, samples: Samples, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Small copies of the images, flat: what classical detectors read."""
        return self.small(_images(samples).read(ids))

    def small(self, raw: Images) -> NDArray[np.float32]:
        """Small copies of images, flat, shape (n, channels x 32 x 32)."""
        found = np.empty((len(raw), self.channels * VECTOR * VECTOR), dtype=np.float32)
        for place in range(len(raw)):

            def make(place: int = place) -> NDArray[np.float32]:
                small = with_channels(resized(raw.share(place), (VECTOR, VECTOR)), self.channels)
                return small.transpose(2, 0, 1).reshape(-1)

            found[place] = remembered(self._key("vector", raw.key(place)), make)
        return found

    @property
    def vector_parts(self) -> NDArray[np.int64]:
        """The region of each number of a small copy."""
        return np.tile(region_of(VECTOR, VECTOR).reshape(-1), self.channels)

    def part_values(self, raw: Images) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        """How bright each region is, in percent."""
        numbers = np.array([100 * means(raw.share(k).mean(axis=2)) for k in range(len(raw))]).reshape(-1, len(REGIONS))
        texts = np.array(
            [["" if math.isnan(value) else f"{value:.3g} % bright" for value in one] for one in numbers], dtype=object
        )
        return numbers, texts.reshape(numbers.shape)

    def unfamiliar(self) -> UnfamiliarImages:
        """Counts images of colours, depths or sizes that training images did not have."""
        return UnfamiliarImages(self.frame, self.channels, self.value_range)

    def save(self, artifacts: Artifacts, folder: str) -> None:
        """Write ``encoder.json``, and with features the network that makes them, with its licence."""
        frame = {"height": self.frame.height, "width": self.frame.width, "fit": self.frame.fit}
        about = {"config": to_dict(self.config), "frame": frame, "channels": self.channels, "range": self.value_range}
        artifacts.write_json(f"{folder}/encoder.json", about)
        if self.state:
            from safetensors.numpy import save

            from core.modalities.image.encoding.network import licence

            artifacts.write_bytes(f"{folder}/encoder.safetensors", save(self.state))
            artifacts.write_bytes(f"{folder}/encoder.LICENSE", licence().encode())

    @classmethod
    def load(cls, artifacts: Artifacts, folder: str) -> ImageEncoder:
        """The encoder that :meth:`save` wrote."""
        about = artifacts.read_json(f"{folder}/encoder.json")
        encoder = cls(build(ImageConfig, about["config"]))
        encoder.frame = Frame(**about["frame"])
        encoder.channels = int(about["channels"])
        encoder.value_range = tuple(about["range"]) if about["range"] else None
        if artifacts.exists(f"{folder}/encoder.safetensors"):
            from safetensors.numpy import load

            encoder.state = load(artifacts.read_bytes(f"{folder}/encoder.safetensors"))
        return encoder

    @property
    def _shape(self) -> tuple[int, int, int]:
        height, width = self.frame.height, self.frame.width
        if not self.reads_features:
            return self.channels, height, width
        from core.feature_grids import CHANNELS

        return CHANNELS, height // _STRIDE, width // _STRIDE

    def _fit_features(self, samples: ImageSamples, ids: NDArray[np.int64]) -> None:
        """Load the network, and learn each channel's mean and deviation over places of training images."""
        from core.modalities.image.encoding.network import weights

        self.state = {f"network.{name}": np.ascontiguousarray(t.numpy()) for name, t in weights().items()}
        self.__dict__.pop("_features", None)
        size = self._shape[0]
        self.state |= {"mean": np.zeros(size, np.float32), "scale": np.ones(size, np.float32)}
        rng = np.random.default_rng(0)
        some = np.sort(rng.choice(ids, min(len(ids), _FIT_IMAGES), replace=False))
        units = self.units(samples, some)
        per_unit = max(1, FIT_CELLS // max(1, len(units)))
        drawn = []
        for place in range(len(units)):
            cells = units.one(place).reshape(size, -1).T
            cells = cells[~np.isnan(cells[:, 0])]
            drawn.append(cells[rng.permutation(len(cells))[:per_unit]])
        cells = np.concatenate(drawn).astype(np.float64)
        mean, deviation = cells.mean(axis=0), cells.std(axis=0)
        # The four places that are folded into one have the same channels: one scale for all four.
        mean, deviation = _by_channel(mean), _by_channel(deviation)
        self.state["mean"] = mean.astype(np.float32)
        self.state["scale"] = np.maximum(deviation, _LEAST + 1e-3 * deviation.mean()).astype(np.float32)

    @cached_property
    def _features(self) -> Features:
        import torch

        from core.modalities.image.encoding.features import Features

        start = "network."
        own = {
            name.removeprefix(start): torch.from_numpy(t) for name, t in self.state.items() if name.startswith(start)
        }
        return Features(own)

    def _unit(self, raw: Images, place: int, box: Box) -> NDArray[np.float32]:
        """One unit, of the layout's shape; NaN where there is no image."""
        stored = remembered(self._key(box, raw.key(place)), lambda: self._stored(raw, place, box))
        if self.reads_features:
            unit: NDArray[np.float32] = (stored.astype(np.float32) - self.state["mean"][:, None, None]) / self.state[
                "scale"
            ][:, None, None]
        elif stored.dtype == np.uint8:
            unit = stored.astype(np.float32) / np.float32(255)
        else:
            unit = stored.astype(np.float32)
        if self.frame.fit == "letterbox":
            step = _STRIDE if self.reads_features else 1
            top, bottom, left, right = (round(v / step) for v in self.frame.inside(*raw.sizes[place], box))
            outside = np.ones(unit.shape[1:], dtype=bool)
            outside[top : max(bottom, top + 1), left : max(right, left + 1)] = False
            unit[:, outside] = np.nan
        return unit

    def _stored(self, raw: Images, place: int, box: Box) -> NDArray[Any]:
        """What is remembered of a unit: eight bits a pixel where the image has no more, half precision else."""
        pixels = self.frame.taken(raw.share(place), box)
        if self.reads_features:
            return self._features.of(with_channels(pixels, self.channels))
        pixels = with_channels(pixels, self.channels).transpose(2, 0, 1)
        if raw.value_range is None:
            return np.ascontiguousarray(np.clip(pixels * 255, 0, 255).round().astype(np.uint8))
        return np.ascontiguousarray(pixels.astype(np.float16))

    def _key(self, what: Hashable, image: Hashable | None) -> Hashable | None:
        if image is None:
            return None
        return (self.config.reads, self.frame, self.channels, self.value_range, what, image)

    def _put_together(self, units: NDArray[np.float32], of: ImageUnits, place: int) -> NDArray[np.float32]:
        """One image of its units: what lies in the frame of it, or its tiles, averaged where they overlap."""
        width, height = of.raw.sizes[place]
        own = np.flatnonzero(of.sample_of == place)
        if self.frame.fit != "tiles":
            top, bottom, left, right = self.frame.inside(width, height, of.boxes[own[0]])
            return np.asarray(units[own[0]][top:bottom, left:right])
        total, count = np.zeros((height, width, units.shape[3]), np.float32), np.zeros((height, width, 1), np.float32)
        for k in own.tolist():
            box = of.boxes[k]
            top, bottom, left, right = self.frame.inside(width, height, box)
            y, x = max(0, round(box.top)), max(0, round(box.left))
            some = units[k][top:bottom, left:right]
            total[y : y + bottom - top, x : x + right - left] += some
            count[y : y + bottom - top, x : x + right - left] += 1
        return np.asarray(total / np.maximum(count, 1))


def _by_channel(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers per channel of a block, the four places that lie over each other averaged."""
    from core.feature_grids import FINE, FOLD

    four = FOLD * FOLD
    fine = values[: FINE * four].reshape(FINE, four).mean(axis=1).repeat(four)
    return np.concatenate([fine, values[FINE * four :]])


def _images(samples: Samples) -> ImageSamples:
    from core.modalities.image.samples import ImageSamples

    assert isinstance(samples, ImageSamples)
    return samples
