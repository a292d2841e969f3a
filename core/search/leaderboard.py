"""The trials of a search ranked, the best one so far, and how the best value developed.

With labels the best trial has the highest average precision on the rows that choose. Without labels the trials are
ranked by each of several measures, and the best has the lowest mean rank: the average precision on each kind of
synthetic anomaly, and the agreement, which is the correlation of a trial's ranks of some rows with the mean ranks that
all others give them. Every measure alone is weak (Ma et al., 2023); averaging the ranks of several, synthetic anomalies
and model centrality among them, is what Goswami et al. (2023) found to choose well for time series.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.store.records import Run, Search

AGREEMENT = "agreement"


@dataclass(frozen=True)
class Trial:
    """One trial as it is shown."""

    number: int
    run_id: str
    state: str
    """queued, running, paused, complete, pruned, failed or cancelled."""
    name: str
    """The preset, or the model."""
    model: str
    value: float | None
    """Average precision: on the rows that choose, or the mean over the kinds of synthetic anomalies."""
    rank: float | None
    """Without labels the mean rank over all measures among the trials that ended; 1 is best."""
    measures: Mapping[str, float]
    """What the rank is made of."""
    params: Mapping[str, Any]
    signals: tuple[tuple[int, float], ...]
    """Percent of the training and the value at that point."""
    seconds: float
    reason: str


@dataclass(frozen=True)
class Leaderboard:
    """A search as it is now."""

    trials: tuple[Trial, ...]
    best: int | None
    """The number of the best trial; None before one has ended."""
    curve: tuple[tuple[int, float], ...]
    """Number of a trial and the value of the best one up to it."""
    estimate: Mapping[str, Any] | None
    """How good the best trial is on rows that chose nothing; None without labels."""

    @property
    def counts(self) -> dict[str, int]:
        """How many trials are in each state."""
        states = [trial.state for trial in self.trials]
        return {state: states.count(state) for state in dict.fromkeys(states)}

    def trial(self, number: int | None) -> Trial | None:
        """The trial of that number."""
        return next((trial for trial in self.trials if trial.number == number), None)


def leaderboard(search: Search, runs: Sequence[Run]) -> Leaderboard:
    """Where a search stands, from its record and its trials."""
    labelled = search.plan.get("objective") == "labels"
    ended = [run for run in runs if (run.result or {}).get("outcome") == "complete"]
    results = [run.result or {} for run in ended]
    if labelled:
        measures: list[dict[str, float]] = [{} for _ in ended]
        order = np.array([-float(result["value"]) for result in results])
    else:
        measures = measured(results)
        order = mean_ranks(measures)
    place = {run.id: i for i, run in enumerate(ended)}
    trials = tuple(
        _trial(
            run,
            measures[place[run.id]] if run.id in place else {},
            None if labelled or run.id not in place else float(order[place[run.id]]),
        )
        for run in runs
    )
    best = ended[int(np.argmin(order))] if len(ended) else None
    return Leaderboard(
        trials=trials,
        best=None if best is None else best.trial,
        curve=_curve(ended, labelled),
        estimate=None if best is None else (best.result or {}).get("estimate"),
    )


def measured(results: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """What trials without labels are ranked by: each kind of synthetic anomaly, and the agreement with the others."""
    measures = [dict(result["parts"]) for result in results]
    for values, agreement in zip(measures, agreements([result["probe"] for result in results]), strict=True):
        values[AGREEMENT] = float(agreement)
    return measures


def agreements(probes: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """The correlation of each trial's ranks of the probed rows with the mean ranks of all others; 0 of a lone one."""
    ranks = np.asarray(probes, dtype=np.float64)
    if len(ranks) < 2:
        return np.zeros(len(ranks))
    others = (ranks.sum(axis=0) - ranks) / (len(ranks) - 1)
    centred, rest = (part - part.mean(axis=1, keepdims=True) for part in (ranks, others))
    sizes = np.sqrt((centred**2).sum(axis=1) * (rest**2).sum(axis=1))
    together: NDArray[np.float64] = (centred * rest).sum(axis=1) / np.maximum(sizes, 1e-12)
    return together


def mean_ranks(measures: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """The mean over the measures of each trial's rank among all, 1 is best and ties share theirs."""
    if not measures:
        return np.zeros(0)
    values = np.array([list(m.values()) for m in measures], dtype=np.float64).round(9)
    ranks: NDArray[np.float64] = np.mean([_ranks(-column) for column in values.T], axis=0)
    return ranks


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    below = (values[None, :] < values[:, None]).sum(axis=1)
    same = (values[None, :] == values[:, None]).sum(axis=1)
    ranks: NDArray[np.float64] = below + (same + 1) / 2
    return ranks


def _curve(ended: Sequence[Run], labelled: bool) -> tuple[tuple[int, float], ...]:
    """The value of whichever was the best of the trials up to each one, in the order of their numbers."""
    points = []
    for count, last in enumerate(ended, start=1):
        results = [run.result or {} for run in ended[:count]]
        order = np.array([-r["value"] for r in results]) if labelled else mean_ranks(measured(results))
        points.append((last.trial or 0, float(results[int(np.argmin(order))]["value"])))
    return tuple(points)


def _trial(run: Run, measures: Mapping[str, float], rank: float | None) -> Trial:
    result = run.result or {}
    state = result.get("outcome", run.state) if run.state == "done" else run.state
    return Trial(
        number=run.trial or 0,
        run_id=run.id,
        state=str(state),
        name=run.recipe.preset or (run.recipe.model if result else ""),
        model=run.recipe.model if result else "",
        value=result.get("value"),
        rank=rank,
        measures=measures,
        params=result.get("params", {}),
        signals=tuple((int(p), float(v)) for p, v in result.get("signals", ())),
        seconds=float(result.get("seconds", 0.0)),
        reason=run.reason,
    )
