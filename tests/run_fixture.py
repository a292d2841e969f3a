"""A finished run written straight into a workspace, as a worker leaves it, of any size and without training."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.metrics.evaluation import auroc, average_precision, background_rejection, confusion, judged_rows
from core.metrics.groups import PARTS
from core.recipe import Recipe
from core.store.workspace import Workspace
from core.thresholds import set_threshold

HOSTILE = "<img src=x onerror=alert(1)> & co"
"""A column whose name would run a script wherever it were taken for HTML."""
FORMULA = '=HYPERLINK("http://example.org";"click")'
"""A value that a spreadsheet would run."""


@dataclass(frozen=True)
class WrittenRun:
    """What was written, as arrays to compare with."""

    run_id: str
    dataset_id: str
    frame: pd.DataFrame
    scores: np.ndarray
    labels: np.ndarray
    parts: np.ndarray
    threshold: float


def write_run(
    workspace: Workspace,
    n: int = 3000,
    *,
    labels: bool = True,
    explained: int = 200,
    anomalies: float = 0.05,
    name: str = "Planted",
    seed: int = 0,
) -> WrittenRun:
    """Write a dataset of ``n`` rows and a finished run on it; the top ``explained`` rows have explanations."""
    rng = np.random.default_rng(seed)
    odd = rng.random(n) < anomalies
    frame = _rows(rng, n, odd, labels)
    parts = np.array(PARTS)[np.where(odd & labels, 2, rng.choice(3, n, p=[0.4, 0.1, 0.5]))]
    known = np.where(odd, 1, 0).astype(np.int8) if labels else np.full(n, -1, np.int8)
    scores = np.round(np.exp(rng.normal(-3, 0.7, n) + odd * rng.normal(2.5, 0.8, n)), 6)
    dataset_id = _write_dataset(workspace, frame, labels)
    recipe = replace(Recipe(), model="dense", preset="Recommended")
    run = workspace.store.create_run(dataset_id, recipe, name)
    threshold = set_threshold("percentile", 95, scores[parts == "validation"])
    _write_scores(workspace, run.id, scores, known, parts)
    _write_latent(workspace, run.id, rng, scores, known)
    _write_explanations(workspace, run.id, rng, frame, scores, explained)
    result = _result(frame, scores, known, parts, threshold)
    workspace.artifacts.write_json(f"runs/{run.id}/result.json", result)
    workspace.artifacts.write_json(f"runs/{run.id}/recipe.json", recipe.to_dict())
    workspace.store.write_result(run.id, result)
    workspace.store.set_state(run.id, "running")
    workspace.store.set_state(run.id, "done")
    return WrittenRun(run.id, dataset_id, frame, scores, known, parts, threshold)


def _rows(rng: np.random.Generator, n: int, odd: np.ndarray, labels: bool) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "bytes": rng.integers(0, 5000, n) * np.where(odd, 40, 1),
            "duration": np.round(rng.gamma(2, 3, n), 3),
            "balance": np.round(rng.normal(0, 100, n), 2),
            "service": rng.choice(["http", "smtp", "dns", "ssh"], n),
            HOSTILE: np.round(rng.normal(size=n), 4),
            "comment": np.where(rng.random(n) < 0.01, FORMULA, "fine"),
        }
    )
    if labels:
        frame["attack"] = np.where(odd, "dos", "normal")
    return frame


def _write_dataset(workspace: Workspace, frame: pd.DataFrame, labels: bool) -> str:
    from core.index.schema import infer_schema
    from core.index.table import Table
    from core.store.base import new_id

    dataset_id = new_id()
    path = f"datasets/{dataset_id}/data.parquet"
    _put(workspace, path, pa.Table.from_pandas(frame, preserve_index=False))
    schema = infer_schema(Table(workspace.artifacts.local(path)))
    if labels:
        schema = schema.with_label("attack", normal=["normal"])
    workspace.store.add_dataset(
        "planted.csv",
        id=dataset_id,
        source="planted.csv",
        rows=len(frame),
        columns=frame.shape[1],
        schema=schema.to_dict(),
        report={"rows": len(frame), "columns": list(frame.columns), "format": "csv"},
    )
    return dataset_id


def _write_scores(workspace: Workspace, run_id: str, scores: np.ndarray, labels: np.ndarray, parts: np.ndarray) -> None:
    table = pa.table(
        {
            "row": pa.array(np.arange(scores.size, dtype=np.int64)),
            "part": pa.array(parts.astype(object), pa.string()),
            "label": pa.array(labels),
            "score": pa.array(scores),
            "uncertainty": pa.nulls(scores.size, pa.float64()),
        }
    )
    _put(workspace, f"runs/{run_id}/scores.parquet", table)


def _write_latent(
    workspace: Workspace, run_id: str, rng: np.random.Generator, scores: np.ndarray, labels: np.ndarray
) -> None:
    rows = np.sort(rng.permutation(scores.size)[:50_000])
    shift = (labels[rows] == 1)[:, None] * np.array([2.5, 1.0, 0.5])
    places = (rng.normal(size=(rows.size, 3)) + shift).astype(np.float32)
    columns = {"row": rows.astype(np.int64), "x": places[:, 0], "y": places[:, 1], "z": places[:, 2]}
    _put(workspace, f"runs/{run_id}/latent.parquet", pa.table(columns))


def _write_explanations(
    workspace: Workspace, run_id: str, rng: np.random.Generator, frame: pd.DataFrame, scores: np.ndarray, top: int
) -> None:
    features = [c for c in frame.columns if c != "attack"]
    records = []
    for row in np.lexsort((np.arange(scores.size), -scores))[:top]:
        shares = np.sort(rng.dirichlet(np.full(len(features), 0.5)))[::-1]
        for feature, share in zip(rng.permutation(features), shares, strict=True):
            actual = frame.at[row, feature]
            number = None if isinstance(actual, str) else float(actual)
            expected = "http" if number is None else number * 0.5 + 1
            records.append(
                {
                    "row": int(row),
                    "feature": str(feature),
                    "actual": str(actual),
                    "expected": expected if number is None else f"{expected:.4g}",
                    "actual_value": number,
                    "expected_value": None if number is None else expected,
                    "contribution": float(share),
                }
            )
    schema = pa.schema(
        [
            ("row", pa.int64()),
            ("feature", pa.string()),
            ("actual", pa.string()),
            ("expected", pa.string()),
            ("actual_value", pa.float64()),
            ("expected_value", pa.float64()),
            ("contribution", pa.float64()),
        ]
    )
    _put(workspace, f"runs/{run_id}/explanations.parquet", pa.Table.from_pylist(records, schema=schema))


def _result(frame: pd.DataFrame, scores: np.ndarray, labels: np.ndarray, parts: np.ndarray, threshold: float) -> dict:
    judged, rows = judged_rows(labels, parts)
    if not (labels >= 0).any():
        judged, rows = "all", np.ones(len(labels), dtype=bool)
    counts = confusion(labels[rows], scores[rows], threshold)
    rejection = background_rejection(labels[rows], scores[rows])
    return {
        "model": "dense",
        "preset": "Recommended",
        "rows": len(frame),
        "train_rows": int((parts == "train").sum()),
        "validation_rows": int((parts == "validation").sum()),
        "test_rows": int((parts == "test").sum()),
        "features": 14,
        "columns": sum(name != "attack" for name in frame.columns),
        "epochs": 12,
        "seconds": 3.4,
        "threshold": threshold,
        "flagged": int((scores[rows] > threshold).sum()),
        "auroc": auroc(labels[rows], scores[rows]),
        "average_precision": average_precision(labels[rows], scores[rows]),
        "f1": counts.f1,
        "precision": counts.precision,
        "recall": counts.recall,
        "judged": judged,
        "parameters": 4321,
        "device": "cpu",
        "note": "" if (labels >= 0).any() else "Trained on all rows, because there are no labels.",
        "background_rejection": None if rejection is None else {"signal_efficiency": 0.3, "value": rejection},
        "members": 1,
        "rows_per_second": 100_000.0,
        "best_epoch": 11,
        "versions": {},
    }


def _put(workspace: Workspace, path: str, table: pa.Table) -> None:
    local = Path(workspace.settings.home) / "fixture.parquet"
    pq.write_table(table, local)
    workspace.artifacts.put_file(local, path)
    local.unlink()
