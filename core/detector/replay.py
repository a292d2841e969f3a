"""The replay of a training: errors and latent positions of a fixed sample of rows at some epochs.

While it trains a run leaves two files for each snapshot: ``runs/<id>/epochs/000012.sample.safetensors``, from which
everything here is read, and ``000012.weights.safetensors``, a checkpoint from which a run with the weights of that
epoch starts (:func:`core.jobs.epoch_run.keep_epoch`). It knows no network and needs no torch.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.store.artifacts import Artifacts

_SAMPLE, _WEIGHTS = "sample.safetensors", "weights.safetensors"


@dataclass(frozen=True)
class Replay:
    """The sample, epoch by epoch."""

    epochs: tuple[int, ...]
    """Ascending, counted from 1."""
    kept: tuple[bool, ...]
    """Of which the weights are there."""
    rows: NDArray[np.int64]
    """Row numbers in the dataset, shape (n,)."""
    labels: NDArray[np.int8]
    """1 anomaly, 0 normal, -1 unknown."""
    errors: NDArray[np.float32]
    """log10 of each row's reconstruction error, shape (epochs, n)."""
    places: NDArray[np.float32]
    """Where the first network's code of each row lies, shape (epochs, n, 2): each epoch's principal components, turned
    so that the rows move as little as they can to the next epoch's."""


def sample_file(
    rows: NDArray[np.int64], labels: NDArray[np.int8], errors: NDArray[np.floating], coordinates: NDArray[np.float32]
) -> bytes:
    """A snapshot's sample as it is stored; ``places`` are three principal components, shape (n, 3)."""
    from safetensors.numpy import save

    return save(
        {
            "rows": np.ascontiguousarray(rows, dtype=np.int64),
            "labels": np.ascontiguousarray(labels, dtype=np.int8),
            "errors": np.ascontiguousarray(errors, dtype=np.float32),
            "places": np.ascontiguousarray(coordinates, dtype=np.float32),
        }
    )


def write(artifacts: "Artifacts", folder: str, epoch: int, sample: bytes, weights: bytes) -> None:
    """Store a snapshot's sample, and its weights if there are any, in the folder of a run."""
    for content, ending in ((weights, _WEIGHTS), (sample, _SAMPLE)):
        if content:
            artifacts.write_bytes(_path(folder, epoch, ending), content)


def read(artifacts: "Artifacts", folder: str) -> Replay | None:
    """A run's replay; None for a run of a time that kept no snapshots, or of a training that had none."""
    from safetensors.numpy import load

    files = {path.rpartition("/")[2] for path in artifacts.list(f"{folder}/epochs")}
    epochs = sorted(int(name.partition(".")[0]) for name in files if name.endswith(f".{_SAMPLE}"))
    found = [load(artifacts.read_bytes(_path(folder, epoch, _SAMPLE))) for epoch in epochs]
    if not found:
        return None
    return Replay(
        epochs=tuple(epochs),
        kept=tuple(f"{epoch:06d}.{_WEIGHTS}" in files for epoch in epochs),
        rows=found[-1]["rows"],
        labels=found[-1]["labels"],
        errors=np.stack([one["errors"] for one in found]),
        places=turned(np.stack([one["places"] for one in found]))[:, :, :2],
    )


def weights(artifacts: "Artifacts", folder: str, epoch: int) -> bytes:
    """The checkpoint of an epoch.

    Raises
    ------
    DataError
        When it was not kept.
    """
    return artifacts.read_bytes(_path(folder, epoch, _WEIGHTS))


def turned(coordinates: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each epoch's places, turned or mirrored to lie as near as they can to the next one's (orthogonal Procrustes).

    Parameters
    ----------
    places
        Shape (epochs, n, dimensions); an epoch's principal components have signs and an order of their own.
    """
    result = coordinates.astype(np.float64)
    for k in range(len(result) - 2, -1, -1):
        u, _, vt = np.linalg.svd(result[k].T @ result[k + 1])
        result[k] = result[k] @ (u @ vt)
    return result.astype(np.float32)


def _path(folder: str, epoch: int, ending: str) -> str:
    return f"{folder}/epochs/{epoch:06d}.{ending}"
