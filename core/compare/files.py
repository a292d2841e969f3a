"""The files of a comparison, written and read: ``runs/<id>/compare/…``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from core.compare.detect import Detected
from core.errors import DataError

if TYPE_CHECKING:
    from core.compare.comparison_data import ComparisonData
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts


def folder(run_id: str) -> str:
    """Where everything is."""
    return f"runs/{run_id}/compare"


def report_path(run_id: str, name: str) -> str:
    """Where the report of a key is."""
    return f"{folder(run_id)}/reports/{name}.json"


def checks_path(run_id: str) -> str:
    """Where the findings of the checks are."""
    return f"{folder(run_id)}/checks.json"


def key(detectors: Sequence[str], others: Sequence[str]) -> str:
    """A short name for a choice of detectors and runs, whatever their order."""
    chosen = "|".join([*sorted(detectors), "", *sorted(others)])
    return hashlib.blake2b(chosen.encode(), digest_size=8).hexdigest()


def read_report(run: FinishedRun, name: str) -> dict[str, Any] | None:
    """A report by its key, with its curves; None where there is none."""
    try:
        found: dict[str, Any] = run.space.artifacts.read_json(report_path(run.id, name))
    except DataError:
        return None
    return found


def write_report(run: FinishedRun, name: str, report: dict[str, Any]) -> None:
    """Keep a report under its key, and in short as the newest."""
    run.space.artifacts.write_json(report_path(run.id, name), report)
    kept = {"verdict": report["verdict"], "warnings": [c["title"] for c in report["checks"] if c["level"] == "warning"]}
    run.space.artifacts.write_json(f"{folder(run.id)}/summary.json", kept)


def read_checks(run: FinishedRun) -> list[dict[str, Any]] | None:
    """The findings of the checks; None before they were made."""
    try:
        found: list[dict[str, Any]] = run.space.artifacts.read_json(checks_path(run.id))
    except DataError:
        return None
    return found


def write_checks(run: FinishedRun, checks: list[dict[str, Any]]) -> None:
    """Keep the findings, and the warnings in short."""
    summary = read_summary(run)
    summary["warnings"] = [check["title"] for check in checks if check["level"] == "warning"]
    run.space.artifacts.write_json(f"{folder(run.id)}/summary.json", summary)
    run.space.artifacts.write_json(checks_path(run.id), checks)


def read_summary(run: FinishedRun) -> dict[str, Any]:
    """The verdict and the warnings in short; both empty where there is nothing yet."""
    try:
        found: dict[str, Any] = run.space.artifacts.read_json(f"{folder(run.id)}/summary.json")
    except DataError:
        return {"verdict": {}, "warnings": []}
    return found


def write_detected(artifacts: Artifacts, comparison_data: ComparisonData, one: Detected) -> None:
    """Keep a detector's scores: row and score as Parquet, everything else as JSON."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = BytesIO()
    pq.write_table(pa.table({"row": comparison_data.rows, "score": one.scores}), buffer, compression="zstd")
    artifacts.write_bytes(f"{folder(comparison_data.run.id)}/detectors/{one.name}.parquet", buffer.getvalue())
    # Last: whoever finds it finds the scores.
    artifacts.write_json(f"{folder(comparison_data.run.id)}/detectors/{one.name}.json", one.about())


def read_detected(artifacts: Artifacts, comparison_data: ComparisonData, name: str) -> Detected | None:
    """What :func:`write_detected` wrote for the same rows; None where there is none."""
    import numpy as np
    import pyarrow.parquet as pq

    place = f"{folder(comparison_data.run.id)}/detectors/{name}"
    try:
        about: dict[str, Any] = artifacts.read_json(f"{place}.json")
        table = pq.read_table(artifacts.local(f"{place}.parquet"))
    except DataError:
        return None
    if not np.array_equal(table["row"].to_numpy(), comparison_data.rows):
        return None
    return Detected(**about, scores=table["score"].to_numpy())


def delete_detected(artifacts: Artifacts, run_id: str, name: str) -> None:
    """Forget what a detector came to."""
    for ending in ("json", "parquet"):
        artifacts.delete(f"{folder(run_id)}/detectors/{name}.{ending}")
