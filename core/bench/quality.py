"""How well each method detects anomalies, on a folder of labelled sets; resumes where it stopped.

Every cell (a set, a seed, a method) is written down once it is measured, in a file of JSON lines under the workspace's
cache. It is measured again when the data, the method's settings or the code that it runs have changed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.bench import BENCHES, Result
from core.errors import ConfigError

METHODS = "knn,isolation-forest,lof,pyod-autoencoder,dense,Dual,Recommended"
REFERENCE = "knn"


@BENCHES.register("quality")
def quality(
    *,
    data: str = "",
    sets: str = "",
    methods: str = METHODS,
    seeds: int = 3,
    setting: str = "normals",
    fresh: bool = False,
) -> Result:
    """AUROC and average precision of each method on labelled sets: half of the normal rows train, the rest is judged.

    ``data`` is a folder of tables with a column ``label``; of ``sets`` and ``methods`` several are named with commas
    between. A method is a baseline, ``pyod-autoencoder``, a preset, or a model with its own defaults. With the setting
    ``contaminated`` everything trains, anomalies included. ``fresh`` measures again what was measured before. The rank
    is that of a set's mean AUROC (or average precision) among the methods, averaged over the sets; wins are sets with
    a higher AUROC than kNN, and p is Wilcoxon's signed-rank test over the sets. The standard error is that of the mean
    over seeds, each of which draws other rows: of two means apart by less, neither is higher. Seconds are a
    processor's, training and scoring, averaged over the cells.
    """
    from core.bench.harness.protocol import SETTINGS, labelled_sets

    if setting not in SETTINGS:
        raise ConfigError(f"The setting must be one of {', '.join(SETTINGS)}. Got {setting!r}.")
    if not data:
        raise ConfigError("The benchmark needs a folder of labelled tables. Say --data DIR.")
    if seeds < 1:
        raise ConfigError(f"There must be at least 1 seed. Got {seeds}.")
    files, left_out = labelled_sets(Path(data), sets)
    chosen, missing = _methods(methods)
    finished = Finished(_cache())
    if fresh:
        finished.forget()
    cells = list(_cells(files, chosen, seeds, setting, finished))
    return {
        "setting": setting,
        "sets": len(files),
        "seeds": seeds,
        "left_out": [f"{name}: {why}" for name, why in (left_out | missing).items()] or None,
        "cells": str(finished.path),
        "table": _table(cells, list(chosen)),
    }


class Finished:
    """The cells that are measured already, one JSON object a line.

    Parameters
    ----------
    path
        The file; made when the first cell is added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cells: dict[str, dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                # A process that was killed may have left half a line; a whole one ends so, and holds no other object.
                if line.endswith("}"):
                    cell = json.loads(line)
                    self._cells[cell["key"]] = cell

    def get(self, key: str) -> dict[str, Any] | None:
        """The cell of that key, if it was measured."""
        return self._cells.get(key)

    def add(self, cell: dict[str, Any]) -> dict[str, Any]:
        """Write a cell down."""
        self._cells[cell["key"]] = cell
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            # The line's end comes first, so that a half line before stays alone.
            file.write("\n" + json.dumps(cell))
        return cell

    def forget(self) -> None:
        """Start over."""
        self._cells.clear()
        self.path.unlink(missing_ok=True)


def _cache() -> Path:
    from core.settings import settings

    return settings().home / "cache" / "quality.jsonl"


def _methods(names: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The methods by name, and of those that cannot run why."""
    from core.bench.harness.methods import method

    found, missing = {}, {}
    for name in dict.fromkeys(name.strip() for name in names.split(",") if name.strip()):
        try:
            made = method(name)
            found[made.name] = made
        except ImportError as error:
            missing[name] = f"It needs a library that is not here ({error}). pip install 'anomalens[bench]'"
    if not found:
        raise ConfigError("There is no method to measure. Say --methods knn,Recommended")
    return found, missing


def _cells(
    files: dict[str, Path], methods: dict[str, Any], seeds: int, setting: str, finished: Finished
) -> Iterator[dict[str, Any]]:
    from core.bench.harness.protocol import content, divided, opened_set

    for name, file in files.items():
        data = content(file)
        keys = {
            (seed, method): f"{setting}/{name}/{data}/{seed}/{method}/{made.version}"
            for seed in range(seeds)
            for method, made in methods.items()
        }
        missing = {place: key for place, key in keys.items() if finished.get(key) is None}
        if missing:
            with opened_set(file) as table:
                for seed in sorted({seed for seed, _ in missing}):
                    with divided(table, setting, seed) as case:
                        for method in (method for s, method in missing if s == seed):
                            cell = {"key": keys[seed, method], "set": name, "seed": seed, "method": method}
                            finished.add(cell | _measured(case, methods[method], seed))
                            print(f"{name}, seed {seed}: {method}", file=sys.stderr)
        for key in keys.values():
            cell_or_none = finished.get(key)
            assert cell_or_none is not None
            yield cell_or_none


def _measured(case: Any, method: Any, seed: int) -> dict[str, Any]:
    from core.metrics.evaluation import auroc, average_precision
    from core.runtime import threads

    start = time.process_time()
    with threads(1):
        scores = method.run(case, seed)
    seconds = time.process_time() - start
    labels = case.labels[case.judged]
    return {
        "auroc": auroc(labels, scores),
        "average_precision": average_precision(labels, scores),
        "seconds": round(seconds, 3),
        "train": len(case.train),
        "judged": len(case.judged),
    }


def _table(cells: list[dict[str, Any]], methods: list[str]) -> list[dict[str, Any]]:
    """A line per method, the best AUROC first."""
    sets = list(dict.fromkeys(cell["set"] for cell in cells))
    means = {key: _means(cells, methods, sets, key) for key in ("auroc", "average_precision", "seconds")}
    ranks = {key: _ranks(means[key]) for key in ("auroc", "average_precision")}
    errors = {key: _standard_errors(cells, methods, key) for key in ("auroc", "average_precision")}
    reference = means["auroc"][methods.index(REFERENCE)] if REFERENCE in methods else None
    lines = []
    for m, name in enumerate(methods):
        wins, p = (None, None) if reference is None or name == REFERENCE else _against(means["auroc"][m], reference)
        lines.append(
            {
                "method": name,
                "auroc": round(float(means["auroc"][m].mean()), 4),
                "auroc_se": errors["auroc"][m],
                "average_precision": round(float(means["average_precision"][m].mean()), 4),
                "average_precision_se": errors["average_precision"][m],
                "rank": round(float(ranks["auroc"][m]), 2),
                "rank_ap": round(float(ranks["average_precision"][m]), 2),
                "wins": wins,
                "p": p,
                "seconds": round(float(means["seconds"][m].mean()), 2),
            }
        )
    return sorted(lines, key=lambda line: -line["auroc"])


def _means(cells: list[dict[str, Any]], methods: list[str], sets: list[str], key: str) -> np.ndarray:
    """The mean over the seeds, shape (methods, sets)."""
    values: dict[tuple[str, str], list[float]] = {}
    for cell in cells:
        values.setdefault((cell["method"], cell["set"]), []).append(cell[key])
    return np.array([[np.mean(values[m, s]) for s in sets] for m in methods])


def _standard_errors(cells: list[dict[str, Any]], methods: list[str], key: str) -> list[float | None]:
    """Of each method's mean, from how the means over the sets differ from seed to seed; None for a single seed."""
    seeds = sorted({cell["seed"] for cell in cells})
    if len(seeds) < 2:
        return [None] * len(methods)
    drawn = [
        [np.mean([cell[key] for cell in cells if (cell["method"], cell["seed"]) == (m, seed)]) for seed in seeds]
        for m in methods
    ]
    return [round(float(value), 4) for value in np.std(drawn, axis=1, ddof=1) / len(seeds) ** 0.5]


def _ranks(means: np.ndarray) -> np.ndarray:
    """The mean rank of each method over the sets, 1 is best and ties share theirs."""
    from scipy.stats import rankdata

    ranks: np.ndarray = rankdata(-means.round(6), axis=0).mean(axis=1)
    return ranks


def _against(means: np.ndarray, reference: np.ndarray) -> tuple[int, float | None]:
    """Sets on which a method is better than the reference, and the p of Wilcoxon's signed-rank test."""
    from scipy.stats import wilcoxon

    apart = (means - reference).round(6)
    p = float(wilcoxon(apart).pvalue) if np.count_nonzero(apart) else None
    return int((apart > 0).sum()), None if p is None else float(f"{p:.2g}")
