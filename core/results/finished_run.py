"""A finished run, opened once and handed on: what it was, what it says of every sample, and its detector.

The run's id and the score's name are resolved here and nowhere else. Everything is read when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.errors import NotFittedError
from core.recipe import ScoreConfig

if TYPE_CHECKING:
    from core.store.records import Dataset, Run
    from core.store.workspace import Workspace


class FinishedRun:
    """A run that has scores, under its own score or another one that was computed for it.

    Parameters
    ----------
    space
        The workspace.
    run
        A run that is done, or that was stopped and kept its best weights.
    score
        The name of another score (:attr:`core.recipe.ScoreConfig.name`); empty for the run's own.

    Raises
    ------
    NotFittedError
        When the run has no scores.
    """

    def __init__(self, space: Workspace, run: Run, score: str = "") -> None:
        if run.result is None or run.state not in ("done", "stopped"):
            raise NotFittedError(f"Run {run.id} is {run.state} and has no scores. Choose a run that is done.")
        self.space, self.run = space, run
        # Whatever an address holds: the name as the settings write it is all that gets into a path.
        self.score = ScoreConfig.from_name(score).name if score else ""

    @classmethod
    def open(cls, space: Workspace, run_id: str, score: str = "") -> FinishedRun:
        """The run of that id.

        Raises
        ------
        UnknownNameError
            When there is no such run.
        NotFittedError
            When it has no scores.
        """
        return cls(space, space.store.run(run_id), score)

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.id

    @property
    def folder(self) -> str:
        """Where the run's own artifacts are."""
        return f"runs/{self.id}"

    @property
    def score_folder(self) -> str:
        """Where the artifacts of the score that is shown are; the run's own folder for its own score."""
        return f"{self.folder}/scores/{self.score}" if self.score else self.folder

    @cached_property
    def score_config(self) -> ScoreConfig:
        """The settings of the score that is shown."""
        return ScoreConfig.from_name(self.score) if self.score else self.run.recipe.score

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """What the run came to, under the score that is shown."""
        if not self.score:
            return self.run.result or {}
        told: dict[str, Any] = self.space.artifacts.read_json(f"{self.score_folder}/result.json")
        return told

    @cached_property
    def dataset(self) -> Dataset:
        """The run's dataset."""
        return self.space.store.dataset(self.run.dataset_id)
