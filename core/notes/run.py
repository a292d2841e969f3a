"""All notes of a run: those of its dataset as the run took it, then those of its training and of what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from core.errors import AnomalensError
from core.notes.dataset import dataset_notes
from core.notes.note import Note, in_order

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table
    from core.store.artifacts import Artifacts
    from core.store.records import Dataset, Run
    from core.store.workspace import Workspace

FILE = "notes.json"
"""In a run's folder: what was decided about its dataset by the time it began."""


def keep_dataset_notes(artifacts: Artifacts, folder: str, notes: Iterable[Note]) -> None:
    """Write the notes of a run's dataset beside the run, for whoever looks when the dataset is gone or changed."""
    artifacts.write_json(f"{folder}/{FILE}", [note.to_dict() for note in notes])


def run_notes(space: Workspace, run: Run, result: Mapping[str, Any] | None = None) -> tuple[Note, ...]:
    """The notes of a run, whether it ended well or not; under another of its scores with that one's result."""
    return in_order([*_of_dataset(space, run), *notes_of_result(result or run.result or {})])


def notes_of_result(result: Mapping[str, Any]) -> tuple[Note, ...]:
    """The notes that a run's result holds; of runs that were written by an older version, its one paragraph."""
    if "notes" in result:
        return in_order(Note.from_dict(values) for values in result["notes"])
    return (Note("division", str(result["note"])),) if result.get("note") else ()


def notes_of_dataset(dataset: Dataset, schema: Schema, table: Table) -> tuple[Note, ...]:
    """The notes of a stored dataset under a schema."""
    from core.modalities import MODALITIES

    kind = MODALITIES[dataset.modality]()
    return dataset_notes(dataset.report, schema, table, noun=kind.noun, reads_columns=kind.reads_columns)


def _of_dataset(space: Workspace, run: Run) -> tuple[Note, ...]:
    path = f"runs/{run.id}/{FILE}"
    if space.artifacts.exists(path):
        return tuple(Note.from_dict(values) for values in space.artifacts.read_json(path))
    try:
        return _computed(space, run)
    except AnomalensError:  # the dataset is gone, or of a kind that is not installed: nothing of it can be said
        return ()


def _computed(space: Workspace, run: Run) -> tuple[Note, ...]:
    """Of a run that was made before such notes were kept, from its dataset as it is now."""
    from core.index.schema import Schema
    from core.index.table import Table

    dataset, path = space.store.dataset(run.dataset_id), f"runs/{run.id}/schema.json"
    schema = space.artifacts.read_json(path) if space.artifacts.exists(path) else dataset.schema
    return notes_of_dataset(dataset, Schema.from_dict(schema), Table.open(dataset, space.artifacts))
