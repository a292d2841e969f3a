"""NAB's own score, causal, over a folder of its layout; every file is scored as it would be while it comes in."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.bench import BENCHES, Result
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bench.harness.series_data import LabelledSeries

Floats = NDArray[np.float64]
_QUIET, _LEAST_QUIET = 20, 50
"""An alarm is a new maximum over the last twentieth of a file, and over so many moments at least."""


@BENCHES.register("series-nab")
def series_nab(*, data: str = "", seed: int = 0) -> Result:
    """NAB's standard, low-false-positive and low-false-negative score, causal: the recommended recipe and rivals.

    ``data`` is a folder of NAB's layout. The recipe trains on each file's probationary part. A score at a moment is the
    sum of -log10(1 - rank) of the recipe and of the first differences, ranks among all moments up to it, where that is
    a new maximum over the last twentieth of the file's length, and 0 elsewhere. How they are joined was settled on NAB.
    """
    from core.bench.harness.series_data import nab_series
    from core.metrics.nab import NabFile, nab_scores

    files = nab_series(Path(data)) if data else []
    if not files:
        raise ConfigError("The benchmark needs a folder of NAB's layout, with anomaly_windows.json. Say --data DIR.")
    found: dict[str, list[NabFile]] = {}
    for name, series, windows in files:
        raw = _scores(series, seed)
        parts = {key: _rarity(raw[key]) for key in ("recipe", "differences")}
        joined = {"random": raw["random"], **{key: _alarms(part) for key, part in parts.items()}}
        joined["recommended"] = _alarms(parts["recipe"] + parts["differences"])
        for method, scores in joined.items():
            found.setdefault(method, []).append(NabFile(scores, windows))
        print(name, file=sys.stderr)
    table = [
        {"method": method, **{profile: round(value, 1) for profile, value in nab_scores(scored).items()}}
        for method, scored in found.items()
    ]
    return {"files": len(files), "seed": seed, "table": table, "methods": {str(line["method"]): line for line in table}}


def _scores(series: LabelledSeries, seed: int) -> dict[str, Floats]:
    from core.detector.experiment import Experiment
    from core.presets import PRESETS
    from core.recipe import SplitConfig
    from core.runtime import threads

    recipe = PRESETS["Recommended (series)"].recipe.with_set({"encoding.pooling": "causal"})
    split = SplitConfig(kind="column", column="split", validation=0.0, train_on="all")
    recipe = replace(recipe, split=split, seed=seed, device="cpu")
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder, threads(1):
        experiment = Experiment(series.samples(Path(folder)), recipe)
        for _ in experiment.run():
            pass
    assert experiment.scores is not None
    x = series.channels["value"].to_numpy(np.float64)
    steps = np.abs(np.diff(x, prepend=x[:1]))
    return {
        "recipe": experiment.scores.score,
        "differences": steps,
        "random": np.random.default_rng([seed, len(x)]).random(len(x)),
    }


def _rarity(scores: Floats) -> Floats:
    """-log10 of the share of moments so far that score at least as high."""
    from bisect import bisect_left, insort

    seen: list[float] = []
    found = np.empty(len(scores))
    for k, value in enumerate(scores.tolist()):
        above = len(seen) - bisect_left(seen, value)
        found[k] = -np.log10((above + 1) / (len(seen) + 1))
        insort(seen, value)
    return found


def _alarms(scores: Floats) -> Floats:
    """Scores where they are new maxima over the last moments, 0 elsewhere."""
    from numpy.lib.stride_tricks import sliding_window_view

    length = max(_LEAST_QUIET, len(scores) // _QUIET)
    before = sliding_window_view(np.concatenate([np.full(length, -np.inf), scores[:-1]]), length).max(axis=1)
    return np.where(scores > before, scores, 0.0)
