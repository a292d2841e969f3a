"""Writes a finished run of any size for the benchmarks, as a worker leaves it but without training."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.settings import settings
from core.store.workspace import Workspace, open_workspace

MOST_PLACES = 50_000
"""Rows with a place in the latent space."""


def written_run(home: Path, rows: int) -> str:
    """Put a table of ``rows`` rows and a run on it into the workspace in ``home``; the run's id.

    Two rows in a hundred are anomalies; their scores overlap with those of the normal rows.
    """
    from dataclasses import replace

    from core.metrics.evaluation import auroc
    from core.recipe import Recipe
    from core.thresholds import set_threshold

    database = f"sqlite:///{home / 'anomalens.db'}"
    place = replace(settings(), home=home, database_url=database, storage=str(home / "storage"))
    space = open_workspace(place)
    rng = np.random.default_rng(0)
    odd = rng.random(rows) < 0.02
    parts = np.where(odd, 2, rng.choice(3, rows, p=[0.4, 0.1, 0.5])).astype(np.int8)
    scores = np.exp(rng.normal(-3, 0.7, rows) + odd * rng.normal(2.5, 0.8, rows))
    run = space.store.create_run(_dataset(space, odd), replace(Recipe(), model="dense"), "Written")
    _put(space, f"runs/{run.id}/scores.parquet", _scores(scores, odd, parts))
    _write_places(space, run.id, rng, odd)
    threshold = set_threshold("percentile", 95, scores[parts == 1])
    judged = parts == 2
    result = {
        "model": "dense",
        "rows": rows,
        "threshold": threshold,
        "flagged": int((scores[judged] > threshold).sum()),
        "auroc": auroc(odd[judged], scores[judged]),
        "judged": "test",
    }
    space.store.write_result(run.id, result)
    space.store.set_state(run.id, "running")
    space.store.set_state(run.id, "done")
    return run.id


def _dataset(space: Workspace, odd: NDArray[np.bool_]) -> str:
    from core.index.schema import infer_schema
    from core.index.table import Table
    from core.store.base import new_id

    dataset = new_id()
    path = f"datasets/{dataset}/data.parquet"
    sensor = np.arange(odd.size, dtype=np.float32) % 997
    # A row every seven seconds.
    time = np.datetime64("2026-01-01", "us") + np.arange(odd.size) * np.timedelta64(7, "s")
    _put(space, path, {"time": time, "sensor": sensor, "odd": odd.astype(np.int8)})
    schema = infer_schema(Table(space.artifacts.local(path))).with_label("odd", normal=["0"])
    space.store.add_dataset(
        "written.csv", id=dataset, source="written.csv", rows=odd.size, columns=3, schema=schema.to_dict(), report={}
    )
    return dataset


def _scores(scores: NDArray[np.float64], odd: NDArray[np.bool_], parts: NDArray[np.int8]) -> dict[str, object]:
    import pyarrow as pa

    names = pa.array(["train", "validation", "test"])
    return {
        "row": np.arange(scores.size, dtype=np.int64),
        "part": pa.DictionaryArray.from_arrays(pa.array(parts), names),
        "label": odd.astype(np.int8),
        "score": scores,
        "uncertainty": pa.nulls(scores.size, pa.float64()),
    }


def _write_places(space: Workspace, run_id: str, rng: np.random.Generator, odd: NDArray[np.bool_]) -> None:
    """A place for every row, in a file of its own where there are many, and a sample of them."""
    from core.projections.map_points import MapPoints
    from core.projections.request import DEFAULT, FILE, MapRequest, folder_of

    every = (rng.normal(size=(odd.size, 3)) + 2.5 * odd[:, None]).astype(np.float32)
    rows = np.sort(rng.choice(odd.size, min(odd.size, MOST_PLACES), replace=False))
    if len(rows) < odd.size:
        placed = MapPoints.build(np.arange(odd.size, dtype=np.int64), every, odd.size)
        space.artifacts.write_bytes(f"{folder_of(run_id, MapRequest.of(DEFAULT, {}))}/{FILE}", placed.to_bytes())
    places = dict(zip("xyz", every[rows].T, strict=True))
    _put(space, f"runs/{run_id}/latent.parquet", {"row": rows.astype(np.int64), **places})


def _put(space: Workspace, path: str, columns: Mapping[str, object]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    local = Path(space.settings.home) / "written.parquet"
    pq.write_table(pa.table(dict(columns)), local, row_group_size=1_000_000)
    space.artifacts.put_file(local, path)
    local.unlink()
