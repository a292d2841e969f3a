"""Why samples of a finished run have their scores, for every kind of data: by the positions and parts of its units.

What it needs of a kind of data is its encoder, the parts that the layout names, and how content is read
(:meth:`core.modalities.contract.Encoder.part_values`). A modality that has more to say overrides :meth:`describe`.
"""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.explain.exchanging import steps_to_base
from core.explain.explanation import ExplainedUnit, Explanation, FeatureReason, Neighbour
from core.explain.families.grouping import shift_invariant, shortened, signatures
from core.explain.methods import FIRST_METHOD, METHODS, fallback_note
from core.explain.nearest import NearestSamples
from core.explain.part_words import Shown, describe_parts
from core.explain.reference_units import ReferenceUnits
from core.explain.sample_units import SampleUnits, UnitReader
from core.explain.score_attribution import assemble, attribution, candidates, exchanged, log_score
from core.metrics.groups import PARTS
from core.results.scored import ScoredRows
from core.runtime import derive_seed
from core.words import plural, several

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.modalities.contract import Samples
    from core.results.finished_run import FinishedRun

log = logging.getLogger(__name__)

REFERENCE = 2_048
"""Normal training samples that others are compared with, at most."""
REFERENCE_BYTES = 256 << 20
"""What their units take at most, as float32; at least :data:`FEWEST` are drawn."""
FEWEST = 32
TRIMMED = 0.1
"""The share of them with the highest scores that nothing is compared with: they say little of what is normal."""
STEPS = 10
"""Parts that are put right one after the other, at most."""
SPREAD_SAMPLES, SPREAD_SAMPLES_OF_MANY = 200, 60
"""Held-out samples that say how far off the expectation usually is; fewer where there are many parts."""
WITHIN = 0.6827
"""So many of them are nearer than the spread: one standard deviation, were they normal."""
_MANY_PARTS = 100
_REFERENCE, _SPREAD = 61, 62


@dataclass(frozen=True)
class Explained:
    """A sample's unit with what was found of it, for who puts it into words."""

    id: int
    sample: SampleUnits
    source: NDArray[np.int64]
    """The reference unit that says what is expected of each part, shape (parts,)."""
    rebuilt: NDArray[np.float32]
    """What the networks make of the unit once for each part that is shown to them as expected, shape (parts,
    positions)."""
    contributions: NDArray[np.float64]
    """The share of each part in what sets the sample apart, shape (parts,)."""
    order: NDArray[np.int64]
    """The parts, the largest contribution first."""


