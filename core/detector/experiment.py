"""The whole story of a run: rows -> split -> encoding -> training -> scores -> threshold -> metrics -> artifacts.

The dashboard's workers, the command line and a notebook all call it. It knows neither jobs nor screens::

    experiment = Experiment(table, schema, recipe)
    for event in experiment.run():
        ...  # EpochRecord or Snapshot
    experiment.result.auroc
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from core.detector.dataset_scorer import CHUNK, DatasetScorer
from core.detector.trained import Trained, build_members, load
from core.errors import NotFittedError, TrainingError
from core.index.labels import read_labels
from core.index.schema import Schema
from core.index.split import PARTS, split_rows
from core.index.table import Table
from core.metrics.evaluation import judged_rows
from core.modalities import MODALITIES
from core.modalities.tabular.encoder import TabularEncoder
from core.projections.computing import place_all
from core.projections.request import DEFAULT, FILE, MapRequest, folder_of
from core.recipe import Recipe
from core.results.code_activity import code_activity
from core.results.files import SET_ASIDE, explanations_file, latent_file, rows_to_explain, scores_file, set_aside_file
from core.results.generated import generate_units, units_to_generate
from core.results.result import ExperimentResult, measure
from core.runtime import mix, resolve_device
from core.scoring.latent import latent_codes, principal, rows_to_place
from core.scoring.scorer import Scorer, Scores
from core.scoring.snapshot import SAMPLE, SnapshotSample, choose_sample
from core.training.control import Control
from core.training.loop import Trainer
from core.training.records import EpochRecord, Snapshot
from core.training.suspects import suspects

if TYPE_CHECKING:
    import pandas as pd

    from core.store.artifacts import Artifacts

__all__ = ["EpochRecord", "Experiment", "ExperimentResult", "Snapshot", "Trained", "load"]

FIT_ROWS = 500_000
"""Training rows that the encoding looks at, a seeded sample of them where there are more."""
SNAPSHOTS = 25
"""Snapshots of a run at most: each costs a forward pass of the sample through every member."""
KEPT_BYTES = 2_500_000
"""Weights of an epoch beyond which they are not kept with its snapshot: all of a run's take 64 MB at most."""
_FIT, _SAMPLE, _PLACED, _USUAL, _GENERATED, _SUSPECTS = 11, 12, 13, 14, 15, 16


