"""How well presets and rivals find odd images, on a folder of archives; every setting is fixed in advance."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.bench import BENCHES, Result
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.detector.experiment import Experiment
    from core.modalities.image.samples import ImageSamples

METHODS = "pca,knn,Recommended (images)"
REFERENCE = "Recommended (images)"
_TIMED = 20
"""Images whose scoring is timed, none of them remembered from the training."""
_PIXELS = 160
"""Pixels of the longer side at which maps and masks are compared."""


@BENCHES.register("images")
def images(*, data: str = "", sets: str = "", methods: str = METHODS, seed: int = 0) -> Result:
    """AUROC, average precision and pixel figures of each method on archives of images: half of the normal ones train.

    ``data`` is a folder of ZIP archives with ``normal/``, ``anomaly/`` and, where there are some, ``masks/anomaly/``;
    of ``sets`` and ``methods`` several are named with commas between. A method is a preset for images, or a classical
    detector on small copies of 32 x 32 pixels. Pixel AUROC and PRO (to 30 % of false pixels) are of all judged images.
    Seconds are a processor's; milliseconds are a single thread's, from the file to the score.
    """
    chosen = [name.strip() for name in methods.split(",") if name.strip()]
    wanted = {name.strip() for name in sets.split(",") if name.strip()}
    if not data:
        raise ConfigError("The benchmark needs a folder of archives of images. Say --data DIR.")
    files = [path for path in sorted(Path(data).glob("*.zip")) if not wanted or path.stem in wanted]
    if not files:
        raise ConfigError(f"There is no archive in {data}. It must hold ZIP files with the folders normal and anomaly.")
    table = []
    for path in files:
        with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
            from core.modalities.image import ImageModality

            samples = ImageModality().read([path], Path(folder))
            for name in chosen:
                line = {"set": path.stem, "method": name} | _measured(samples, name, seed)
                print(f"{path.stem}: {name} {line['auroc']:.3f}", file=sys.stderr)
                table.append(line)
    return {
        "seed": seed,
        "table": table,
        "sets": [line for line in table if line["method"] == (REFERENCE if REFERENCE in chosen else chosen[-1])],
    }


def _measured(samples: ImageSamples, name: str, seed: int) -> dict[str, Any]:
    from core.presets import PRESETS

    return _preset(samples, name, seed) if name in PRESETS else _classical(samples, name, seed)


def _split(samples: ImageSamples, seed: int) -> tuple[Any, NDArray[np.int8]]:
    from core.index.labels import read_labels
    from core.index.split import split_rows
    from core.recipe import SplitConfig

    labels = read_labels(samples.index, samples.schema)
    split = split_rows(samples.index, samples.schema, SplitConfig(kind="normals"), seed)
    return split, np.asarray(labels, dtype=np.int8)


def _classical(samples: ImageSamples, name: str, seed: int) -> dict[str, Any]:
    from core.baselines import BASELINES
    from core.modalities.image.encoding.config import ImageConfig
    from core.modalities.image.encoding.encoder import ImageEncoder

    split, labels = _split(samples, seed)
    train = np.sort(np.concatenate([split.train, split.validation]))
    encoder = ImageEncoder(ImageConfig()).fit(samples, train)
    start = time.process_time()
    x = encoder.vectors(samples, train)
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-3
    detector = BASELINES[name].create({}, seed).fit((x - mean) / deviation)
    seconds = time.process_time() - start
    start = time.process_time()
    scores = detector.score((encoder.vectors(samples, split.test) - mean) / deviation)
    each = 1000 * (time.process_time() - start) / len(split.test)
    return _figures(labels[split.test], scores) | {"train_seconds": round(seconds, 1), "ms_per_image": round(each, 1)}


def _preset(samples: ImageSamples, name: str, seed: int) -> dict[str, Any]:
    from core.detector.experiment import Experiment
    from core.presets import PRESETS

    recipe = PRESETS[name].recipe
    recipe = replace(recipe, seed=seed, split=replace(recipe.split, kind="normals"), device="cpu")
    experiment = Experiment(samples, recipe)
    experiment.keeps_epochs = False
    start = time.process_time()
    trained_at = start
    for _ in experiment.run():
        # What follows the last epoch is scoring.
        trained_at = time.process_time()
    split, labels = _split(samples, seed)
    assert experiment.scores is not None
    found = _figures(labels[split.test], experiment.scores.score[split.test])
    found |= _pixels(experiment, samples, split.test)
    found |= {"train_seconds": round(trained_at - start, 1), "ms_per_image": round(_each(experiment, samples), 1)}
    return found | {"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}


def _figures(labels: NDArray[np.int8], scores: NDArray[np.float64]) -> dict[str, Any]:
    from core.metrics.evaluation import auroc, average_precision

    found = {"auroc": auroc(labels, scores), "average_precision": average_precision(labels, scores)}
    return {key: None if value is None else round(value, 4) for key, value in found.items()}


def _pixels(experiment: Experiment, samples: ImageSamples, ids: NDArray[np.int64]) -> dict[str, Any]:
    """Pixel AUROC and PRO of the judged images, those without a mask being wholly normal."""
    from PIL import Image

    from core.metrics.pixels import pixel_figures
    from core.modalities.image.encoding.frames import resized
    from core.modalities.image.heat import heat_of

    if not samples.has_masks:
        return {"pixel_auroc": None, "pixel_average_precision": None, "pro": None}
    assert experiment.trained is not None
    maps, masks = [], []
    for id in ids.tolist():
        width, height = samples.sizes[id]
        factor = min(1.0, _PIXELS / max(width, height))
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        heat = heat_of(experiment.trained, samples, np.array([id]))[0]
        maps.append(resized(heat[:, :, None], size)[:, :, 0])
        mask = samples.mask(id)
        if mask is None:
            masks.append(np.zeros((size[1], size[0]), dtype=bool))
        else:
            masks.append(np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST)))
    found = pixel_figures(maps, masks)
    if found is None:
        return {"pixel_auroc": None, "pixel_average_precision": None, "pro": None}
    return {
        "pixel_auroc": round(found.auroc, 4),
        "pixel_average_precision": round(found.average_precision, 4),
        "pro": round(found.pro, 4),
    }


def _each(experiment: Experiment, samples: ImageSamples) -> float:
    """Milliseconds for an image that nothing is remembered of, on one thread."""
    from core.modalities.image.content import Images
    from core.runtime import threads

    assert experiment.trained is not None
    ids = np.linspace(0, len(samples) - 1, min(_TIMED, len(samples))).astype(np.int64)
    known = samples.read(ids)
    fresh = Images(known.load, known.sizes, known.value_range)
    with threads(1):
        start = time.process_time()
        experiment.trained.score(fresh)
        return 1000 * (time.process_time() - start) / len(ids)
