"""What the search tests share: a small labelled table, and plans of trials that take a moment."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.index.schema import infer_schema
from core.index.table import Table
from core.search.plan import SearchPlan
from core.store.workspace import Workspace


def planted(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """Rows of five columns that depend on each other; a tenth are anomalies."""
    rng = np.random.default_rng(seed)
    odd = rng.random(rows) < 0.1
    values = rng.normal(size=(rows, 2)) @ rng.normal(size=(2, 5)) + 0.1 * rng.normal(size=(rows, 5))
    frame = pd.DataFrame(values + odd[:, None] * rng.normal(0, 0.7, size=(rows, 5)), columns=list("abcde"))
    frame["label"] = np.where(odd, "odd", "fine")
    return frame


def add_planted(workspace: Workspace, *, labelled: bool = True, rows: int = 300) -> str:
    """The table in a workspace; its id."""
    frame = planted(rows) if labelled else planted(rows).drop(columns="label")
    path = Path(workspace.settings.home) / "planted.parquet"
    frame.to_parquet(path)
    schema = infer_schema(Table(path))
    if labelled:
        schema = schema.with_label("label", normal=["fine"])
    dataset = workspace.store.add_dataset(
        "planted.csv", rows=rows, columns=frame.shape[1], schema=schema.to_dict(), report={}
    )
    workspace.artifacts.put_file(path, f"datasets/{dataset.id}/data.parquet")
    return dataset.id


def tiny(trials: int = 6, **values: Any) -> SearchPlan:
    """A plan of trials of ten steps each."""
    return SearchPlan.from_dict(
        {"trials": trials, "trial_steps": 10, "device": "cpu", "models": ["dense", "vae"]} | values
    )
