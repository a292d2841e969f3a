"""A run's dataset, opened as the run was trained on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.index.schema import Schema
from core.modalities.recognise import modality_of

if TYPE_CHECKING:
    from core.modalities.base import Samples
    from core.store.records import Run
    from core.store.workspace import Workspace


def samples_of(space: Workspace, run: Run) -> Samples:
    """The samples of a run's dataset; their schema is the one that the run began with, whatever it is now.

    Raises
    ------
    DataError
        When the dataset's files are gone.
    UnknownNameError
        When its kind of data is not installed.
    """
    dataset, path = space.store.dataset(run.dataset_id), f"runs/{run.id}/schema.json"
    began = Schema.from_dict(space.artifacts.read_json(path)) if space.artifacts.exists(path) else None
    return modality_of(dataset.modality).open(dataset, space.artifacts, began)
