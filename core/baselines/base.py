"""What a classical detector is here: settings, ``fit`` on training rows, and a score for any row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFittedError
from core.params import build

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]


class Baseline:
    """Base of the classical detectors; one is a small file with a title, a ``Config``, ``_fitted`` and ``_scored``.

    Parameters
    ----------
    config
        The detector's settings, an instance of its ``Config``.
    seed
        Of whatever it draws at random.
    """

    title: ClassVar[str]
    """Its name on screen."""
    when: ClassVar[str]
    """One line on when to use it."""
    order: ClassVar[int] = 100
    """Its place in a picker; the lowest comes first."""

    @dataclass(frozen=True)
    class Config:
        """A detector without settings."""

    def __init__(self, config: Any, seed: int = 0) -> None:
        self.config, self.seed = config, seed
        self.estimator_: Any = None

    @classmethod
    def create(cls, settings: Mapping[str, Any] | None = None, seed: int = 0) -> Baseline:
        """A detector from plain settings; what is not named keeps its default.

        Raises
        ------
        ConfigError
            For an unknown name, a wrong type, or a value out of range.
        """
        return cls(build(cls.Config, settings or {}), seed)

    def fit(self, x: Rows) -> Baseline:
        """Learn from encoded training rows, shape (n, width)."""
        self.estimator_ = self._fitted(x)
        return self

    def score(self, x: Rows) -> Scores:
        """The anomaly score of each row, shape (n,); higher is more anomalous.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        if self.estimator_ is None:
            raise NotFittedError(f"{self.title} has not learnt yet. Call fit with training rows first.")
        scores: Scores = np.asarray(self._scored(x), dtype=np.float64)
        return scores

    def _fitted(self, x: Rows) -> Any:
        """The scikit-learn estimator, fitted."""
        raise NotImplementedError

    def _scored(self, x: Rows) -> Any:
        """Scores, higher is more anomalous; scikit-learn's own run the other way."""
        return -self.estimator_.score_samples(x)
