"""Benchmark of reading: speed and memory of a large CSV file, against pandas."""

import gzip
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.bench import BENCHES, Result
from core.errors import ConfigError

_ROWS_PER_PIECE = 50_000
_SEED = 20_260_101


@BENCHES.register("reading")
def reading(*, megabytes: int = 200, repeats: int = 3, kind: str = "plain") -> Result:
    """Seconds and extra memory to read a CSV file into the workspace, and pandas reading the same file.

    ``kind`` is plain, gz, utf16 or cp1252. The runs alternate, each in a process of its own, and the ratios are
    taken pair by pair.
    """
    if kind not in _WRITERS:
        raise ConfigError(f"The kind of file must be one of {', '.join(_WRITERS)}. Got {kind!r}.")
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        source = Path(folder) / ("table.csv.gz" if kind == "gz" else "table.csv")
        _WRITERS[kind](source, megabytes)
        size = source.stat().st_size
        compared = kind in ("plain", "gz")
        ours, theirs = [], []
        for _ in range(repeats):
            ours.append(_measured("anomalens", source, Path(folder)))
            if compared:
                theirs.append(_measured("pandas", source, Path(folder)))
    result: Result = {"kind": kind, "file_mb": round(size / 1e6), "rows": ours[0]["rows"], "repeats": repeats}
    result["table"] = [_row("anomalens: CSV to Parquet", ours)]
    if theirs:
        result["table"].append(_row("pandas: CSV to memory", theirs))
        result["time_ratio"] = _ratio(ours, theirs, "seconds")
        result["cpu_ratio"] = _ratio(ours, theirs, "cpu_seconds")
        result["memory_ratio"] = _ratio(ours, theirs, "extra_mb")
    return result


def write_table(target: Path, megabytes: int, encoding: str = "utf-8", opened: Callable[..., Any] = open) -> None:
    """A CSV file of about that size: numbers, whole numbers, categories, names, times, blanks; no two pieces alike."""
    import numpy as np

    rng = np.random.default_rng(_SEED)
    written = row = 0
    with opened(target, "wt", encoding=encoding, newline="") as out:
        out.write(
            ",".join(["time", "host", "service", *(f"load_{i}" for i in range(8)), *(f"count_{i}" for i in range(4))])
        )
        out.write("\n")
        while written < megabytes * 1_000_000:
            text = _piece(rng, row).to_csv(header=False, index=False)
            out.write(text)
            written += len(text) * (2 if encoding.startswith("utf-16") else 1)
            row += _ROWS_PER_PIECE


def _piece(rng: Any, row: int) -> Any:
    import numpy as np
    import pandas as pd

    n = _ROWS_PER_PIECE
    seconds = np.datetime64("2026-01-01T00:00:00") + (row + np.arange(n)).astype("timedelta64[s]")
    columns: dict[str, Any] = {
        "time": np.datetime_as_string(seconds),
        "host": np.char.add("host-", rng.integers(0, 400, n).astype(str)),
        "service": rng.choice(["Anfrage", "Rückgabe", "Prüfung", "Zahlung"], n),
    }
    columns |= {f"load_{i}": rng.lognormal(0, 1 + i / 4, n).round(5) for i in range(8)}
    columns |= {f"count_{i}": rng.integers(0, 10 ** (i + 2), n) for i in range(4)}
    frame = pd.DataFrame(columns)
    frame.loc[rng.random(n) < 0.02, "load_3"] = np.nan
    return frame


_WRITERS: dict[str, Callable[[Path, int], None]] = {
    "plain": write_table,
    "gz": lambda target, megabytes: write_table(target, megabytes, opened=gzip.open),
    "utf16": lambda target, megabytes: write_table(target, megabytes, "utf-16"),
    "cp1252": lambda target, megabytes: write_table(target, megabytes, "cp1252"),
}


def _measured(what: str, source: Path, folder: Path) -> dict[str, float]:
    out = folder / "out" / "table.parquet"
    out.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "core.bench.harness.peak", what, str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shutil.rmtree(out.parent)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _row(name: str, runs: list[dict[str, float]]) -> dict[str, Any]:
    return {
        "reader": name,
        "seconds": statistics.median(run["seconds"] for run in runs),
        "cpu_seconds": statistics.median(run["cpu_seconds"] for run in runs),
        "extra_mb": max(run["extra_mb"] for run in runs),
    }


def _ratio(ours: list[dict[str, float]], theirs: list[dict[str, float]], key: str) -> float:
    return round(statistics.median(a[key] / max(b[key], 0.01) for a, b in zip(ours, theirs, strict=True)), 2)
