"""A run with what it was trained by and on: its recipe, networks, encoder, dataset and columns."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from core.errors import AnomalensError, DamagedError
from core.modalities.nouns import Nouns, nouns_of
from core.recipe import ScoreConfig

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.index.schema import Schema
    from core.modalities.base import Modality
    from core.modalities.contract import Encoder
    from core.recipe import Recipe
    from core.store.records import Dataset, Run
    from core.store.workspace import Workspace


class TrainedRun:
    """What a run is, whether or not its scores are asked for; each part is read when it is first asked for.

    Parameters
    ----------
    space
        The workspace.
    run
        A run that was trained.
    score
        The name of another score than the run's own; empty for that.
    """

    def __init__(self, space: Workspace, run: Run, score: str) -> None:
        self.space, self.record, self.score = space, run, score

    @property
    def id(self) -> str:
        """The run's id."""
        return self.record.id

    @property
    def name(self) -> str:
        """What people call it."""
        return self.record.name

    @property
    def recipe(self) -> Recipe:
        """What it was trained by."""
        return self.record.recipe

    @property
    def folder(self) -> str:
        """Where the run's own artifacts are."""
        return f"runs/{self.id}"

    @property
    def score_folder(self) -> str:
        """Where the artifacts of the score that is shown are; the run's own folder for its own score."""
        return f"{self.folder}/scores/{self.score}" if self.score else self.folder

    @property
    def score_config(self) -> ScoreConfig:
        """The settings of the score that is shown."""
        return ScoreConfig.from_name(self.score) if self.score else self.recipe.score

    @property
    def has_networks(self) -> bool:
        """Whether the run kept its networks, so that rows can be scored and explained anew."""
        return self.space.artifacts.exists(f"{self.folder}/model.json")

    @cached_property
    def detector(self) -> TrainedDetector:
        """The networks with the encoding, the score that is shown and its threshold, on the CPU.

        Raises
        ------
        DataError
            When the run kept none.
        """
        from core.detector.trained import load

        return load(self.space.artifacts, self.folder, self.score)

    @property
    def modality(self) -> Modality:
        """The kind of data that it was trained on.

        Raises
        ------
        UnknownNameError
            When that is not installed.
        """
        from core.modalities.recognise import modality_of

        return modality_of(self.recipe.modality)

    @property
    def nouns(self) -> Nouns:
        """What its samples and their parts are called; texts are said with it."""
        return nouns_of(self.recipe.modality)

    @cached_property
    def encoder(self) -> Encoder:
        """From samples to what its networks read; needs no torch.

        Raises
        ------
        DataError
            When the run kept none.
        """
        return self.modality.load_encoder(self.space.artifacts, self.folder)

    @cached_property
    def dataset(self) -> Dataset:
        """The run's dataset.

        Raises
        ------
        UnknownNameError
            When it was deleted.
        """
        return self.space.store.dataset(self.record.dataset_id)

    @property
    def has_dataset(self) -> bool:
        """Whether the dataset was not deleted."""
        return self._is_there("dataset")

    @cached_property
    def schema(self) -> Schema:
        """The columns as the run took them; as the dataset has them now where that was not kept.

        Raises
        ------
        UnknownNameError
            When neither is there.
        """
        from core.index.schema import Schema

        path = f"{self.folder}/schema.json"
        kept = self.space.artifacts.exists(path)
        return Schema.from_dict(self.space.artifacts.read_json(path) if kept else self.dataset.schema)

    @property
    def has_schema(self) -> bool:
        """Whether the columns are known."""
        return self._is_there("schema")

    def _is_there(self, name: str) -> bool:
        try:
            getattr(self, name)
        except DamagedError:
            raise
        except AnomalensError:
            return False
        return True
