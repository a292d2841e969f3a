"""The whole way of a run: samples -> split -> encoding -> training -> scores -> threshold -> metrics -> artifacts.

The dashboard's workers, the command line and a notebook all call it. It knows neither jobs nor screens::

    experiment = Experiment(samples, recipe)
    for event in experiment.run():
        ...  # EpochRecord or Snapshot
    experiment.result.auroc
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from core.detector.dataset_scorer import DatasetScorer
from core.detector.files import SET_ASIDE, scores_file, set_aside_file
from core.detector.flagged_ratings import checkpoint_without_flags
from core.detector.result import ExperimentResult, measure, result_notes
from core.detector.saving import save_explanations, save_extras, save_places, save_run_files
from core.detector.snapshot import SnapshotSample, choose_sample, sample_of
from core.detector.trained import TrainedDetector, build_members, load
from core.errors import NotFittedError, TrainingError
from core.index.labels import read_labels
from core.index.split import PARTS, Split, split_rows
from core.metrics.evaluation import judged_rows
from core.modalities import MODALITIES
from core.modalities.nouns import Nouns, nouns_of
from core.modalities.units import single_units, training_units
from core.notes.note import Note, in_order
from core.recipe import Recipe
from core.runtime import derive_seed, resolve_device
from core.scoring.scorer import Scorer, Scores
from core.training.control import Control
from core.training.loop import Trainer
from core.training.records import EpochRecord, Snapshot
from core.training.suspects import suspects

if TYPE_CHECKING:
    from core.modalities.base import Modality
    from core.modalities.contract import Encoder, Ids, Samples, Units
    from core.models.base import Autoencoder
    from core.store.artifacts import Artifacts

__all__ = ["EpochRecord", "Experiment", "ExperimentResult", "Snapshot", "TrainedDetector", "load"]

FIT_ROWS = 500_000
"""Training samples that the encoding looks at, a seeded sample of them where there are more."""
SNAPSHOTS = 25
"""Snapshots of a run at most: each costs a forward pass of the sample through every member."""
KEPT_BYTES = 2_500_000
"""Weights of an epoch beyond which they are not kept with its snapshot: all of a run's take 64 MB at most."""
_FIT, _SAMPLE, _USUAL, _SUSPECTS = 11, 12, 14, 16


