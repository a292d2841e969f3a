"""Trains one recipe of a search and evaluates it on the rows that the search set aside.

While it trains, :meth:`Candidate.signal` says how good it is so far, by the same measure as at the end, so that recipes
with different networks, encodings and scores can be compared. With labels the measure is the average precision on the
rows that choose. Without labels it is the mean average precision with which it tells synthetic anomalies of each kind
from the held-out rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.detector.experiment import Experiment
from core.index.split import split_rows
from core.metrics.evaluation import average_precision
from core.modalities.units import gathered
from core.recipe import Recipe, ScoreConfig
from core.runtime import derive_seed
from core.scoring.fitted_scores import REFERENCE, FittedScores, fit_scores
from core.scoring.pooled import sample_errors
from core.scoring.scorer import Scorer
from core.search.rows import Division, divide
from core.training.batches import batch_sizes
from core.training.setup import plan as training_plan

if TYPE_CHECKING:
    from core.modalities.contract import Samples, Units
    from core.search.plan import SearchPlan
    from core.training.control import Control
    from core.training.loop import Trainer

SIGNAL_ROWS = 1_024
"""Training rows that a score learns from where it only has to say how good a network is so far."""
PROBE_ROWS = 300
"""Held-out rows and synthetic anomalies whose order is kept, to see which trials agree."""
_DRAWS = 200
_REFERENCE, _INJECT, _PROBE, _DRAW = 62, 63, 64, 65


@dataclass(frozen=True)
class TrialOutcome:
    """What came of a candidate."""

    value: float
    """What the optimiser seeks to raise."""
    parts: dict[str, float]
    """What it is made of: the average precision on each kind of synthetic anomaly; empty with labels."""
    probe: list[int]
    """Ranks of the probed rows, the least anomalous first; empty with labels."""
    estimate: dict[str, Any] | None
    """On rows that choose nothing: average precision, its interval, and how many rows; None without labels."""


class Candidate(Experiment):
    """One recipe on the rows of a search.

    Parameters
    ----------
    samples
        The dataset, opened.
    recipe
        What is tried, in full.
    plan
        The search's settings; its split, its seed and its limit of steps hold.

    Attributes
    ----------
    outcome
        What came of it, after :meth:`run`.
    division
        The rows that choose, once it has begun.
    """

    keeps_epochs = False

    def __init__(self, samples: Samples, recipe: Recipe, plan: SearchPlan) -> None:
        # No scale of a score changes the order of the rows.
        self._plan = plan
        super().__init__(samples, replace(recipe, score=replace(recipe.score, normalise="none")))
        self.outcome: TrialOutcome | None = None
        self.division: Division | None = None

    @property
    def finished(self) -> bool:
        """Whether there is an outcome."""
        return self.outcome is not None

    def signal(self) -> float:
        """How good it is now, by a score that learnt from fewer rows; between two epochs."""
        return self._value(self._scorers(SIGNAL_ROWS, replace(self.recipe.score, passes=1)))[0]

    def _prepare(self) -> Trainer:
        limit, training = self._plan.trial_steps, self.recipe.training
        index, schema = self.samples.index, self.samples.schema
        rows = len(split_rows(index, schema, self.recipe.split, self.recipe.seed).train)
        if training_plan(training, len(batch_sizes(rows, training.batch_size)))[2] > limit:
            self.recipe = replace(self.recipe, training=replace(training, steps=limit))
        return super()._prepare()

    def _choose_sample(self) -> None:
        """The rows that choose, encoded once."""
        division = divide(self._split, self._labels, self._plan.objective, self._plan.seed)
        self.division = division
        rng = np.random.default_rng(derive_seed(self._plan.seed, _REFERENCE))
        train = self._fitted_on
        ids = np.sort(rng.choice(train, min(len(train), REFERENCE), replace=False))
        self._reference = {n: self._units(ids[:: max(1, len(ids) // n)][:n]) for n in (SIGNAL_ROWS, REFERENCE)}
        self._select, self._kinds = self._units(division.select), {}
        if division.objective == "unlabelled":
            ordinary, encoder = self.samples.read(division.held_out), self._detector.encoder
            self._select = encoder.encode(ordinary)
            injected = self._modality.inject(ordinary, self.samples.schema, derive_seed(self._plan.seed, _INJECT))
            self._kinds = {name: encoder.encode(raw) for name, raw in injected.items()}

    def _score(self, control: Control) -> None:
        control.progress.phase = "scoring"
        assert self.division is not None
        scorers = self._scorers(REFERENCE, self.recipe.score)
        value, parts = self._value(scorers)
        if not math.isfinite(value):
            raise ValueError("The score of the rows that choose is not a number.")
        labelled = self.division.objective == "labels"
        self.outcome = TrialOutcome(
            value=value,
            parts=parts,
            probe=[] if labelled else self._probe(scorers),
            estimate=self._estimate(scorers, self.division.estimate) if labelled else None,
        )

    def _scorers(self, rows: int, config: ScoreConfig) -> tuple[ScoreConfig, FittedScores, Scorer]:
        """The recipe's score, fitted to so many training rows."""
        members, reference = self._detector.members, self._reference[rows]
        fitted_scores = fit_scores(members, config, lambda: gathered(reference))
        scorer = Scorer(config)
        scorer.fit(sample_errors(members, reference, config, self.recipe.seed, fitted_scores))
        return config, fitted_scores, scorer

    def _scored(self, scorers: tuple[ScoreConfig, FittedScores, Scorer], units: Units) -> NDArray[np.float64]:
        config, fitted_scores, scorer = scorers
        errors = sample_errors(self._detector.members, units, config, self.recipe.seed, fitted_scores)
        return scorer.scores(errors).score

    def _value(self, scorers: tuple[ScoreConfig, FittedScores, Scorer]) -> tuple[float, dict[str, float]]:
        assert self.division is not None
        ordinary = self._scored(scorers, self._select)
        if self.division.objective == "labels":
            found = average_precision(self._labels[self.division.select], ordinary)
            return (float("nan") if found is None else found), {}
        parts = {
            name: _average_precision_of(self._scored(scorers, units), ordinary) for name, units in self._kinds.items()
        }
        return float(np.mean(list(parts.values()))), parts

    def _probe(self, scorers: tuple[ScoreConfig, FittedScores, Scorer]) -> list[int]:
        scores = np.concatenate([self._scored(scorers, units) for units in (self._select, *self._kinds.values())])
        rng = np.random.default_rng(derive_seed(self._plan.seed, _PROBE))
        scores = scores[np.sort(rng.choice(len(scores), min(len(scores), PROBE_ROWS), replace=False))]
        return [int(rank) for rank in np.argsort(np.argsort(scores, kind="stable"), kind="stable")]

    def _estimate(self, scorers: tuple[ScoreConfig, FittedScores, Scorer], rows: NDArray[np.int64]) -> dict[str, Any]:
        scores, labels = self._scored(scorers, self._units(rows)), self._labels[rows]
        normal, anomalous = scores[labels == 0], scores[labels == 1]
        rng = np.random.default_rng(derive_seed(self._plan.seed, _DRAW))
        drawn = [
            _average_precision_of(rng.choice(anomalous, len(anomalous)), rng.choice(normal, len(normal)))
            for _ in range(_DRAWS)
        ]
        low, high = np.quantile(drawn, [0.025, 0.975])
        return {
            "average_precision": _average_precision_of(anomalous, normal),
            "low": float(low),
            "high": float(high),
            "rows": len(rows),
            "anomalies": len(anomalous),
        }


def _average_precision_of(anomalous: NDArray[np.float64], normal: NDArray[np.float64]) -> float:
    """The average precision with which scores tell two classes apart."""
    labels = np.repeat([1, 0], [len(anomalous), len(normal)])
    found = average_precision(labels, np.concatenate([anomalous, normal]))
    assert found is not None
    return found