class Experiment:
    """One run of a recipe on a table.

    Parameters
    ----------
    table
        The rows.
    schema
        What its columns are.
    recipe
        What to do.

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

    def __init__(self, table: Table, schema: Schema, recipe: Recipe) -> None:
        self.table, self.schema, self.recipe = table, schema, recipe
        self.ended = ""
        self.trained: Trained | None = None
        self.scores: Scores | None = None
        self._result: ExperimentResult | None = None
        self._trainer: Trainer | None = None
        self._notes: list[str] = []
        self._shown: set[int] = set()

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
            self._judge(control)
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
        self.schema.refuse_without_features()
        device = resolve_device(self.recipe.device)
        self._split = split_rows(self.table, self.schema, self.recipe.split, self.recipe.seed)
        self._labels = read_labels(self.table, self.schema)
        self._parts = self._split.parts(self.table.rows)
        self._notes = [self._split.note]
        self._set_aside = self._suspects()
        self._taught = np.setdiff1d(self._split.train, self._set_aside, assume_unique=True)
        encoder = self._fit_encoder(self._taught)
        members = build_members(self.recipe, (encoder.width,))
        for member in members:
            member.lay_out(encoder.layout)
        self._notes += members[0].notes
        if getattr(members[0].config, "output", "") == "sigmoid" and encoder.output_range != "unit":
            self._notes.append(
                "The network's output lies between 0 and 1 and the encoded numbers do not, so it cannot reconstruct "
                "them. Choose the min-max encoding, or the linear output."
            )
        self.trained = Trained(self.recipe, encoder, members, Scorer(self.recipe.score))
        self._trainer = Trainer(
            members,
            self._encoded(self._taught),
            self._encoded(np.setdiff1d(self._split.validation, self._set_aside, assume_unique=True)),
            self.recipe.training,
            seed=self.recipe.seed,
            device=device,
        )
        self._choose_sample()
        return self._trainer

    def _suspects(self) -> NDArray[np.int64]:
        """Training and validation rows that teach nothing, because they stand apart and no label calls them normal."""
        split, share = self._split, self.recipe.training.set_aside
        if split.known_normal or not share:
            return split.train[:0]
        rows = np.sort(np.concatenate([split.train, split.validation]))
        encoded = self._encoded(rows, self._fit_encoder(split.train))
        found = rows[suspects(encoded, share, mix(self.recipe.seed, _SUSPECTS))]
        if len(found):
            self._notes.append(
                f"No label says that the training rows are normal, so the {len(found):,} of {len(rows):,} that stand "
                "apart most taught nothing; they are scored like all others."
            )
        return found

    def _fit_encoder(self, rows: NDArray[np.int64]) -> TabularEncoder:
        if len(rows) > FIT_ROWS:
            rng = np.random.default_rng(mix(self.recipe.seed, _FIT))
            rows = np.sort(rng.choice(rows, FIT_ROWS, replace=False))
            note = f"The encoding was fitted on {FIT_ROWS:,} of the training rows, drawn at random."
            self._notes += [] if note in self._notes else [note]
        return TabularEncoder(self.recipe.encoding_config, self.schema).fit_frame(self._frame(rows))

    def _frame(self, rows: NDArray[np.int64]) -> pd.DataFrame:
        return self.table.frame([column.name for column in self.schema.features], rows=rows)

    def _encoded(self, rows: NDArray[np.int64], encoder: TabularEncoder | None = None) -> NDArray[np.float32]:
        """Ascending rows as one matrix, read and encoded a chunk at a time, by the run's own encoding by default."""
        encoder = encoder or self._detector.encoder
        matrix = np.empty((len(rows), encoder.width), dtype=np.float32)
        for start in range(0, len(rows), CHUNK):
            end = start + CHUNK
            matrix[start:end] = encoder.transform(self._frame(rows[start:end]))
        return matrix

    @property
    def _detector(self) -> Trained:
        assert self.trained is not None
        return self.trained

    def _choose_sample(self) -> None:
        """The fixed rows that snapshots show, and the training rows that say what is usual for each member."""
        _, judged = judged_rows(self._labels, self._parts)
        rows = choose_sample(self._labels, judged, mix(self.recipe.seed, _SAMPLE))
        usual = self._some_taught()
        self._sample = SnapshotSample(self._encoded(rows), self._labels[rows], self._encoded(usual), rows)

    def _some_taught(self) -> NDArray[np.int64]:
        """Rows that the networks were trained on, a seeded sample of them where there are many."""
        rng = np.random.default_rng(mix(self.recipe.seed, _USUAL))
        return np.sort(rng.choice(self._taught, min(len(self._taught), SAMPLE), replace=False))

    def _snapshot(self, trainer: Trainer, epoch: int) -> Snapshot:
        snapshot = self._sample.snapshot(self._detector.members, self.recipe.score, epoch)
        self._shown.add(epoch)
        small = 4 * self._detector.parameters <= KEPT_BYTES
        return replace(snapshot, weights=trainer.as_ended(epoch) if small else b"")

    def _snapshot_due(self, record: EpochRecord) -> bool:
        every = max(self.recipe.training.snapshot_epochs, -(-record.epochs // SNAPSHOTS))
        return self.keeps_epochs and (record.epoch in (1, record.epochs) or record.epoch % every == 0)

    def _judge(self, control: Control) -> None:
        """Score every row, set the threshold, measure."""
        codes = self._split.codes(self.table.rows)
        judge = DatasetScorer(self._detector, self.table, codes, self._labels, self._set_aside)
        self.scores = judge.score(control)
        if self.scores is None:
            return
        self._notes += judge.notes
        self._result = self._make_result(self.scores.score, self._detector.threshold)

    def _make_result(self, scores: NDArray[np.float64], threshold: float) -> ExperimentResult:
        assert self._trainer is not None
        trainer, detector = self._trainer, self._detector
        return ExperimentResult(
            model=self.recipe.model,
            preset=self.recipe.preset,
            rows=self.table.rows,
            train_rows=len(self._split.train),
            validation_rows=len(self._split.validation),
            test_rows=len(self._split.test),
            features=detector.encoder.width,
            columns=len(self.schema.features),
            epochs=trainer.epoch,
            best_epoch=trainer.best_epoch,
            seconds=trainer.seconds,
            rows_per_second=trainer.trained_rows / max(trainer.seconds, 1e-9),
            threshold=threshold,
            **measure(self._labels, self._parts, scores, threshold),
            parameters=detector.parameters,
            members=len(detector.members),
            device=str(trainer.device),
            note=" ".join(self._notes),
            versions=_versions(),
        )

    def save(self, artifacts: Artifacts, run_id: str) -> None:
        """Write the detector, the scores, the latent places, the explanations and the result below ``runs/<run_id>``.

        Raises
        ------
        NotFittedError
            Before the run is over, or when it was cancelled.
        """
        result = self.result
        assert self.scores is not None
        folder = f"runs/{run_id}"
        self._detector.save(artifacts, run_id)
        codes = self._split.codes(self.table.rows)
        artifacts.write_bytes(f"{folder}/scores.parquet", scores_file(self.scores, codes, PARTS, self._labels))
        if len(self._set_aside):
            artifacts.write_bytes(f"{folder}/{SET_ASIDE}", set_aside_file(self._set_aside))
        rows = rows_to_place(self._labels, self.scores.score, mix(self.recipe.seed, _PLACED))
        artifacts.write_bytes(f"{folder}/latent.parquet", self._latent_file(rows))
        if len(rows) < self.table.rows:
            self._save_every_place(artifacts, run_id, rows)
        artifacts.write_bytes(f"{folder}/explanations.parquet", self._explanations_file(self.scores.score))
        self._save_extras(artifacts, folder)
        # Last: whoever finds the result finds all the others.
        artifacts.write_json(f"{folder}/result.json", result.to_dict())

    def _save_extras(self, artifacts: Artifacts, folder: str) -> None:
        """What only some networks can tell: how active a sparse code is, and new rows of a variational one."""
        members, encoder, seed = self._detector.members, self._detector.encoder, self.recipe.seed
        rows = self._some_taught()
        if members[0].sparse:
            artifacts.write_json(f"{folder}/activity.json", code_activity(members, self._encoded(rows)))
        if members[0].variational:
            new = generate_units(members, units_to_generate(encoder.layout.n_parts), mix(seed, _GENERATED))
            modality = MODALITIES[self.recipe.modality]()
            kept = modality.generated_files(encoder.inverse(new), self._frame(rows), self.schema)
            for name, content in kept.items():
                artifacts.write_bytes(f"{folder}/{name}", content)

    def _latent_file(self, rows: NDArray[np.int64]) -> bytes:
        return latent_file(rows, principal(self._codes(rows), self._parts[rows] == "train"))

    def _save_every_place(self, artifacts: Artifacts, run_id: str, sample: NDArray[np.int64]) -> None:
        """The places of all rows on the map that a sample's training rows set the axes of."""
        trained = sample[self._parts[sample] == "train"]
        placed = place_all(self._codes, trained if len(trained) else sample, self.table.rows)
        artifacts.write_bytes(f"{folder_of(run_id, MapRequest.of(DEFAULT, {}))}/{FILE}", placed.to_bytes())

    def _codes(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return latent_codes(self._detector.members, self._encoded(rows))

    def _explanations_file(self, scores: NDArray[np.float64]) -> bytes:
        rows = rows_to_explain(scores, len(self.schema.features))
        return explanations_file(self._detector.explain(self._frame(rows), rows))


def _versions() -> dict[str, str]:
    try:
        own = version("anomalens")
    except PackageNotFoundError:
        own = "not installed"
    names = {"anomalens": own, "torch": torch.__version__, "numpy": np.__version__}
    return {"python": platform.python_version(), **names}
