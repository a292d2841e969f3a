"""Sets of images that ship with the app, one file each: made when they are asked for."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.modalities.base import Example
from core.registry import Registry

if TYPE_CHECKING:
    from core.store.records import Dataset
    from core.store.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class ExampleImages(Example):
    """A set of images to try things on."""

    make: Callable[[int], Iterable[tuple[str, bytes]]]
    """Paths and files, from a seed; folders are labels, masks lie in ``masks``."""

    def ingest(self, space: Workspace, source: str, seed: int) -> Dataset:
        """Put the images into the workspace as a dataset, by the way that a ZIP archive goes."""
        from core.modalities.recognise import ingest

        with tempfile.TemporaryDirectory(prefix="anomalens-sample-") as folder:
            path = Path(folder) / f"{self.title}.zip"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
                for name, data in self.make(seed):
                    archive.writestr(name, data)
            return ingest(space, [path], modality="image", name=path.name, origin=source)


EXAMPLES: Registry[ExampleImages] = Registry("sample", "core.modalities.image.examples")
