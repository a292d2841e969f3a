"""How sure it is that a file holds series: rows at even steps whose values follow from the ones before."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import AnomalensError
from core.modalities.base import Recognition

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 4_000
"""Rows at the beginning of a file that are looked at."""
_FEWEST = 50
_EVEN = 0.8
"""Share of the steps that must be as long as the middle one."""
_FOLLOWS = 0.1
"""Share of the next value that the last one must explain, in the middle channel."""
_SURE = 0.7
_LARGEST = 4 << 20
"""Bytes of a text file that are looked at."""


def recognised(files: Sequence[Path]) -> Recognition:
    """Whether some files hold series, and why."""
    found = [_one(file) for file in files]
    unsure = next((one for one in found if one.confidence < _SURE), None)
    return unsure or (found[0] if found else Recognition(0.0, "There is no file."))


def _one(path: Path) -> Recognition:
    try:
        frame = _head(path)
    except (AnomalensError, OSError, ValueError):
        return Recognition(0.0, f"{path.name} cannot be read as a table, and a series is one.")
    if frame is None or len(frame) < _FEWEST:
        return Recognition(0.0, f"{path.name} has fewer than {_FEWEST} rows.")
    return _judge(frame, path.name)


def _head(path: Path) -> pd.DataFrame | None:
    """The first rows of a Parquet file or of delimited text; of other formats nobody guesses series."""
    import pandas as pd

    from core.readers import READERS, preview
    from core.readers.reading.archives import packing

    with path.open("rb") as file:
        head = file.read(1 << 16)
    if not head or packing(head):
        return None
    if head[:4] == b"PAR1":
        import pyarrow.parquet as pq

        return next(pq.ParquetFile(path).iter_batches(batch_size=_ROWS)).to_pandas()
    ordered = sorted((reader for _, reader in READERS.items()), key=lambda reader: reader.order)
    reader = next((one for one in ordered if one.recognises(head, path)), None)
    if reader is None or ".csv" not in reader.endings:
        return None
    if path.stat().st_size <= _LARGEST:
        return preview(path, _ROWS)[0]
    with tempfile.TemporaryDirectory(prefix="anomalens-head-") as folder, path.open("rb") as file:
        short = Path(folder) / path.name
        short.write_bytes(file.read(_LARGEST).rpartition(b"\n")[0])
        found = preview(short, _ROWS)[0]
    return pd.DataFrame(found)


def _judge(frame: pd.DataFrame, name: str) -> Recognition:
    from core.index.schema import infer_schema
    from core.index.table import Table
    from core.modalities.series.ingesting import Written

    with tempfile.TemporaryDirectory(prefix="anomalens-head-") as folder:
        data = Path(folder) / "data.parquet"
        frame.to_parquet(data, index=False)
        guessed = infer_schema(Table(data))
        if guessed.time is None:
            return Recognition(0.0, f"No column of {name} says when its rows were.")
        if [c for c in guessed.features if c.type == "text"]:
            return Recognition(0.0, f"{name} has categories among its columns, as a table has.")
        written = Written(data, Path(folder))
        seconds, about = np.load(written.content["moments.npy"]), written.about
        values = np.load(written.content["channels.npy"])
    features = [about.columns.index(c.name) for c in written.schema.features if c.name in about.columns]
    if not features or len(seconds) < _FEWEST:
        return Recognition(0.0, f"{name} has no channel that changes.")
    steps = np.concatenate([np.diff(seconds[a:b]) for a, b in about.spans.tolist()])
    even = float(np.mean(np.abs(steps - about.step) <= 0.01 * about.step)) if len(steps) else 0.0
    if even < _EVEN or len(about.spans) > max(20, len(seconds) // 20):
        return Recognition(0.0, f"The rows of {name} do not come at even steps.")
    follows = float(np.median([_explained(values[k]) for k in features]))
    from core.modalities.series.stamps import span_words

    every = span_words(about.step) if about.kind == "time" else f"{about.step:g} of {about.time!r}"
    how = f"rows every {every}, {100 * follows:.0f} % of the next value is explained by the last"
    if follows < _FOLLOWS:
        return Recognition(0.3, f"It may be a series: {how}.")
    return Recognition(_SURE, f"It is a series: {how}.")


def _explained(x: np.ndarray) -> float:
    """The share of a value's variance that the value before explains."""
    known = np.isfinite(x[1:]) & np.isfinite(x[:-1])
    a, b = x[:-1][known], x[1:][known]
    if len(a) < 10 or not a.std() or not b.std():
        return 0.0
    return float(np.corrcoef(a, b)[0, 1] ** 2)
