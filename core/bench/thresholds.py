"""Benchmark of the conformal rule: the false-discovery rate that results when 10 % are asked for."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.bench import BENCHES, Result
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bench.harness.protocol import BenchmarkCase

Scores = NDArray[np.float64]
DETECTORS = "knn,isolation-forest"
RULES: dict[str, tuple[str, dict[str, Any]]] = {
    "": ("conformal", {}),
    "storey_": ("conformal", {"correction": "storey"}),
    "percentile_": ("percentile", {}),
    "contamination_": ("contamination", {"share": 0.1}),
}
"""By the beginning of their columns; the last two promise nothing about the flagged rows and stand there to compare."""
_COLUMNS = [f"{beginning}{what}" for beginning in RULES for what in ("fdr", "power")]
_TRIAL = 71
_ROWS, _DIMENSIONS = 4_000, 8


@BENCHES.register("thresholds")
def thresholds(
    *, data: str = "", sets: str = "", detectors: str = DETECTORS, trials: int = 200, fdr: float = 0.1, seed: int = 0
) -> Result:
    """The false-discovery rate realised by conformal thresholds, beside the one asked for, and what they find.

    Each detector is trained once on half of the normal rows of each set (``data`` is a folder of tables with a column
    ``label``; without one, rows are generated). In each of the ``trials`` half of the other normal rows, drawn at
    random, calibrate, and the rest is judged together with a ninth as many anomalies, so that a tenth of the judged
    rows are anomalous where the set has enough. ``realised_fdr`` is the mean share of false alarms among the flagged
    rows over all trials and sets, ``power`` the share of the anomalies that is flagged; ``highest`` is the set with
    the highest rate. Beside it stand Storey's correction, the 95th percentile of the calibration scores, and a
    contamination of 10 %, PyOD's default, which is the true share here wherever there are anomalies enough.
    """
    if trials < 2:
        raise ConfigError(f"There must be at least 2 trials. Got {trials}.")
    lines: list[dict[str, Any]] = []
    for name, detector, normal, anomalies in _cases(data, sets, detectors, seed):
        found = np.array([_trial(normal, anomalies, fdr, (seed, _TRIAL, trial)) for trial in range(trials)])
        lines.append({"set": name, "detector": detector, **_sizes(normal, anomalies), **_line(found)})
        print(f"{name}, {detector}", file=sys.stderr)
    pooled = {column: round(float(np.mean([line[column] for line in lines])), 4) for column in _COLUMNS}
    errors = np.array([line["standard_error"] for line in lines])
    worst = max(lines, key=lambda line: float(line["fdr"]))
    return {
        "fdr": fdr,
        "trials": trials,
        "realised_fdr": pooled["fdr"],
        "standard_error": round(float(np.sqrt((errors**2).sum()) / len(errors)), 5),
        "power": pooled["power"],
        "highest": {name: worst[name] for name in ("set", "detector", "fdr", "standard_error")},
        **{column: pooled[column] for column in _COLUMNS[2:]},
        "table": lines,
    }


def _cases(data: str, sets: str, detectors: str, seed: int) -> Iterator[tuple[str, str, Scores, Scores]]:
    """Scores of normal rows and of anomalies that a detector was not trained on, by set and detector."""
    from core.bench.harness.methods import method

    methods = [method(name.strip()) for name in detectors.split(",") if name.strip()]
    if not methods:
        raise ConfigError("There is no detector whose scores are judged. Say --detectors knn,isolation-forest")
    if data:
        from core.bench.harness.protocol import divided, labelled_sets, opened_set

        files, _ = labelled_sets(Path(data), sets)
        for name, file in files.items():
            with opened_set(file) as table, divided(table, "normals", seed) as case:
                for made in methods:
                    yield name, made.name, *_apart(case, made, seed)
        return
    with _generated(seed) as case:
        for made in methods:
            yield "generated", made.name, *_apart(case, made, seed)


def _apart(case: BenchmarkCase, made: Any, seed: int) -> tuple[Scores, Scores]:
    from core.runtime import threads

    with threads(1):
        scores = made.run(case, seed)
    labels = case.labels[case.judged]
    return scores[labels == 0], scores[labels == 1]


@contextmanager
def _generated(seed: int) -> Iterator[BenchmarkCase]:
    """A set in two groups, with anomalies between and around them."""
    import pandas as pd

    from core.bench.harness.protocol import LABEL, divided, opened_set

    rng = np.random.default_rng((seed, _TRIAL))
    mix = rng.normal(size=(2, _DIMENSIONS, _DIMENSIONS)) / np.sqrt(_DIMENSIONS)
    group = rng.integers(0, 2, _ROWS)
    normal = np.einsum("nij,nj->ni", mix[group], rng.normal(size=(_ROWS, _DIMENSIONS))) + 3.0 * group[:, None]
    odd = rng.normal(1.5, 2.5, size=(_ROWS // 10, _DIMENSIONS))
    frame = pd.DataFrame(np.concatenate([normal, odd])).rename(columns=lambda i: f"x{i}")
    frame[LABEL] = np.repeat([0, 1], [len(normal), len(odd)])
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        file = Path(folder) / "generated.parquet"
        frame.to_parquet(file)
        with opened_set(file) as table, divided(table, "normals", seed) as case:
            yield case


def _trial(normal: Scores, anomalies: Scores, fdr: float, seed: tuple[int, ...]) -> list[tuple[float, float]]:
    """For each rule the share of false alarms among the flagged rows, and the share of the anomalies flagged."""
    from core.thresholds import Evidence, make_rule
    from core.thresholds.sample import SortedScores

    rng = np.random.default_rng(seed)
    drawn, odd = rng.permutation(normal), rng.permutation(anomalies)
    calibration, judged = np.split(drawn, [drawn.size // 2])
    odd = odd[: max(1, judged.size // 9)]
    evidence = Evidence(
        {"normal": SortedScores.of(calibration)}, {"normal": SortedScores.of(judged), "anomaly": SortedScores.of(odd)}
    )
    found = []
    for name, settings in RULES.values():
        threshold = make_rule(name, {**settings, **({"fdr": fdr} if name == "conformal" else {})}).apply(evidence)
        caught, alarms = int((odd > threshold).sum()), int((judged > threshold).sum())
        found.append((alarms / max(1, caught + alarms), caught / odd.size))
    return found


def _sizes(normal: Scores, anomalies: Scores) -> dict[str, int]:
    judged = normal.size - normal.size // 2
    return {
        "calibration": normal.size // 2,
        "normal": judged,
        "anomalies": min(anomalies.size, max(1, judged // 9)),
    }


def _line(rates: NDArray[np.float64]) -> dict[str, float]:
    """Means over the trials, shape (trials, rules, 2), and the standard error of the conformal rule's."""
    means = np.round(rates.mean(axis=0).ravel(), 4)
    line = dict(zip(_COLUMNS, means.tolist(), strict=True))
    error = rates[:, 0, 0].std(ddof=1) / np.sqrt(len(rates))
    return {"fdr": line["fdr"], "standard_error": round(float(error), 5)} | line
