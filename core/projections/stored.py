"""Reads the maps stored beside a run: those computed on request, and the sample that every run keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.projections.map_points import MapPoints
from core.projections.request import DEFAULT, FILE, MapRequest

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun


def places_every_row(run: FinishedRun) -> bool:
    """Whether every row has a place on the run's own map, in a file of its own."""
    return run.space.artifacts.exists(_path(run, MapRequest.of(DEFAULT, {})))


def read_places(run: FinishedRun, request: MapRequest) -> MapPoints | None:
    """A map of a run; None where there is none."""
    artifacts, path, sample = run.space.artifacts, _path(run, request), f"{run.folder}/latent.parquet"
    if artifacts.exists(path):
        return MapPoints.read(artifacts.local(path))
    if request.name != DEFAULT or not artifacts.exists(sample):
        return None
    import pandas as pd

    frame = pd.read_parquet(artifacts.local(sample)).sort_values("row")
    if frame.empty:
        return None
    return MapPoints.build(frame["row"].to_numpy(np.int64), frame[["x", "y", "z"]].to_numpy(np.float32), run.rows.count)


def _path(run: FinishedRun, request: MapRequest) -> str:
    return f"{run.folder}/{request.path}/{FILE}"
