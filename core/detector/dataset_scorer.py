"""Scores every sample of a dataset with a trained detector, after letting its scores learn from training samples.

A run does it once when its networks are trained, and again whenever somebody wants another score of it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.index.split import PARTS
from core.modalities.nouns import nouns_of
from core.modalities.units import gathered, has_training_units, n_batches, training_units
from core.runtime import derive_seed
from core.scores import SCORES
from core.scoring.errors import RowErrors
from core.scoring.fitted_scores import FEWEST, REFERENCE, REFERENCE_BYTES, fit_scores
from core.scoring.scorer import Scores
from core.thresholds import THRESHOLDS, Evidence, make_rule, set_threshold

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.modalities.contract import Samples, Units
    from core.training.control import Control

FEW = 4_096
"""Training samples under which a score may learn from the validation samples too; of more it keeps some anyway."""
_REFERENCE = 15


class DatasetScorer:
    """One detector and the samples of one dataset.

    Parameters
    ----------
    trained
        Trained networks; its fitted scores, scorer and threshold are set by :meth:`score`.
    samples
        The dataset.
    codes
        Each sample's part, as its place in :data:`core.index.split.PARTS`.
    labels
        1, 0 or -1 of each row.
    set_aside
        Row numbers of the training and validation parts that neither the networks nor the scores are fitted on.

    Attributes
    ----------
    notes
        Sentences for the user about what was decided on the way.
    held_out
        The score of each validation row before the scores learnt from it, NaN for other rows; None where they never do.
    """

    def __init__(
        self,
        trained: TrainedDetector,
        samples: Samples,
        codes: NDArray[np.uint8],
        labels: NDArray[np.int8],
        set_aside: NDArray[np.int64],
    ) -> None:
        self.trained, self._samples = trained, samples
        self._codes, self._labels = codes, labels
        self._fitted_on, self._watching = self._part("train"), self._part("validation")
        self._fitted_on[set_aside] = False
        self._watching[set_aside] = False
        self.notes: list[str] = []
        self.held_out: NDArray[np.float64] | None = None

    def score(self, control: Control) -> Scores | None:
        """The score of every sample, with the threshold set; None when it was cancelled.

        Where few rows train, a score to which each row counts (neighbours, a mixture of groups) is fitted twice: first
        without the validation rows, whose scores then set the threshold and are kept as :attr:`held_out`, and again
        with them, for every row. So equal rows have equal scores, here and in a file that is scored later.
        """
        trained = self.trained
        few = self._few()
        control.progress.phase, control.progress.batch = "scoring", 0
        every_row, validation = np.arange(len(self._samples)), self._part("validation")
        rows = np.flatnonzero(self._part("train") | validation) if few else every_row
        passes = (rows, every_row) if few else (every_row,)
        control.progress.batches = sum(n_batches(self._units(some)) for some in passes)
        errors = self._fit_and_score(self._fitted_on, rows, control)
        if errors is None:
            return None
        trained.threshold = self._set_threshold(errors, rows)
        first = trained.scorer.scores(errors)
        if not few:
            return self._with_equal_rows_unflagged(first, errors, first, every_row)
        self.held_out = np.full(len(self._samples), np.nan)
        self.held_out[validation] = first.score[validation[rows]]
        again = self._fit_and_score(self._fitted_on | self._watching, every_row, control)
        if again is None:
            return None
        return self._with_equal_rows_unflagged(first, errors, trained.scorer.scores(again), rows)

    def _with_equal_rows_unflagged(
        self, first: Scores, errors: RowErrors, scores: Scores, rows: NDArray[np.int64]
    ) -> Scores:
        """The final scores, after the threshold was put where no row is flagged that equals those that were trained on.

        Parameters
        ----------
        first, errors
            What was found of ``rows`` when the threshold was set.
        scores
            The final scores of every sample.
        """
        trained, taught = self.trained, self._fitted_on[rows]
        if trained.recipe.threshold.rule == "value" or not taught.any():
            return scores
        kinds = np.ascontiguousarray(errors.errors.T).view(np.dtype((np.void, 8 * len(errors.errors)))).ravel()
        known = np.unique(kinds[taught])
        if len(known) == 1:
            self.notes.append(
                nouns_of(trained.recipe.modality)(
                    f"The {int(taught.sum()):,} rows that the networks were trained on are all alike, so the threshold "
                    "is their score, and every row that differs from them is flagged."
                )
            )
            trained.threshold = float(scores.score[self._fitted_on].max())
            return scores
        # Such a row scored the same before the scores learnt of its twin again; if it was not flagged, it still is not.
        alike = rows[self._part("validation")[rows] & np.isin(kinds, known) & (first.score <= trained.threshold)]
        trained.threshold = float(max(trained.threshold, scores.score[alike].max(initial=-np.inf)))
        return scores

    def _few(self) -> bool:
        """Whether so few rows train that a score is fitted with the validation rows too."""
        recipe = self.trained.recipe
        return (
            any(SCORES[kind].fits_raw_rows for kind in recipe.score.kinds)
            and recipe.threshold.reference == "validation"
            and bool(self._watching.any())
            and int(self._fitted_on.sum()) < FEW
        )

    def _fit_and_score(self, rows: NDArray[np.bool_], judged: NDArray[np.int64], control: Control) -> RowErrors | None:
        """The errors of the judged rows, with scores and scorer fitted on ``rows``; None when it was cancelled."""
        trained = self.trained
        trained.fitted_scores = fit_scores(trained.members, trained.recipe.score, lambda: self._reference(rows))
        errors = self._errors(judged, control)
        if control.ending == "cancelled":
            return None
        trained.scorer.fit(_some(errors, rows[judged]))
        return errors

    def _part(self, name: str) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = self._codes == PARTS.index(name)
        return inside

    def _reference(self, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Encoded rows, a seeded sample of them where there are many."""
        places, rng = np.flatnonzero(rows), np.random.default_rng(derive_seed(self.trained.recipe.seed, _REFERENCE))
        encoder = self.trained.encoder
        most = min(REFERENCE, max(FEWEST, REFERENCE_BYTES // (4 * encoder.layout.size)))
        if has_training_units(encoder):
            units = training_units(encoder, self._samples, places)
        else:
            some = np.sort(rng.choice(places, min(len(places), most), replace=False))
            units = self._units(some)
        if len(units) <= most:
            return gathered(units)
        # Samples of several units each: a sample of the units.
        sample = np.sort(rng.choice(len(units), most, replace=False))
        return gathered(units, sample)

    def _units(self, samples: NDArray[np.int64]) -> Units:
        return self.trained.encoder.units(self._samples, samples)

    def _errors(self, samples: NDArray[np.int64], control: Control) -> RowErrors:
        done = count(control.progress.batch)

        def should_continue() -> bool:
            control.wait()
            control.progress.batch = next(done)
            return control.ending != "cancelled"

        errors = self.trained.errors(self._units(samples), should_continue)
        control.progress.batch = next(done)
        return errors

    def _set_threshold(self, errors: RowErrors, rows: NDArray[np.int64]) -> float:
        """The recipe's rule over the reference rows among those that were judged, on the score's scale."""
        recipe, scorer = self.trained.recipe, self.trained.scorer
        config, reference = recipe.threshold, self._part(recipe.threshold.reference)
        if not reference.any():
            reference = self._part("train")
            self.notes.append(
                nouns_of(recipe.modality)(
                    "There are no validation rows, so the threshold looks at the training rows, whose scores are a "
                    "little too low."
                )
            )
        labels = self._labels[reference] if (self._labels[reference] >= 0).any() else None
        errors_there = _some(errors, reference[rows])
        scaled = recipe.score.normalise == "threshold"
        found = (scorer.raw if scaled else scorer.scores)(errors_there).score
        threshold = set_threshold(config.rule, config.value, found, labels=labels)
        self._note_few(Evidence.of(found, labels), threshold)
        return scorer.scale_by(threshold) if scaled else threshold

    def _note_few(self, evidence: Evidence, threshold: float) -> None:
        """Say how sure the threshold is where few rows set it."""
        recipe = self.trained.recipe
        number = THRESHOLDS[recipe.threshold.rule].number()
        assert number is not None
        part = recipe.threshold.reference if self._part(recipe.threshold.reference).any() else "train"
        rule = make_rule(recipe.threshold.rule, {number.name: recipe.threshold.value})
        if warning := rule.few_rows(replace(evidence, reference_part=part), threshold):
            self.notes.append(nouns_of(recipe.modality)(warning))


def _some(errors: RowErrors, rows: NDArray[np.bool_]) -> RowErrors:
    return RowErrors(errors.errors[:, rows], None if errors.spread is None else errors.spread[:, rows])
