"""How well each method finds anomalies in series, on a folder of labelled ones; resumes where it stopped."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.bench import BENCHES, Result
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bench.harness.series_data import LabelledSeries
    from core.recipe import Recipe

DEFAULT = "Recommended (series)"
METHODS = (
    f"random,differences,moving-variance,spectral-residual,matrix-profile,sub-pca,isolation-forest,whitened-pca,knn,"
    f"{DEFAULT}"
)
LONGEST = 100
"""The widest edge of an anomaly is a period of the series, and no more moments than this."""
_MEASURES = ("vus_pr", "vus_roc", "range_auc_pr", "average_precision", "auroc", "event_precision", "event_recall")
_CORE = Path(__file__).parents[1]
_CODE = ("modalities/series", "models/_windows.py", "models/dense_windows.py", "scores", "scoring", "training")


@BENCHES.register("series")
def series(*, data: str = "", methods: str = METHODS, families: str = "", seed: int = 0, fresh: bool = False) -> Result:
    """VUS-PR and other measures of each method on labelled series: the training part trains, the rest is judged.

    ``data`` is a folder of Parquet files (t, channels, label, split: train or test), of NAB's layout, or both. Nothing
    trains on labels. A method is a rival or a preset of series; all settings are fixed in advance. A family is the
    first word of a file's name; each number is the mean of the families' means: a family of many counts once.
    Equal scores are broken at random. By event, the threshold is the 99.5th percentile of training scores.
    """
    from core.bench.harness.series_data import labelled_series
    from core.bench.quality import Finished
    from core.settings import settings

    if not data:
        raise ConfigError("The benchmark needs a folder of labelled series. Say --data DIR.")
    chosen = [name.strip() for name in methods.split(",") if name.strip()]
    wanted = {name.strip() for name in families.split(",") if name.strip()}
    found = [one for one in labelled_series(Path(data)) if not wanted or one.family in wanted]
    if not found:
        raise ConfigError(
            f"There is no series of the families {families}. Leave the option out to see which there are."
        )
    finished = Finished(settings().home / "cache" / "series.jsonl")
    if fresh:
        finished.forget()
    cells, missing = [], {}
    for one in found:
        with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
            case = _Case(one, Path(folder), seed)
            for name in list(chosen):
                key = f"{one.name}/{_content(one)}/{seed}/{name}/{_version(name)}"
                cell = finished.get(key)
                if cell is None:
                    try:
                        cell = finished.add(
                            {"key": key, "series": one.name, "family": one.family, "method": name} | case.measured(name)
                        )
                    except ImportError as error:
                        missing[name] = f"{name}: It needs a library that is not here ({error})."
                        chosen.remove(name)
                        continue
                    print(f"{one.name}: {name} {cell['vus_pr']:.3f}", file=sys.stderr)
                cells.append(cell)
    lines = {name: _line(name, [cell for cell in cells if cell["method"] == name]) for name in chosen}
    judged = lines.get(DEFAULT) or lines[chosen[-1]]
    return {
        "series": len(found),
        "families": len({one.family for one in found}),
        "seed": seed,
        "left_out": list(missing.values()) or None,
        "cells": str(finished.path),
        "table": sorted(lines.values(), key=lambda line: -line["vus_pr"]),
        "by_family": _by_family(chosen, cells),
        "vus_pr": judged["vus_pr"],
        "vus_pr_mean": judged["vus_pr_mean"],
        "methods": {name: {k: v for k, v in line.items() if k != "method"} for name, line in lines.items()},
    }


@dataclass
class _Case:
    """One series, opened when the first method needs it."""

    series: LabelledSeries
    folder: Path
    seed: int
    _opened: Any = None

    def measured(self, name: str) -> dict[str, Any]:
        """What a method comes to on it."""
        from core.metrics.evaluation import auroc, average_precision
        from core.metrics.labelled_events import event_scores
        from core.metrics.ranges import range_auc, untied, vus
        from core.runtime import threads

        self._open()
        start = time.process_time()
        with threads(1):
            scores = self._scores(name)
        seconds = time.process_time() - start
        labels, train = self.series.judged, self.series.train
        judged = untied(scores[train:], self.seed)
        volume, area = vus(labels, judged, self.edge), range_auc(labels, judged, self.edge)
        events = event_scores(labels, scores[train:] > np.quantile(scores[:train], 0.995))
        return {
            "vus_pr": volume.pr,
            "vus_roc": volume.roc,
            "range_auc_pr": area.pr,
            "average_precision": average_precision(labels, judged),
            "auroc": auroc(labels, judged),
            "event_precision": events.precision or 0.0,
            "event_recall": events.recall or 0.0,
            "event_delay": events.delay,
            "seconds": round(seconds, 3),
            "window": self.encoder.window,
        }

    def _open(self) -> None:
        if self._opened is None:
            from core.modalities.series.config import SeriesConfig
            from core.modalities.series.encoder import SeriesEncoder

            self._opened = self.series.samples(self.folder)
            channels = self._opened.channels
            self.encoder = SeriesEncoder(SeriesConfig(), channels).fit(self._opened, np.arange(self.series.train))
            self.edge = min(LONGEST, self.encoder.period or LONGEST)

    def _scores(self, name: str) -> NDArray[np.float64]:
        from core.bench.harness.series_rivals import RIVALS, RivalCase

        if name in RIVALS:
            spans = self._opened.spans.tolist()
            x = np.nan_to_num(np.concatenate([self.encoder.encoded(self._opened, a, b) for a, b in spans]))
            return RIVALS[name](RivalCase(x, self.encoder.main, self.series.train, self.encoder.window, self.seed))
        return _trained(self._opened, _recipe(name), self.seed)


def _trained(samples: Any, recipe: Recipe, seed: int) -> NDArray[np.float64]:
    """The scores of all moments by a preset that trains on the whole training part."""
    from core.detector.experiment import Experiment
    from core.recipe import SplitConfig

    split = SplitConfig(kind="column", column="split", validation=0.0, train_on="all")
    experiment = Experiment(samples, replace(recipe, split=split, seed=seed, device="cpu"))
    for _ in experiment.run():
        pass
    assert experiment.scores is not None
    return experiment.scores.score


def _recipe(name: str) -> Recipe:
    from core.presets import PRESETS

    return PRESETS[name].recipe


def _line(name: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A method's means of families' means, and the plain mean of VUS-PR over the series."""
    line: dict[str, Any] = {"method": name}
    for measure in _MEASURES:
        families: dict[str, list[float]] = {}
        for cell in cells:
            families.setdefault(cell["family"], []).append(cell[measure])
        line[measure] = round(float(np.mean([np.mean(values) for values in families.values()])), 4)
        if measure == "vus_pr":
            line["vus_pr_mean"] = round(float(np.mean([cell[measure] for cell in cells])), 4)
    delays = [cell["event_delay"] for cell in cells if cell["event_delay"] is not None]
    line["event_delay"] = float(np.median(delays)) if delays else None
    line["seconds"] = round(float(np.mean([cell["seconds"] for cell in cells])), 2)
    return line


def _by_family(methods: list[str], cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """VUS-PR of each method in each family."""
    families = sorted({cell["family"] for cell in cells})
    lines = []
    for name in methods:
        line: dict[str, Any] = {"VUS-PR": name}
        for family in families:
            own = [c["vus_pr"] for c in cells if c["method"] == name and c["family"] == family]
            line[family] = round(float(np.mean(own)), 3)
        lines.append(line)
    return lines


def _content(one: LabelledSeries) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(one.channels.to_numpy(np.float64)).tobytes())
    digest.update(one.labels.tobytes() + str(one.train).encode())
    return digest.hexdigest()[:12]


def _version(name: str) -> str:
    """Changes with a method's settings and with the code that it runs."""
    from core.bench.harness.series_rivals import RIVALS

    files = [_CORE / "bench/harness/series_rivals.py", _CORE / "modalities/series/windows.py"]
    settings = ""
    if name not in RIVALS:
        settings = json.dumps(_recipe(name).to_dict(), sort_keys=True)
        files = [
            f
            for part in _CODE
            for f in ([_CORE / part] if part.endswith(".py") else sorted((_CORE / part).rglob("*.py")))
        ]
    digest = hashlib.sha256(settings.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
