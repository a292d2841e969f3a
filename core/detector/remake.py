"""The files of a finished run that its networks can write again: scores, places, explanations. Nothing is trained."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from core.detector.dataset_scorer import DatasetScorer
from core.detector.files import scores_file
from core.detector.saving import save_explanations, save_places
from core.detector.trained import load_networks
from core.errors import DataError
from core.index.labels import read_labels
from core.index.split import split_rows
from core.metrics.groups import PARTS
from core.training.control import Control

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun


def remake(run: FinishedRun, names: Collection[str], control: Control | None = None) -> None:
    """Score the dataset again as the run did when it ended, and write some of its files.

    Parameters
    ----------
    run
        A run, opened under its own score. On the kind of processor that it was trained on they are bit for bit what
        they were.
    names
        Of :data:`core.detector.files.REMADE`.
    control
        Where the progress is told.

    Raises
    ------
    DataError
        When its networks or its dataset are gone or damaged too, or the dataset is another one now.
    """
    artifacts, recipe = run.space.artifacts, run.recipe
    samples = run.modality.open(run.dataset, artifacts, run.schema)
    if len(samples) != int(run.result.get("rows", len(samples))):
        raise DataError(f"The dataset of run {run.id} is another one now, so nothing can be made again. Train again.")
    trained = load_networks(artifacts, run.folder, recipe.score)
    split = split_rows(samples.index, samples.schema, recipe.split, recipe.seed)
    codes, labels = split.codes(len(samples)), read_labels(samples.index, samples.schema)
    judge = DatasetScorer(trained, samples, codes, labels, run.set_aside)
    scores = judge.score(control or Control())
    if scores is None:
        raise DataError("It was cancelled, and nothing was made again.")
    if "scores.parquet" in names:
        content = scores_file(scores, codes, PARTS, labels, judge.held_out)
        artifacts.write_bytes(f"{run.folder}/scores.parquet", content)
    if "latent.parquet" in names:
        is_train = split.parts(len(samples)) == "train"
        save_places(trained, samples, labels, np.asarray(is_train), scores.score, artifacts, run.folder)
    if "explanations.parquet" in names:
        save_explanations(trained, samples, scores.score, artifacts, run.folder)
