"""Checks whether the score rises away from the data: rows pushed out of them, and noise around them."""

from typing import Any

import numpy as np

from core.checks import CHECKS
from core.checks.base import FINE, SKIPPED, WARNING, Check, CheckInput, Finding
from core.words import percent

PUSHES = (2.0, 4.0, 8.0)
"""How far rows are pushed along a random direction, in standard deviations of each column, times the root of their
number: about so many deviations in every column at once."""
BOX = 3.0
"""The box of the noise, in times of the range of the training rows."""
ROWS = 500
LEAST = 0.9
_DRAWN = 34


@CHECKS.register("extrapolation")
class Extrapolation(Check):
    """The share of far rows above 99 of 100 training scores, and of pushed rows whose score rises each time."""

    title = "The score rises away from the data"
    why = (
        "A network may rebuild rows well that are unlike anything it learnt from; such rows are anomalies that it will "
        "never flag."
    )
    remedy = (
        "Average the score with “Nearest reconstructions” or “Latent distance”, which grow with the distance, or "
        "choose the encoding “standard” in place of “quantile”, which ends at the largest training value."
    )
    order = 2

    def check(self, case: CheckInput) -> Finding:
        """Push training rows out, scatter noise around them, and score both."""
        import pandas as pd

        table = isinstance(case.content, pd.DataFrame)
        numbers = [name for name in case.content.columns if _is_number(case.content[name])] if table else []
        if not numbers:
            return Finding(SKIPPED, "No feature is a number, so that rows cannot be pushed away from the data.")
        upper = float(np.quantile(case.train_scores, 0.99))
        rng = np.random.default_rng([case.seed, _DRAWN])
        frame = case.content.iloc[:ROWS]
        values = frame[numbers].to_numpy(dtype=np.float64, na_value=np.nan)
        sample = case.content[numbers].to_numpy(dtype=np.float64, na_value=np.nan)
        deviation = np.nanstd(sample, axis=0)
        deviation = np.where(deviation > 0, deviation, 1.0)
        ways = rng.normal(size=values.shape)
        ways *= np.sqrt(len(numbers)) / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-12)
        pushed = [case.score(_with(frame, numbers, values + far * deviation * ways)) for far in PUSHES]
        low, high = np.nanmin(sample, axis=0), np.nanmax(sample, axis=0)
        half, middle = np.maximum(high - low, deviation) * BOX / 2, (high + low) / 2
        noise = case.score(_with(frame, numbers, middle + half * rng.uniform(-1, 1, size=values.shape)))
        rising = float(np.mean(np.all(np.diff(pushed, axis=0) >= 0, axis=0)))
        far, around = float(np.mean(pushed[-1] > upper)), float(np.mean(noise > upper))
        found = {"rising": rising, "far_above_usual": far, "noise_above_usual": around}
        sentence = (
            f"Of training rows pushed {PUSHES[-1]:g} standard deviations away {percent(far)} score above 99 of 100 "
            f"training rows, and {percent(around)} of uniform noise in a box {BOX:g} times as wide; the score of "
            f"{percent(rising)} rises from step to step."
        )
        # A score on a scale that ends, such as a rank, does not rise beyond its end.
        return Finding(FINE if min(far, around) >= LEAST else WARNING, sentence, found)


def _is_number(column: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _with(frame: Any, names: list[str], values: Any) -> Any:
    return frame.assign(**{name: values[:, j] for j, name in enumerate(names)})