class PositionExplainer:
    """Answers why samples have their scores.

    Parameters
    ----------
    trained
        The detector.
    samples
        The run's dataset.
    scored
        What the run says of every sample.
    fitted_on
        Samples that the networks were trained on; those labelled anomalies among them are left out.
    noun
        What a sample is called.
    uncertainty
        Of every sample's score; None where the model gives none.

    Attributes
    ----------
    turn
        To be held by who asks it where several threads do.
    """

    def __init__(
        self,
        trained: TrainedDetector,
        samples: Samples,
        scored: ScoredRows,
        fitted_on: NDArray[np.int64],
        noun: str = "sample",
        uncertainty: NDArray[np.float64] | None = None,
    ) -> None:
        if len(scored) != len(samples):
            raise DataError(
                f"The dataset must be the one that the run was trained on, with {plural(len(scored), noun)}. It has "
                f"{len(samples):,} now. Train again."
            )
        self.trained, self.samples, self.scored, self.noun = trained, samples, scored, noun
        self.uncertainty = uncertainty
        self.turn = threading.Lock()
        self.layout = trained.encoder.layout
        self.parts = self.layout.part_names
        self.score_of = log_score(trained)
        rng = np.random.default_rng(derive_seed(self.seed, _REFERENCE))
        normal = fitted_on[scored.label[fitted_on] != 1]
        normal = normal if len(normal) else fitted_on
        most = min(REFERENCE, max(FEWEST, REFERENCE_BYTES // (4 * self.layout.size)))
        self.normal_ids = np.sort(rng.choice(normal, min(len(normal), most), replace=False))
        """Normal training samples; among these it is counted what is rare."""
        quiet = np.argsort(scored.score[self.normal_ids], kind="stable")[
            : max(1, round((1 - TRIMMED) * len(self.normal_ids)))
        ]
        self.typical = np.sort(quiet)
        """The places in ``normal_ids`` of those that are not the oddest: of these it is asked what is expected."""
        self.reader = UnitReader(trained.encoder, samples, self.score_of)
        x, ids = self.reader.all_of(self.normal_ids[self.typical], most)
        self.reference = ReferenceUnits(x, self.layout, ids)

    @classmethod
    def open(cls, run: FinishedRun, samples: Samples, **more: Any) -> Self:
        """The explainer of a finished run, under the score that is shown.

        Raises
        ------
        DataError
            When the run has no networks or no scores, or its dataset is not the one that it was trained on.
        """
        return cls(run.detector, samples, run.scored, run.fitted_on, uncertainty=run.rows.uncertainty(), **more)

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.trained.recipe.seed

    @property
    def threshold(self) -> float:
        """Samples that score above it are flagged."""
        return self.trained.threshold

    def explain(self, id: int, method: str = "exchange") -> Explanation:
        """Why one sample has its score.

        Parameters
        ----------
        id
            Its number in the dataset.
        method
            How the score is shared among the parts: one of :data:`core.explain.methods.METHODS`.

        Raises
        ------
        DataError
            When there is no such sample, or no such method.
        """
        if not 0 <= id < len(self.samples):
            raise DataError(f"The {self.noun}'s number must be between 0 and {len(self.samples) - 1:,}. Got {id:,}.")
        sample = self.reader.one(id)
        found = attribution(sample.unit[None], self.score_of, self.reference, ids=np.array([id]))
        base = self.reference.x[found.base[0]]
        contributions, note = self._contributions(sample.unit, base, found.contributions[0], method)
        order = np.argsort(-contributions, kind="stable")
        rebuilt = self._rebuilt(sample.unit, found.source[0])
        reasons, sentence = self.describe(Explained(id, sample, found.source[0], rebuilt, contributions, order))
        score = float(self.scored.score[id])
        steps = steps_to_base(self.trained, self.reference, sample, base, order[:STEPS], self.parts)
        below = [i + 1 for i, step in enumerate(steps) if step.score <= self.threshold]
        n_held_out, p_value = self.scored.p_value(id)
        rank, ranked = self.scored.rank(id)
        uncertainty = math.nan if self.uncertainty is None else float(self.uncertainty[id])
        return Explanation(
            row=id,
            part=PARTS[self.scored.part[id]],
            label=int(self.scored.label[id]),
            score=score,
            threshold=self.threshold,
            uncertainty=None if math.isnan(uncertainty) else uncertainty,
            rank=rank,
            rows=ranked,
            p_value=p_value,
            held_out=n_held_out,
            sentence=sentence,
            method=FIRST_METHOD if note else method,
            reasons=reasons,
            steps=steps,
            enough=below[0] if below and score > self.threshold else None,
            nearest=self._nearest(id),
            note=note,
            unit=self.picture(sample, found.source[0], rebuilt),
        )

    def reasons(self, ids: NDArray[np.int64], most: int = 3) -> dict[int, list[tuple[str, float]]]:
        """The parts that contribute most to the score of each sample, as :meth:`explain` tells them of each.

        Parameters
        ----------
        ids
            Their numbers in the dataset.
        most
            How many parts of each.
        """
        x = self.reader.explained(ids)
        found = attribution(x, self.score_of, self.reference, ids=ids)
        reasons: dict[int, list[tuple[str, float]]] = {}
        for i, id in enumerate(ids.tolist()):
            shares = self._exchanged(x[i], found.contributions[i])
            first = np.argsort(-shares, kind="stable")[:most]
            reasons[id] = [(self.parts[j], float(shares[j])) for j in first.tolist()]
        return reasons

    def signatures(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """What sets each sample apart, for families: directions, shape (n, d), and shares, shape (n, parts).

        Of each only the parts with the largest errors are tried; the others have no share.
        """
        # A table reads ascending rows.
        order = np.argsort(ids)
        ascending = self.reader.explained(ids[order])
        x = np.empty_like(ascending)
        x[order] = ascending
        error = self._reconstruct(x)[1]
        found = attribution(x, self.score_of, self.reference, candidates(error.shares()), ids)
        directions = shift_invariant(signatures(x, found, self.reference), self.layout)
        return shortened(directions, self.reference), found.contributions

    def describe(self, one: Explained) -> tuple[tuple[FeatureReason, ...], str]:
        """The parts in words, the largest contribution first, and all in one sentence."""
        actual = self._shown(self.samples.read(np.array([one.id])))
        expected = self._put(one.sample, self.reference.x[one.source])
        rebuilt = self._put(one.sample, one.rebuilt)
        return describe_parts(
            self.parts,
            actual,
            expected,
            rebuilt,
            self.spread,
            one.contributions,
            one.order,
            f"{several(self.noun)} like it",
        )

    def picture(
        self, sample: SampleUnits, source: NDArray[np.int64], rebuilt: NDArray[np.float32]
    ) -> ExplainedUnit | None:
        """The unit beside what was expected, for the renderer; None where the parts say it all."""
        shape, encoder = self.layout.shape, self.trained.encoder
        expected = assemble(self.reference.x[source], self.reference)
        return ExplainedUnit(
            actual=sample.unit.reshape(shape),
            expected=expected.reshape(shape),
            rebuilt=assemble(rebuilt, self.reference).reshape(shape),
            error=self._reconstruct(sample.unit[None])[1],
            content=self.samples.read(np.array([sample.id])),
            expected_content=encoder.inverse(sample.with_unit(expected), sample.of),
        )

    def _gap(self, id: int) -> NDArray[np.float64]:
        """How far each part of a sample is from what is expected of it, as people count; NaN where it is no number."""
        sample = self.reader.one(id)
        source = self.reference.expected(self.reference.part_distances(sample.unit), np.arange(len(self.parts)), id)
        actual, expected = self._shown(self.samples.read(np.array([id]))), self._put(sample, self.reference.x[source])
        return actual[0] - expected[0]

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """How far held-out samples are from what is expected given the rest, by part: two thirds are nearer.

        NaN where a part is no number.
        """
        gaps = np.abs([self._gap(id) for id in self.held_out_samples().tolist()])
        spread = np.full(len(self.parts), math.nan)
        for j, known in enumerate(gaps[:, j][~np.isnan(gaps[:, j])] for j in range(len(self.parts))):
            if len(known):
                spread[j] = np.quantile(known, WITHIN)
        return spread

    def held_out_samples(self) -> NDArray[np.int64]:
        """Some validation samples, by which it is said how far off an expectation usually is."""
        most = SPREAD_SAMPLES if len(self.parts) <= _MANY_PARTS else SPREAD_SAMPLES_OF_MANY
        held_out = np.flatnonzero(self.scored.held_out & self.scored.among(("validation",)))
        held_out = held_out if len(held_out) >= 20 else np.unique(self.reference.ids)
        rng = np.random.default_rng(derive_seed(self.seed, _SPREAD))
        return np.sort(rng.choice(held_out, min(len(held_out), most), replace=False))

    @cached_property
    def _neighbours(self) -> NearestSamples:
        return NearestSamples(self.trained.encoder, self.samples, self.reference)

    def _nearest(self, id: int) -> tuple[Neighbour, ...]:
        ids, distances = self._neighbours.of(id)
        return tuple(map(Neighbour, ids.tolist(), distances, self.values_of(ids)))

    def _contributions(
        self, unit: NDArray[np.float32], base: NDArray[np.float32], exchanged: NDArray[np.float64], method: str
    ) -> tuple[NDArray[np.float64], str]:
        """The share of each part, and why it is not by the method that was asked for."""
        first = self._exchanged(unit, exchanged)
        if method == FIRST_METHOD:
            return first, ""
        from core.explain.gradients import integrated_gradients, shapley_values

        compute = {"gradients": integrated_gradients, "shapley": shapley_values}.get(method)
        if compute is None:
            raise DataError(
                f"There is no way to explain a {self.noun} that is called {method!r}. Known: {', '.join(METHODS)}."
            )
        try:
            effect = np.maximum(compute(self.trained, unit, base), 0.0)
            why = "" if np.isfinite(effect).all() else "its numbers have no end"
            why = why or ("" if effect.any() else "nothing in it raises the score")
        except Exception as problem:
            # Whatever a network cannot do, the sample is explained in another way, and that is said.
            log.warning("%s failed.", METHODS[method], exc_info=True)
            why = str(problem)
        if why:
            return first, fallback_note(method, why)
        return np.asarray(effect / effect.sum(), dtype=np.float64), ""

    def _exchanged(self, unit: NDArray[np.float32], exchanged: NDArray[np.float64]) -> NDArray[np.float64]:
        """The shares by exchange; those of the error where no exchange changes the score."""
        if exchanged.any():
            return exchanged
        return np.asarray(self._reconstruct(unit[None])[1].shares()[0], dtype=np.float64)

    def _reconstruct(self, flat: NDArray[np.float32]) -> tuple[NDArray[np.float32], Any]:
        from core.scoring.attribution import reconstruct

        units = np.ascontiguousarray(flat).reshape(len(flat), *self.layout.shape)
        return reconstruct(self.trained.members, units, self.trained.fitted_scores, self.layout)

    def _rebuilt(self, unit: NDArray[np.float32], source: NDArray[np.int64]) -> NDArray[np.float32]:
        """What the networks make of the unit once for each part that is shown to them as expected."""
        from core.scoring.attribution import expectation

        shown = exchanged(unit, self.reference.x[source], self.reference, np.arange(len(source)))
        units = shown.reshape(len(shown), *self.layout.shape)
        return expectation(self.trained.members, units).reshape(len(shown), -1)

    def _put(self, sample: SampleUnits, units: NDArray[np.float32]) -> Shown:
        """What people read of the sample with each part as in its own one of some units."""
        unit = assemble(units, self.reference)
        return self._shown(self.trained.encoder.inverse(sample.with_unit(unit), sample.of))

    def _shown(self, content: Any) -> Shown:
        values, texts = self.trained.encoder.part_values(content)
        return values[0], [str(text) for text in texts[0]]

    def values_of(self, ids: NDArray[np.int64]) -> list[dict[str, str]]:
        """What each part of some samples is, as people read it."""
        texts = self.trained.encoder.part_values(self.samples.read(ids))[1]
        return [dict(zip(self.parts, map(str, row), strict=False)) for row in texts]
