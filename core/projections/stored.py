"""The maps that lie beside a run, read again: those that were computed, and the sample that every run keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.projections.request import DEFAULT, FILE, MapRequest, folder_of
from core.results.map_points import MapPoints

if TYPE_CHECKING:
    from core.store.artifacts import Artifacts


def places_every_row(artifacts: Artifacts, run_id: str) -> bool:
    """Whether every row has a place on the run's own map, in a file of its own."""
    return artifacts.exists(f"{folder_of(run_id, MapRequest.of(DEFAULT, {}))}/{FILE}")


def read_places(artifacts: Artifacts, run_id: str, request: MapRequest, rows: int) -> MapPoints | None:
    """A map of a run of so many rows; None where there is none."""
    path, sample = f"{folder_of(run_id, request)}/{FILE}", f"runs/{run_id}/latent.parquet"
    if artifacts.exists(path):
        return MapPoints.read(artifacts.local(path))
    if request.name != DEFAULT or not artifacts.exists(sample):
        return None
    import pandas as pd

    frame = pd.read_parquet(artifacts.local(sample)).sort_values("row")
    if frame.empty:
        return None
    return MapPoints.build(frame["row"].to_numpy(np.int64), frame[["x", "y", "z"]].to_numpy(np.float32), rows)
