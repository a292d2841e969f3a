"""Five weeks of a web server, every five minutes: daily and weekly rhythm, and five kinds of labelled faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.modalities.tabular.examples import EXAMPLES, ExampleTable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_PER_DAY = 288
_DAYS = 35
_ROWS = _PER_DAY * _DAYS
_FAULTS = ("memory leak", "traffic spike", "slow database", "crash loop", "stuck process")
_EACH = 3
"""Occurrences of each fault."""


def make(seed: int = 0) -> pd.DataFrame:
    """The metrics in the order of time."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    time = pd.date_range("2026-01-05", periods=_ROWS, freq="5min")
    metrics, fault = _healthy(rng, np.arange(_ROWS)), np.full(_ROWS, "none", dtype=object)
    for kind, start, length in _schedule(rng):
        _break(metrics, kind, slice(start, start + length), length, rng)
        fault[start : start + length] = kind
    requests = np.maximum(metrics["requests"], 0.0)
    return pd.DataFrame(
        {
            "time": time.as_unit("us"),
            "cpu_percent": np.clip(metrics["cpu"], 0.5, 100.0).round(2),
            "memory_percent": np.clip(metrics["memory"], 5.0, 99.5).round(2),
            "latency_ms": np.maximum(metrics["latency"], 1.0).round(2),
            "requests_per_second": requests.round(2),
            "errors_per_minute": rng.poisson(np.maximum(metrics["errors"], 0.0)).astype("int64"),
            "disk_queue": np.maximum(metrics["disk"], 0.0).round(3),
            "fault": pd.array(fault, dtype="str"),
        }
    )


def _healthy(rng: np.random.Generator, step: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    import numpy as np

    hour = step / (_PER_DAY / 24) % 24
    weekend = (step // _PER_DAY) % 7 >= 5
    # Busy from morning to evening with a dip at lunch, quieter at weekends.
    day = np.exp(-((hour - 11) ** 2) / 14) + 0.9 * np.exp(-((hour - 17.5) ** 2) / 18) + 0.12
    requests = 220 * day * np.where(weekend, 0.55, 1.0) * np.exp(_drift(rng, 0.995, 0.012)) * rng.normal(1, 0.03, _ROWS)
    cpu = 6 + 0.19 * requests + rng.normal(0, 1.2, _ROWS)
    # The nightly backup at two keeps the disk busy.
    backup = np.exp(-((hour - 2.2) ** 2) / 0.15)
    return {
        "requests": requests,
        "cpu": cpu + 9 * backup,
        "memory": 42 + 0.05 * requests + 6 * _drift(rng, 0.998, 0.05) + rng.normal(0, 0.4, _ROWS),
        "latency": 24 * np.exp(0.012 * np.maximum(cpu - 35, 0)) * rng.lognormal(0, 0.09, _ROWS) + 14 * backup,
        "errors": 0.25 + 0.002 * requests,
        "disk": 0.3 + 0.002 * requests + 3.5 * backup + rng.gamma(2, 0.05, _ROWS),
    }


def _drift(rng: np.random.Generator, memory: float, noise: float) -> NDArray[np.float64]:
    """A slow random walk that is pulled back to zero."""
    import numpy as np
    from scipy.signal import lfilter

    return np.asarray(lfilter([1.0], [1.0, -memory], rng.normal(0, noise, _ROWS)), dtype=np.float64)


def _schedule(rng: np.random.Generator) -> list[tuple[str, int, int]]:
    """Fault, start and length of each occurrence, in different days after the first week."""
    days = rng.permutation(range(7, _DAYS - 1))[: _EACH * len(_FAULTS)]
    faults = []
    for place, day in enumerate(sorted(days)):
        length = int(rng.integers(8, 28))
        start = int(day) * _PER_DAY + int(rng.integers(0, _PER_DAY - 40))
        faults.append((_FAULTS[place % len(_FAULTS)], start, length))
    return faults


def _break(
    metrics: dict[str, NDArray[np.float64]], kind: str, when: slice, length: int, rng: np.random.Generator
) -> None:
    """Change the metrics as the fault would; some show in one of them, some only in how they go together."""
    import numpy as np

    ramp = np.linspace(0.1, 1.0, length)
    if kind == "memory leak":
        metrics["memory"][when] += 38 * ramp
        metrics["latency"][when] *= 1 + 0.8 * ramp**2
    elif kind == "traffic spike":
        metrics["requests"][when] = metrics["requests"][when] * 1.6 + 160 * rng.uniform(0.7, 1.3, length)
        metrics["cpu"][when] += 38 * rng.uniform(0.8, 1.2, length)
        metrics["latency"][when] *= rng.uniform(1.5, 2.5, length)
    elif kind == "slow database":
        metrics["latency"][when] *= rng.uniform(3, 7, length)
        metrics["cpu"][when] *= 0.7
        metrics["errors"][when] += rng.uniform(0.5, 3.0, length)
    elif kind == "crash loop":
        down = rng.random(length) < 0.5
        metrics["requests"][when] *= np.where(down, 0.05, 0.8)
        metrics["memory"][when] = np.where(down, 14, 30) + rng.normal(0, 2, length)
        metrics["errors"][when] += np.where(down, 25, 6)
    else:
        # A stuck process: the processor is busy while nobody asks for anything.
        metrics["cpu"][when] += 30 * rng.uniform(0.9, 1.1, length)
        metrics["disk"][when] *= rng.uniform(0.3, 0.6, length)


EXAMPLES.register("server_metrics")(
    ExampleTable(
        title="Server metrics",
        description="Five weeks of a web server, every five minutes: fifteen faults of five kinds in a daily rhythm.",
        size=_ROWS,
        label="fault",
        normal=("none",),
        source="generated",
        make=make,
        order=10,
    )
)
