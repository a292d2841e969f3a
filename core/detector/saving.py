"""Writes what a finished run keeps beside its scores: latent places, explanations, code activity, generated samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.detector.code_activity import code_activity
from core.detector.files import explanations_file, latent_file, rows_to_explain
from core.detector.generated import generate_units, units_to_generate
from core.modalities import MODALITIES
from core.modalities.units import gathered
from core.projections.computing import place_all
from core.projections.request import DEFAULT, FILE, MapRequest
from core.runtime import derive_seed
from core.scoring.latent import principal, rows_to_place

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.modalities.contract import Ids, Samples
    from core.store.artifacts import Artifacts

_PLACED, _GENERATED = 13, 15
_EXPLAINED_NUMBERS, _FEWEST_EXPLAINED = 100_000_000, 100
"""Numbers of all units that are explained beforehand; of large ones, such as images, there are fewer."""

Scores = NDArray[np.float64]


def save_places(
    trained: TrainedDetector,
    samples: Samples,
    labels: NDArray[np.int8],
    is_train: NDArray[np.bool_],
    scores: Scores,
    artifacts: Artifacts,
    folder: str,
) -> None:
    """Write where samples lie in the latent space: a sample of them where they are many, and all on the map.

    Parameters
    ----------
    is_train
        Whether each sample is in the training part, which sets the axes.
    """

    def codes(ids: Ids) -> NDArray[np.float32]:
        return trained.codes(samples, ids)

    ids = rows_to_place(labels, scores, derive_seed(trained.recipe.seed, _PLACED))
    artifacts.write_bytes(f"{folder}/latent.parquet", latent_file(ids, principal(codes(ids), is_train[ids])))
    if len(ids) < len(samples):
        on_axes = ids[is_train[ids]]
        placed = place_all(codes, on_axes if len(on_axes) else ids, len(samples))
        artifacts.write_bytes(f"{folder}/{MapRequest.of(DEFAULT, {}).path}/{FILE}", placed.to_bytes())


def save_explanations(
    trained: TrainedDetector, samples: Samples, scores: Scores, artifacts: Artifacts, folder: str
) -> None:
    """Write the parts of the samples with the highest scores, read later without networks."""
    ids = rows_to_explain(scores, trained.encoder.layout.n_parts)
    ids = ids[: max(_FEWEST_EXPLAINED, _EXPLAINED_NUMBERS // trained.encoder.layout.size)]
    artifacts.write_bytes(f"{folder}/explanations.parquet", explanations_file(trained.explain_samples(samples, ids)))


def save_run_files(
    trained: TrainedDetector,
    samples: Samples,
    labels: NDArray[np.int8],
    held_out: NDArray[np.bool_],
    scores: Scores,
    artifacts: Artifacts,
    folder: str,
) -> None:
    """Write what only a run on this kind of data keeps, such as where images are odd."""
    normal = np.flatnonzero(held_out & (labels != 1))
    normal = normal if len(normal) else np.flatnonzero(labels != 1)
    for name, content in MODALITIES[trained.recipe.modality]().run_files(trained, samples, scores, normal).items():
        artifacts.write_bytes(f"{folder}/{name}", content)


def save_extras(trained: TrainedDetector, samples: Samples, ids: Ids, artifacts: Artifacts, folder: str) -> None:
    """Write what only some networks can tell: how active a sparse code is, and new samples of a variational one.

    Parameters
    ----------
    ids
        Samples that the networks were trained on.
    """
    members, encoder, recipe = trained.members, trained.encoder, trained.recipe
    if members[0].sparse:
        activity = code_activity(members, gathered(encoder.units(samples, ids).loaded()))
        artifacts.write_json(f"{folder}/activity.json", activity)
    if members[0].variational:
        new = generate_units(members, units_to_generate(encoder.layout.n_parts), derive_seed(recipe.seed, _GENERATED))
        modality, real = MODALITIES[recipe.modality](), samples.read(ids)
        for name, content in modality.generated_files(encoder, new, real, samples.schema).items():
            artifacts.write_bytes(f"{folder}/{name}", content)
