"""The example datasets that ship with the app, of every kind of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities import MODALITIES, Modality
from core.modalities.base import Example
from core.registry import Registry

if TYPE_CHECKING:
    from core.store.records import Dataset
    from core.store.workspace import Workspace


def examples() -> dict[str, tuple[Modality, Example]]:
    """Every example by its name, with its kind of data, in the order in which they are offered."""
    found = {
        name: (modality, example)
        for modality in (cls() for _, cls in MODALITIES.items())
        for name, example in modality.examples().items()
    }
    return dict(sorted(found.items(), key=lambda item: (item[1][1].order, item[0])))


def ingest_example(space: Workspace, name: str, seed: int = 0) -> Dataset:
    """Put an example into the workspace as a dataset whose label is known.

    Parameters
    ----------
    space
        The workspace.
    name
        A name of :func:`examples`.
    seed
        The same seed gives the same samples.

    Raises
    ------
    UnknownNameError
        When there is no example of this name.
    """
    known: Registry[Example] = Registry("sample", "core.modalities")
    for registered, (_, example) in examples().items():
        known.register(registered)(example)
    return known[name].ingest(space, f"sample: {name}", seed)
