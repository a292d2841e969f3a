"""The detection protocol: which rows of a labelled set train and which are judged, as a small table of their own.

As ADBench has it for semi-supervised detection: half of the normal rows train, at most 4,000; the rest is judged, at
most 8,000. In the contaminated setting at most 12,000 rows train, anomalies among them, and the same rows are judged.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, DataError
from core.index.labels import read_labels
from core.recipe import SplitConfig
from core.runtime import derive_seed

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.index.table import Table

SETTINGS = ("normals", "contaminated")
LABEL = "label"
PART = "anomalens_part"
TRAIN, JUDGED = 4_000, 8_000
_DRAW = 41


@dataclass(frozen=True)
class BenchmarkCase:
    """One set, divided by one seed."""

    table: Table
    schema: Schema
    labels: NDArray[np.int8]
    train: NDArray[np.int64]
    judged: NDArray[np.int64]
    setting: str

    def split(self, validation: float) -> SplitConfig:
        """The product's own split that gives these rows."""
        if self.setting == "normals":
            return SplitConfig(kind="column", column=PART, validation=validation)
        # Without a test part every labelled row is judged.
        return SplitConfig(kind="random", test=0.0, validation=validation, train_on="all")


def labelled_sets(folder: Path, chosen: str) -> tuple[dict[str, Path], dict[str, str]]:
    """The files of a folder that hold a labelled set, by name, and of the others why they are left out.

    Raises
    ------
    ConfigError
        When there is no such folder, no labelled set in it, or none of a chosen name.
    """
    from core.readers import preview, readable_endings

    if not folder.is_dir():
        raise ConfigError(f"The data must be a folder of tables. There is none at {str(folder)!r}. Say --data DIR.")
    files = {f.name.partition(".")[0]: f for f in sorted(folder.iterdir()) if f.suffix.lower() in readable_endings()}
    wanted = [name.strip() for name in chosen.split(",") if name.strip()]
    for name in wanted:
        if name not in files:
            raise ConfigError(f"There is no set called {name!r} in {str(folder)!r}. It holds {', '.join(files)}.")
    sets, left_out = {}, {}
    for name in wanted or files:
        try:
            columns = preview(files[name], 1)[0].columns
        except DataError as error:
            left_out[name] = str(error)
            continue
        if LABEL in columns:
            sets[name] = files[name]
        else:
            left_out[name] = f"It has no column called {LABEL!r}."
    if not sets:
        raise ConfigError(
            f"No table in {str(folder)!r} has a column called {LABEL!r}, so there is nothing to judge by."
        )
    return sets, left_out


def content(file: Path) -> str:
    """A short name for what is in a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


@contextmanager
def opened_set(file: Path) -> Iterator[Table]:
    """A file as the product reads it."""
    from core.index.table import Table
    from core.readers import read_table

    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        out = Path(folder) / "set.parquet"
        read_table(file, out)
        yield Table(out)


@contextmanager
def divided(table: Table, setting: str, seed: int, label: str = LABEL) -> Iterator[BenchmarkCase]:
    """The rows of a set that train and are judged with a seed, as a table of their own; ``label`` is its label."""
    from core.index.schema import infer_schema
    from core.index.table import Table

    labels = read_labels(table, infer_schema(table).with_label(label))
    train, judged = _drawn(labels, setting, seed)
    rows = np.union1d(train, judged)
    frame = table.frame(rows=rows)
    frame[PART] = np.where(np.isin(rows, train), "train", "test")
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        path = Path(folder) / "case.parquet"
        frame.to_parquet(path, index=False)
        own = Table(path)
        schema = infer_schema(own).with_label(label).with_column(PART, role="split")
        yield BenchmarkCase(
            own, schema, read_labels(own, schema), np.searchsorted(rows, train), np.searchsorted(rows, judged), setting
        )


def _drawn(labels: NDArray[np.int8], setting: str, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ascending row numbers that train and that are judged."""
    rng = np.random.default_rng(derive_seed(seed, _DRAW))
    known = np.flatnonzero(labels >= 0)
    if setting == "contaminated":
        rows = np.sort(rng.permutation(known)[: TRAIN + JUDGED])
        return rows, rows
    normal = rng.permutation(np.flatnonzero(labels == 0))
    train = normal[: min(TRAIN, len(normal) // 2)]
    rest = rng.permutation(np.setdiff1d(known, train, assume_unique=True))
    return np.sort(train), np.sort(rest[:JUDGED])
