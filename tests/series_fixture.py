"""A small series with a planted event, read and scored without training: scores are how far it is from its course."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.modalities.recognise import modality_of
from core.recipe import Recipe
from core.results.finished_run import FinishedRun
from core.store.workspace import Workspace

MOMENTS, STEP = 3_000, 300
PLANTED = slice(2_400, 2_412)
"""An hour in which the pressure falls to a third, and the flow follows a quarter of an hour later."""
SPIKE = 2_800
FLOW_LATER = 3


@dataclass(frozen=True)
class PlantedSeries:
    """What was planted."""

    run: FinishedRun
    frame: pd.DataFrame
    scores: np.ndarray


def planted(labels: bool = True) -> pd.DataFrame:
    """Ten days of two channels that follow the hour, with an event and a spike."""
    rng = np.random.default_rng(0)
    t = np.arange(MOMENTS)
    day = 2 * np.pi * t * STEP / 86_400
    pressure = 10 + 2 * np.sin(day) + rng.normal(0, 0.1, MOMENTS)
    flow = 5 + np.cos(day) + rng.normal(0, 0.1, MOMENTS)
    pressure[PLANTED] /= 3
    flow[PLANTED.start + FLOW_LATER : PLANTED.stop] /= 2
    pressure[SPIKE] = 60.0
    frame = pd.DataFrame(
        {"time": pd.to_datetime(1_772_323_200 + STEP * t, unit="s"), "pressure": pressure, "flow": flow}
    )
    if labels:
        frame["label"] = 0
        frame.loc[PLANTED.start : PLANTED.stop - 1, "label"] = 1
    return frame


def write_series(space: Workspace, folder: Path, *, labels: bool = True) -> PlantedSeries:
    """A dataset and a finished run on it, as a worker leaves it but for the networks."""
    frame = planted(labels)
    file = folder / "pump.csv"
    frame.to_csv(file, index=False)
    dataset = modality_of("series").ingest(space, [file], name="pump.csv")
    day = 2 * np.pi * np.arange(MOMENTS) * STEP / 86_400
    scores = np.abs(frame["pressure"].to_numpy() - 10 - 2 * np.sin(day))
    part = np.where(np.arange(MOMENTS) < 1_800, "train", "test")
    known = frame["label"].to_numpy(np.int8) if labels else np.full(MOMENTS, -1, np.int8)
    run = space.store.create_run(dataset.id, Recipe().on("series"), "pump")
    table = pa.table(
        {
            "row": np.arange(MOMENTS, dtype=np.int64),
            "part": pa.array(part.astype(object), pa.string()),
            "label": known,
            "score": scores,
            "uncertainty": pa.nulls(MOMENTS, pa.float64()),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    space.artifacts.write_bytes(f"runs/{run.id}/scores.parquet", buffer.getvalue())
    result = {"threshold": 2.0, "judged": "test", "columns": 2, "train_rows": 1_800, "rows": MOMENTS}
    space.artifacts.write_json(f"runs/{run.id}/result.json", result)
    space.artifacts.write_json(f"runs/{run.id}/recipe.json", Recipe().on("series").to_dict())
    space.store.write_result(run.id, result)
    space.store.set_state(run.id, "running")
    space.store.set_state(run.id, "done")
    return PlantedSeries(FinishedRun.open(space, run.id), frame, scores)