class Experiment:
    """One run of a recipe on a dataset.

    Parameters
    ----------
    samples
        The dataset, opened.
    recipe
        What to do; its modality is the dataset's.
    split
        Which samples train, validate and are judged; as the recipe divides them by default.

    Attributes
    ----------
    ended
        Empty until the run is over, then "done", "stopped" or "cancelled".
    result
        The outcome, after a run that was not cancelled.
    trained
        The detector, after a run that was not cancelled.
    """

    keeps_epochs = True
    """Whether it yields snapshots."""

    def __init__(self, samples: Samples, recipe: Recipe, split: Split | None = None) -> None:
        self.samples, self.recipe, self._given = samples, recipe, split
        self.ended = ""
        self.trained: TrainedDetector | None = None
        self.scores: Scores | None = None
        self._result: ExperimentResult | None = None
        self._trainer: Trainer | None = None
        self._built: list[Autoencoder] | None = None
        self._notes: list[Note] = []
        self._shown: set[int] = set()
        self._held_out: NDArray[np.float64] | None = None

    @property
    def result(self) -> ExperimentResult:
        """The outcome.

        Raises
        ------
        NotFittedError
            Before the run is over, or when it was cancelled.
        """
        if self._result is None and self.ended:
            raise NotFittedError(
                "This experiment has no result: it was cancelled, or ended before there were weights to keep. "
                "Train again."
            )
        if self._result is None:
            raise NotFittedError("This experiment has no result yet. Run it to its end first.")
        return self._result

    @property
    def finished(self) -> bool:
        """Whether there is a result to save; after a TrainingError too, when an epoch before it was good."""
        return self._result is not None

    def run(self, control: Control | None = None, checkpoint: bytes | None = None) -> Iterator[EpochRecord | Snapshot]:
        """Prepare, train and score; the generator ends by itself.

        Parameters
        ----------
        control
            Reins from another thread.
        checkpoint
            What :meth:`checkpoint` gave; training goes on from there as if nothing had happened.

        Raises
        ------
        DataError, ConfigError
            When the data or the settings cannot be used.
        TrainingError
            When the loss is not finite. When an epoch before was good, its weights are kept, everything is scored with
            them, and :attr:`finished` is true.
        """
        control = control or Control()
        control.progress.phase = "preparing"
        if checkpoint is not None:
            # Ratings of before: the networks are those that the checkpoint is of.
            of_before = checkpoint_without_flags(checkpoint, partial(build_members, self.recipe))
            checkpoint, self._built = of_before or (checkpoint, None)
        trainer = self._prepare()
        if checkpoint is not None:
            trainer.restore(checkpoint)
        failure: TrainingError | None = None
        try:
            for record in trainer.run(control):
                # The snapshot first: who pauses does so after a record, and would not come back to this epoch.
                if self._snapshot_due(record):
                    yield self._snapshot(trainer, record.epoch)
                yield record
            # The weights that the run has, of whatever epoch they are.
            if self.keeps_epochs and trainer.best_epoch not in (0, *self._shown) and control.ending != "cancelled":
                yield self._snapshot(trainer, trainer.best_epoch)
        except TrainingError as error:
            if not trainer.best_epoch:
                raise
            failure = error
        if control.ending == "stopped" and not trainer.best_epoch:
            # Stopped before the first epoch was over: there is nothing to keep.
            control.cancel()
        if control.ending != "cancelled":
            self._score(control)
        self.ended = control.ending or "done"
        control.progress.phase = "done"
        if failure is not None:
            raise failure

    def checkpoint(self) -> bytes:
        """All that the rest of the training depends on; valid whenever :meth:`run` has yielded."""
        if self._trainer is None:
            raise NotFittedError("There is nothing to keep yet: the training has not begun.")
        return self._trainer.checkpoint()

    def _prepare(self) -> Trainer:
        """Split, encode, build."""
        index, schema = self.samples.index, self.samples.schema
        self._modality.check_schema(schema)
        device = resolve_device(self.recipe.device)
        self._split = self._given or split_rows(index, schema, self.recipe.split, self.recipe.seed)
        self._labels = read_labels(index, schema)
        self._parts = self._split.parts(len(self.samples))
        self._notes = [Note("division", self._says(self._split.note))]
        # What is fitted to all training samples, where some of them are set aside.
        wider = self._wider_encoder()
        self._set_aside = self._split.train[:0] if wider is None else self._suspects(wider)
        self._fitted_on = np.setdiff1d(self._split.train, self._set_aside, assume_unique=True)
        encoder = self._fit_encoder(self._fitted_on)
        if wider is not None:
            encoder = self._modality.within(encoder, wider)
        members = self._built or build_members(self.recipe, encoder.layout.shape)
        for member in members:
            member.lay_out(encoder.layout)
        self._notes += [Note("training", text) for text in members[0].notes]
        self._notes += [Note("other", text) for text in self._modality.encoding_notes(encoder)]
        if getattr(members[0].config, "output", "") == "sigmoid" and encoder.output_range != "unit":
            self._note(
                "The network's output lies between 0 and 1 and the encoded numbers do not, so it cannot reconstruct "
                "them. Choose the min-max encoding, or the linear output."
            )
        self.trained = TrainedDetector(self.recipe, encoder, members, Scorer(self.recipe.score))
        self._trainer = Trainer(
            members,
            self._training_units(self._fitted_on),
            self._training_units(np.setdiff1d(self._split.validation, self._set_aside, assume_unique=True)),
            self.recipe.training,
            seed=self.recipe.seed,
            device=device,
        )
        self._choose_sample()
        return self._trainer

    def _wider_encoder(self) -> Encoder | None:
        """An encoder of all training samples where some may be set aside; None where all of them are trained on."""
        apart = self.recipe.training.set_aside and not self._split.known_normal
        return self._fit_encoder(self._split.train) if apart else None

    def _suspects(self, wider: Encoder) -> NDArray[np.int64]:
        """Training and validation samples that are not trained on: they stand apart, and no label calls them normal."""
        split, share = self._split, self.recipe.training.set_aside
        rows = np.sort(np.concatenate([split.train, split.validation]))
        vectors = wider.vectors(self.samples, rows)
        found = rows[suspects(vectors, share, derive_seed(self.recipe.seed, _SUSPECTS))]
        if len(found):
            self._note(
                f"No label says that the training rows are normal, so the {len(found):,} of {len(rows):,} that stand "
                "apart most were not trained on; they are scored like all others."
            )
        return found

    def _fit_encoder(self, ids: Ids) -> Encoder:
        if len(ids) > FIT_ROWS and not self._modality.in_time:
            rng = np.random.default_rng(derive_seed(self.recipe.seed, _FIT))
            ids = np.sort(rng.choice(ids, FIT_ROWS, replace=False))
            self._note(f"The encoding was fitted on {FIT_ROWS:,} of the training rows, drawn at random.")
        encoder = self._modality.encoder(self.recipe.encoding_config, self.samples.schema)
        return encoder.fit(self.samples, ids)

    def _note(self, text: str) -> None:
        self._notes.append(Note("training", self._says(text)))

    def _units(self, ids: Ids) -> Units:
        """The units of some samples, as training takes them: many times and in any order."""
        return self._detector.encoder.units(self.samples, ids).loaded()

    def _training_units(self, ids: Ids) -> Units:
        """The units that are made of nothing else than some samples."""
        return training_units(self._detector.encoder, self.samples, ids).loaded()

    @property
    def _says(self) -> Nouns:
        return nouns_of(self.recipe.modality)

    @property
    def _modality(self) -> Modality:
        return MODALITIES[self.recipe.modality]()

    @property
    def _detector(self) -> TrainedDetector:
        assert self.trained is not None
        return self.trained

    def _choose_sample(self) -> None:
        """The fixed rows that snapshots show, and the training rows that say what is usual for each member."""
        _, judged = judged_rows(self._labels, self._parts)
        most = sample_of(self._detector.encoder.layout.size)
        rows = choose_sample(self._labels, judged, derive_seed(self.recipe.seed, _SAMPLE), most)
        usual = self._some_fitted_on()
        shown, known = (single_units(self._detector.encoder, self.samples, ids).loaded() for ids in (rows, usual))
        self._sample = SnapshotSample(shown, self._labels[rows], known, rows)

    def _some_fitted_on(self) -> NDArray[np.int64]:
        """Rows that the networks were trained on, a seeded sample of them where there are many."""
        rng = np.random.default_rng(derive_seed(self.recipe.seed, _USUAL))
        most = sample_of(self._detector.encoder.layout.size)
        return np.sort(rng.choice(self._fitted_on, min(len(self._fitted_on), most), replace=False))

    def _snapshot(self, trainer: Trainer, epoch: int) -> Snapshot:
        snapshot = self._sample.snapshot(self._detector.members, self.recipe.score, epoch)
        self._shown.add(epoch)
        small = 4 * self._detector.parameters <= KEPT_BYTES
        return replace(snapshot, weights=trainer.as_ended(epoch) if small else b"")

    def _snapshot_due(self, record: EpochRecord) -> bool:
        interval = max(self.recipe.training.snapshot_epochs, -(-record.epochs // SNAPSHOTS))
        return self.keeps_epochs and (record.epoch in (1, record.epochs) or record.epoch % interval == 0)

    def _score(self, control: Control) -> None:
        """Score every row, set the threshold, measure."""
        codes = self._split.codes(len(self.samples))
        judge = DatasetScorer(self._detector, self.samples, codes, self._labels, self._set_aside)
        self.scores = judge.score(control)
        if self.scores is None:
            return
        self._notes += [Note("threshold", text) for text in judge.notes]
        self._held_out = judge.held_out
        self._result = self._make_result(self.scores.score, self._detector.threshold)

    def _make_result(self, scores: NDArray[np.float64], threshold: float) -> ExperimentResult:
        assert self._trainer is not None
        trainer, detector = self._trainer, self._detector
        measured = measure(self._labels, self._parts, scores, threshold)
        notes = in_order([*self._notes, *result_notes(measured, self._says)])
        return ExperimentResult(
            model=self.recipe.model,
            preset=self.recipe.preset,
            rows=len(self.samples),
            train_rows=len(self._split.train),
            validation_rows=len(self._split.validation),
            test_rows=len(self._split.test),
            features=detector.encoder.layout.size,
            columns=detector.encoder.layout.n_parts,
            epochs=trainer.epoch,
            best_epoch=trainer.best_epoch,
            seconds=trainer.seconds,
            rows_per_second=trainer.trained_rows / max(trainer.seconds, 1e-9),
            threshold=threshold,
            **measured,
            parameters=detector.parameters,
            members=len(detector.members),
            device=str(trainer.device),
            note=" ".join(note.text for note in notes),
            notes=[note.to_dict() for note in notes],
            versions=_versions(),
        )

    def save(self, artifacts: Artifacts, folder: str) -> None:
        """Write the detector, the scores, the latent places, the explanations and the result into a run's folder.

        Raises
        ------
        NotFittedError
            Before the run is over, or when it was cancelled.
        """
        result = self.result
        assert self.scores is not None
        self._detector.save(artifacts, folder)
        codes = self._split.codes(len(self.samples))
        artifacts.write_bytes(
            f"{folder}/scores.parquet", scores_file(self.scores, codes, PARTS, self._labels, self._held_out)
        )
        if len(self._set_aside):
            artifacts.write_bytes(f"{folder}/{SET_ASIDE}", set_aside_file(self._set_aside))
        detector, scores = self._detector, self.scores.score
        is_train = self._parts == "train"
        save_places(detector, self.samples, self._labels, is_train, scores, artifacts, folder)
        save_explanations(detector, self.samples, scores, artifacts, folder)
        save_extras(detector, self.samples, self._some_fitted_on(), artifacts, folder)
        save_run_files(detector, self.samples, self._labels, self._parts == "validation", scores, artifacts, folder)
        # Last: whoever finds the result finds all the others.
        artifacts.write_json(f"{folder}/result.json", result.to_dict())


def _versions() -> dict[str, str]:
    try:
        own = version("anomalens")
    except PackageNotFoundError:
        own = "not installed"
    names = {"anomalens": own, "torch": torch.__version__, "numpy": np.__version__}
    return {"python": platform.python_version(), **names}
