"""Two minutes of a generated heart, 100 moments a second: ordinary beats, and a few that come early and wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities.series.examples import EXAMPLES, ExampleSeries

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_RATE, _SECONDS = 100, 120
_WAVES = ((-0.20, 0.025, 0.15), (-0.03, 0.010, -0.12), (0.0, 0.012, 1.0), (0.03, 0.010, -0.22), (0.28, 0.045, 0.30))
"""Of a beat: when each wave is, in seconds from its peak, how wide, how high."""
_ODD = ((-0.02, 0.045, -0.55), (0.05, 0.055, 0.95), (0.32, 0.070, -0.35))


def make(seed: int = 0) -> pd.DataFrame:
    """The tracing in millivolts."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    count = _RATE * _SECONDS
    time = np.arange(count) / _RATE
    tracing = 0.05 * np.sin(2 * np.pi * 0.25 * time) + rng.normal(0, 0.015, count)
    beat = np.full(count, "normal", dtype=object)
    at, number = 0.5, 0
    odd = set(rng.choice(np.arange(90, 140), 6, replace=False).tolist())
    while at < _SECONDS - 0.6:
        early = number in odd
        _add(tracing, time, at - 0.25 if early else at, _ODD if early else _WAVES, rng)
        if early:
            beat[(time > at - 0.42) & (time < at + 0.25)] = "premature"
        at += float(rng.normal(0.8, 0.02)) + 0.02 * np.sin(2 * np.pi * at / 4)
        number += 1
    return pd.DataFrame({"seconds": time, "millivolt": tracing.round(4), "beat": pd.array(beat, dtype="str")})


def _add(
    tracing: NDArray[np.float64],
    time: NDArray[np.float64],
    at: float,
    waves: tuple[tuple[float, float, float], ...],
    rng: np.random.Generator,
) -> None:
    import numpy as np

    for shift, width, height in waves:
        tracing += height * float(rng.normal(1, 0.03)) * np.exp(-0.5 * ((time - at - shift) / width) ** 2)


EXAMPLES.register("electrocardiogram")(
    ExampleSeries(
        title="Electrocardiogram",
        description="Two minutes of a heart, 100 moments a second: six beats come early and wide.",
        size=_RATE * _SECONDS,
        source="Generated: a sum of waves for each beat, with noise and a slow drift.",
        order=61,
        label="beat",
        normal=("normal",),
        time="seconds",
        make=make,
    )
)
