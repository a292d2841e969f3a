"""Curves as a kind of data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.index.schema import Schema
from core.index.table import Table
from core.modalities import MODALITIES
from core.modalities.base import Modality, Recognition
from curves.encoder import CurvesConfig
from curves.files import Curves, unpack

if TYPE_CHECKING:
    pass


class CurveSamples:
    """The curves of a dataset, and their index."""

    def __init__(self, index: Table, schema: Schema, values: NDArray[np.float32]) -> None:
        self.index, self.schema, self._values = index, schema, values

    def __len__(self) -> int:
        return len(self._values)

    def read(self, ids: NDArray[np.int64]) -> Curves:
        """Some curves."""
        return Curves(np.asarray(self._values[ids]))

    def name(self, id: int) -> str:
        """Curves have numbers."""
        return f"curve {id}"


@MODALITIES.register("curves")
class CurvesModality(Modality):
    """Curves of two channels; a curve is a sample, its windows are its units."""

    title = "Curves"
    noun = "curve"
    order = 90
    axes = ("time", "channel")
    Config = CurvesConfig

    def recognises(self, files: Sequence[Path]) -> Recognition:
        """By what the file holds, whatever it is called."""
        try:
            for file in files:
                unpack(file)
        except DataError:
            return Recognition(0.0, "It holds no curves.")
        return Recognition(1.0, "It holds curves.")
