"""The base class of the checks of a finished run, what a check is given, and its finding."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.compare.comparison_data import ComparisonData
    from core.detector.trained import TrainedDetector
    from core.modalities.contract import Raw
    from core.results.finished_run import FinishedRun

SAMPLE = 2_000
"""Training rows that a check asks the networks about."""
WARNING, FINE, SKIPPED = "warning", "fine", "skipped"


@dataclass(frozen=True)
class Finding:
    """What a check found."""

    level: str
    """"warning", "fine", or "skipped" where the run has not what the check looks at."""
    found: str
    """What was found, as a sentence."""
    numbers: dict[str, float] = field(default_factory=dict)
    """What it was decided by."""


class Check:
    """Base of the checks; one is a small file with a title, two sentences and :meth:`check`."""

    title: ClassVar[str]
    """What is checked, as a few words."""
    why: ClassVar[str]
    """Why a warning matters, as a sentence."""
    remedy: ClassVar[str]
    """What to do after a warning, as a sentence."""
    order: ClassVar[int] = 100
    """Its place in the list; the lowest comes first."""

    def check(self, case: CheckInput) -> Finding:
        """Check a run."""
        raise NotImplementedError

    @classmethod
    def describe(cls, name: str, finding: Finding) -> dict[str, Any]:
        """A finding with the check's own words, as plain values."""
        words = {"why": cls.why, "remedy": cls.remedy} if finding.level == WARNING else {"why": "", "remedy": ""}
        return {"name": name, "title": cls.title, **asdict(finding), **words}


@dataclass(frozen=True)
class CheckInput:
    """A finished run as a check sees it: the rows that it is compared on, and what several checks ask for."""

    comparison_data: ComparisonData

    @property
    def run(self) -> FinishedRun:
        """The run."""
        return self.comparison_data.run

    @property
    def trained(self) -> TrainedDetector:
        """Its networks."""
        return self.run.detector

    @property
    def seed(self) -> int:
        """The run's."""
        return self.run.recipe.seed

    @cached_property
    def train_scores(self) -> NDArray[np.float64]:
        """The run's scores of all its training rows."""
        return self.run.scored.score[self.run.train]

    @cached_property
    def sample(self) -> NDArray[np.int64]:
        """Training rows for a question to the networks, the same for all checks."""
        return self.comparison_data.train[:SAMPLE]

    @cached_property
    def content(self) -> Raw:
        """The content of :attr:`sample`."""
        return self.comparison_data.read(self.sample)

    def score(self, raw: Raw) -> NDArray[np.float64]:
        """The run's scores of new samples."""
        return self.trained.score(raw).score
