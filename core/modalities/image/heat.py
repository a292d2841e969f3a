"""Where images are odd: a map of each, cut to the image, and on one scale for all of a run, eight bits a place.

The scale is that of held-out normal images: 0 is their median place, 1 the highest hundredth of their places.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.modalities.image.encoding.encoder import ImageEncoder
from core.modalities.image.encoding.frames import resized
from core.modalities.pictures import TOP

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.modalities.image.encoding.units import ImageUnits
    from core.modalities.image.samples import ImageSamples
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts

FILE = "heat.npz"
SIDE = 80
"""Places of the longer side of a kept map at most."""
MOST_BYTES = 64 << 20
"""All maps of a run together; of more images those with the highest scores have one, the others on demand."""
_NORMAL = 64
_HIGH = 0.99

Map = NDArray[np.float32]


@dataclass(frozen=True)
class HeatScale:
    """What maps are compared with."""

    middle: float
    high: float

    @classmethod
    def of(cls, maps: list[Map]) -> HeatScale:
        """The scale of some normal images' maps."""
        flat = np.concatenate([one.ravel() for one in maps]) if maps else np.array([0.0, 1.0])
        middle, high = float(np.median(flat)), float(np.quantile(flat, _HIGH))
        return cls(middle, max(high, middle + 1e-6 * max(1.0, abs(middle))))

    def shown(self, heat: Map) -> Map:
        """A map on this scale, between 0 and :data:`TOP`."""
        return np.asarray(np.clip((heat - self.middle) / (self.high - self.middle), 0, TOP), dtype=np.float32)


@dataclass(frozen=True)
class KeptHeat:
    """The maps that a run kept."""

    ids: NDArray[np.int64]
    maps: NDArray[np.uint8]
    """Shape (images, height, width); an image's own map is stretched into it."""
    scale: HeatScale

    def of(self, id: int) -> Map | None:
        """The map of an image, between 0 and :data:`TOP`; None where it was not kept."""
        place = int(np.searchsorted(self.ids, id))
        if place == len(self.ids) or self.ids[place] != id:
            return None
        return np.asarray(TOP * np.square(self.maps[place].astype(np.float32) / 255))


def steps_of(shown: Map) -> NDArray[np.uint8]:
    """A map between 0 and :data:`TOP` in 256 steps of its square root."""
    return np.asarray((255 * np.sqrt(np.clip(shown, 0, TOP) / TOP)).round(), dtype=np.uint8)


def heat_of(detector: TrainedDetector, samples: ImageSamples, ids: NDArray[np.int64]) -> list[Map]:
    """The map of each image, cut to what of its frame is image; of tiles one of all of them."""
    from core.scoring.heat import heat_maps

    found = []
    for id in ids.tolist():
        units = detector.encoder.units(samples, np.array([id]))
        x = np.stack([units.one(k) for k in range(len(units))])  # type: ignore[attr-defined]
        maps = heat_maps(detector.members, x, detector.fitted_scores)
        found.append(_of_image(detector.encoder, units, maps))  # type: ignore[arg-type]
    return found


def _of_image(encoder: ImageEncoder, units: ImageUnits, maps: Map) -> Map:
    width, height = units.raw.sizes[0]
    frame = encoder.frame
    if frame.fit != "tiles":
        top, bottom, left, right = frame.inside(width, height, units.boxes[0])
        rows, columns = maps.shape[1] / frame.height, maps.shape[2] / frame.width
        return np.asarray(maps[0])[
            round(top * rows) : max(round(top * rows) + 1, round(bottom * rows)),
            round(left * columns) : max(round(left * columns) + 1, round(right * columns)),
        ]
    whole = np.full((height, width), -np.inf, dtype=np.float32)
    for one, box in zip(maps, units.boxes, strict=True):
        top, bottom, left, right = frame.inside(width, height, box)
        large = resized(one[:, :, None], (frame.width, frame.height))[top:bottom, left:right, 0]
        y, x = max(0, round(box.top)), max(0, round(box.left))
        part = whole[y : y + large.shape[0], x : x + large.shape[1]]
        np.maximum(part, large[: part.shape[0], : part.shape[1]], out=part)
    return np.where(np.isfinite(whole), whole, whole[np.isfinite(whole)].min()).astype(np.float32)


def kept_heat(
    detector: TrainedDetector, samples: ImageSamples, scores: NDArray[np.float64], normal: NDArray[np.int64]
) -> bytes:
    """The file of a run's maps.

    Parameters
    ----------
    detector, samples
        The run's own.
    scores
        Of every image.
    normal
        Held-out normal images, which say what is usual.
    """
    step = max(1, len(normal) // _NORMAL)
    scale = HeatScale.of(heat_of(detector, samples, normal[::step][:_NORMAL]))
    height, width = _kept_size(detector.encoder)  # type: ignore[arg-type]
    most = max(1, MOST_BYTES // (height * width))
    ids = np.sort(np.argsort(-scores, kind="stable")[:most]).astype(np.int64)
    maps = np.zeros((len(ids), height, width), dtype=np.uint8)
    for place, id in enumerate(ids.tolist()):
        shown = scale.shown(heat_of(detector, samples, np.array([id]))[0])
        maps[place] = steps_of(resized(shown[:, :, None], (width, height))[:, :, 0])
    buffer = io.BytesIO()
    np.savez_compressed(buffer, ids=ids, maps=maps, scale=np.array([scale.middle, scale.high]))
    return buffer.getvalue()


def map_files(run: FinishedRun, samples: ImageSamples) -> Iterator[tuple[str, bytes]]:
    """Each image with its map over it, as PNG by name, on the scale of a run.

    Raises
    ------
    DataError
        When the run kept no maps.
    """
    from core.modalities.image import pictures
    from core.modalities.image.samples import bytes_of

    kept = read_heat(run.space.artifacts, run.folder)
    if kept is None:
        raise DataError("The run kept no heat maps, because an older version trained it. Train again to have them.")
    detector = run.detector
    for id in range(len(samples)):
        shown = kept.scale.shown(heat_of(detector, samples, np.array([id]))[0])
        share = samples.read(np.array([id])).share(0)
        picture = pictures.overlaid(pictures.shown(share, max(share.shape[:2])), np.sqrt(shown / TOP))
        name = samples.name(id).replace("/", "_").replace(", page ", "_page")
        yield f"{name.rsplit('.', 1)[0] if '.' in name else name}.png", bytes_of(picture)


def read_heat(artifacts: Artifacts, folder: str) -> KeptHeat | None:
    """The maps that a run kept; None where it kept none."""
    path = f"{folder}/{FILE}"
    if not artifacts.exists(path):
        return None
    try:
        with np.load(io.BytesIO(artifacts.read_bytes(path)), allow_pickle=False) as file:
            middle, high = file["scale"].tolist()
            return KeptHeat(file["ids"], file["maps"], HeatScale(middle, high))
    except (ValueError, KeyError, OSError):
        raise DataError("The run's heat maps are damaged. Train again to have them.") from None


def _kept_size(encoder: ImageEncoder) -> tuple[int, int]:
    if encoder.frame.fit == "tiles":
        return SIDE, SIDE
    height, width = encoder.frame.height, encoder.frame.width
    factor = min(1.0, SIDE / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))
