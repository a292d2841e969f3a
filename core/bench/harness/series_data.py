"""Labelled series for the benchmark: a folder of Parquet files, NAB's layout, or both, each divided in time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

    from core.index.schema import Schema
    from core.modalities.series.ingesting import Written
    from core.modalities.series.samples import SeriesSamples

WINDOWS_FILE = "anomaly_windows.json"
TRAIN, MOST_TRAIN = 0.15, 750
"""Of a series of NAB so much trains, as its probationary period has it: 15 %, of the first 5,000 moments at most."""


@dataclass(frozen=True)
class LabelledSeries:
    """One series with labels, and where it is divided."""

    name: str
    family: str
    """The first word of its name; "nab" for NAB's."""
    stamps: NDArray[np.generic]
    channels: pd.DataFrame
    labels: NDArray[np.int8]
    train: int
    """So many moments train; the others are judged."""

    @property
    def judged(self) -> NDArray[np.int8]:
        """The labels of the judged moments."""
        return self.labels[self.train :]

    def frame(self) -> pd.DataFrame:
        """The series as a file of it has it, with the column of parts."""
        frame = self.channels.copy()
        frame.insert(0, "t", self.stamps)
        frame["split"] = np.where(np.arange(len(frame)) < self.train, "train", "test")
        return frame

    def samples(self, folder: Path) -> SeriesSamples:
        """The series as the product opens it, written into an empty folder."""
        from core.modalities.series.ingesting import Written
        from core.modalities.series.samples import SeriesSamples, opened

        data, frame = folder / "data.parquet", self.frame()
        # Moments are judged as they are: none is merged with another, moved or left out.
        ordered = not frame["t"].isna().any() and frame["t"].is_monotonic_increasing
        frame.to_parquet(data, index=False)
        time = "t" if ordered else "none"
        written = Written(data, folder, time=time, group="none", duplicates="keep", gaps="keep")
        values, seconds = opened(folder)
        return SeriesSamples(written.table, self._schema(written), written.about, values, seconds)

    def _schema(self, written: Written) -> Schema:
        """Every channel that varies is one, whatever its name suggests."""
        channels = [c for c in self.channels.columns if self.channels[c].nunique() > 1] or [*self.channels.columns]
        roles = {"t": "time", "split": "split"} | dict.fromkeys(map(str, channels), "feature")
        columns = (replace(c, role=roles.get(c.name, "ignored")) for c in written.schema.columns)
        return replace(written.schema, columns=tuple(columns), label_values={})


def labelled_series(folder: Path) -> list[LabelledSeries]:
    """The labelled series of a folder in which both kinds of moments are judged.

    Raises
    ------
    ConfigError
        When there is no such folder, or no labelled series in it.
    """
    if not folder.is_dir():
        raise ConfigError(f"The data must be a folder of series. There is none at {str(folder)!r}. Say --data DIR.")
    found = [_parquet(file) for file in sorted(folder.rglob("*.parquet"))]
    for windows in sorted(folder.rglob(WINDOWS_FILE)):
        found += _nab(windows)
    judged = [one for one in found if one is not None and 0 < one.judged.sum() < len(one.judged)]
    if not judged:
        raise ConfigError(
            f"No series in {str(folder)!r} has labels of both kinds to judge by. A Parquet file needs columns label "
            f"and split (train, test); NAB's layout needs {WINDOWS_FILE}."
        )
    return judged


def nab_series(folder: Path) -> list[tuple[str, LabelledSeries, list[tuple[int, int]]]]:
    """Every file of NAB's layout, those without an anomaly too, with its windows as first and last moments."""
    found = []
    for windows in sorted(folder.rglob(WINDOWS_FILE)):
        for name, spans in json.loads(windows.read_text(encoding="utf-8")).items():
            if (windows.parent / name).exists():
                found.append((name, *_nab_file(windows.parent / name, spans)))
    return found


def _parquet(file: Path) -> LabelledSeries | None:
    import pandas as pd

    frame = pd.read_parquet(file)
    if not {"label", "split"} <= set(frame.columns):
        return None
    stamps = frame["t"].to_numpy() if "t" in frame.columns else np.arange(len(frame))
    split = frame["split"].astype(str)
    # The training part first: what is judged comes after it, as a file of another kind may not have it.
    order = np.concatenate([np.flatnonzero(split == "train"), np.flatnonzero(split == "test")])
    train = int((split == "train").sum())
    channels = frame.drop(columns=[c for c in ("t", "label", "split") if c in frame.columns])
    channels = channels.select_dtypes(["number", "bool"]).iloc[order].reset_index(drop=True)
    labels = (frame["label"].fillna(0).to_numpy()[order] > 0).astype(np.int8)
    family = re.split(r"[_\-. ]", file.stem)[0].lower()
    return LabelledSeries(file.stem, family, stamps[order], channels, labels, train)


def _nab(windows: Path) -> list[LabelledSeries | None]:
    spans = json.loads(windows.read_text(encoding="utf-8"))
    return [_nab_file(windows.parent / n, s)[0] for n, s in spans.items() if s and (windows.parent / n).exists()]


def _nab_file(file: Path, windows: list[list[str]]) -> tuple[LabelledSeries, list[tuple[int, int]]]:
    import pandas as pd

    frame = pd.read_csv(file)
    stamps = pd.to_datetime(frame["timestamp"])
    labels, places = np.zeros(len(frame), dtype=np.int8), []
    for first, last in windows:
        inside = np.flatnonzero((stamps >= pd.Timestamp(first)) & (stamps <= pd.Timestamp(last)))
        if len(inside):
            labels[inside] = 1
            places.append((int(inside[0]), int(inside[-1])))
    train = min(int(TRAIN * len(frame)), MOST_TRAIN)
    named = f"nab_{file.stem}"
    series = LabelledSeries(named, "nab", stamps.to_numpy(), frame[["value"]].astype(float), labels, train)
    return series, places
