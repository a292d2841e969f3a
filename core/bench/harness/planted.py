"""Test rows with a known fault: one value shifted, or two columns that no longer go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from core.modalities.tabular.usual_values import UsualValues

KINDS = ("one", "two", "inside")
DEPENDENT = 0.5
"""Rank correlation from which two columns count as dependent."""
_PAIRS = 10
_STEPS = (4.0, 8.0)
"""A number is moved by so many standard deviations."""
_EDGES = {"two": 0.03, "inside": 0.15}
_NEVER = "never seen"


@dataclass(frozen=True)
class Planted:
    """Faulty rows."""

    frame: pd.DataFrame
    source: NDArray[np.int64]
    """The place of the row that each was made of."""
    culprits: list[tuple[str, ...]]
    """The columns that were changed; naming one of them first is right."""


def plant(kind: str, rows: pd.DataFrame, usual: UsualValues, count: int, rng: np.random.Generator) -> Planted | None:
    """Rows with a planted fault; None where the columns allow none of this kind.

    Parameters
    ----------
    kind
        ``one``: a column's number is moved by four to eight standard deviations, or its category becomes one that
        hardly any row has. ``two``: two dependent columns take values that do not go together, each of which alone
        lies between the third and the ninety-seventh percentile; ``inside``: between the 15th and the 85th, so that
        neither is remarkable and only what was learnt of the two together can tell.
    rows
        Unremarkable rows to spoil.
    usual
        What normal rows have.
    count
        How many.
    rng
        Draws all that is random.
    """
    import pandas as pd

    numbers = [name for name, values in usual.numbers.items() if len(np.unique(values[~np.isnan(values)])) > 2]
    levels = [name for name, values in usual.levels.items() if len(set(values)) > 1]
    numbers = [name for name in numbers if usual.kinds[name] == "number"]
    source = rng.integers(len(rows), size=count)
    changed: dict[str, NDArray[Any]] = {name: rows[name].to_numpy()[source].astype(object) for name in rows.columns}
    culprits: list[tuple[str, ...]] = []
    if kind != "one":
        pairs = dependent(usual, numbers)
        if not pairs:
            return None
    for i in range(count):
        if kind != "one":
            a, b, sign = pairs[rng.integers(len(pairs))]
            edge = _EDGES[kind] if rng.random() < 0.5 else 1 - _EDGES[kind]
            other = 1 - edge if sign > 0 else edge
            for name, q in ((a, edge), (b, other)):
                changed[name][i] = float(np.nanquantile(usual.numbers[name], q))
            culprits.append((a, b))
            continue
        pool = [*numbers, *levels]
        name = pool[rng.integers(len(pool))]
        changed[name][i] = _moved(usual.numbers[name], float(changed[name][i]), rng) if name in numbers else _rare(
            usual.levels[name], rng
        )  # fmt: skip
        culprits.append((name,))
    frame = pd.DataFrame(changed)
    return Planted(frame.astype({name: "float64" for name in numbers}), source, culprits)


def dependent(usual: UsualValues, names: list[str]) -> list[tuple[str, str, float]]:
    """The pairs of columns that depend on each other most, with their rank correlation."""
    import pandas as pd

    ranks = pd.DataFrame({name: usual.numbers[name] for name in names}).corr("spearman").to_numpy()
    pairs = [(a, b, float(ranks[i, j])) for i, a in enumerate(names) for j, b in enumerate(names) if i < j]
    strong = [pair for pair in pairs if abs(pair[2]) >= DEPENDENT]
    return sorted(strong, key=lambda pair: -abs(pair[2]))[:_PAIRS]


def _moved(values: NDArray[np.float64], value: float, rng: np.random.Generator) -> float:
    known = values[~np.isnan(values)]
    start = float(np.median(known)) if np.isnan(value) else value
    # A count does not become negative.
    side = 1.0 if known.min() >= 0 or rng.random() < 0.5 else -1.0
    return start + side * float(rng.uniform(*_STEPS)) * float(known.std())


def _rare(levels: NDArray[np.object_], rng: np.random.Generator) -> str:
    names, counts = np.unique(levels.astype(str), return_counts=True)
    rare = [str(name) for name in names[counts <= 0.01 * len(levels)] if name] or [_NEVER]
    return rare[rng.integers(len(rare))]
