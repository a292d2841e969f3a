"""The base class of classical detectors: settings, ``fit`` on training rows, and a score for any row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, NotFittedError
from core.params import build

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]

FAR = 1e15
"""Encoded values beyond count as this, so that squares and sums of them stay finite numbers."""


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
    most_rows: ClassVar[int] = 100_000
    """Training rows beyond which a seeded sample of so many is enough, or all that is bearable."""
    related_score: ClassVar[str] = ""
    """The score of ours (:mod:`core.scores`) that looks for the same; empty where there is none."""

    @dataclass(frozen=True)
    class Config:
        """A detector without settings."""

    def __init__(self, config: Any, seed: int = 0) -> None:
        self.config, self.seed = config, seed
        self.estimator_: Any = None
        self.width_ = 0

    @classmethod
    def create(cls, settings: Mapping[str, Any] | None = None, seed: int = 0) -> Baseline:
        """A detector from plain settings; what is not named keeps its default.

        Raises
        ------
        ConfigError
            For an unknown name, a wrong type, or a value out of range.
        """
        return cls(build(cls.Config, settings or {}), seed)

    @classmethod
    def rows_for(cls, width: int) -> int:
        """Training rows of ``width`` columns that it learns from in bearable time, at most."""
        del width
        return cls.most_rows

    def fit(self, x: Rows) -> Baseline:
        """Learn from encoded training rows, shape (n, width).

        Raises
        ------
        DataError
            When there are fewer than two rows, no column, or a value that is no finite number.
        """
        self._refuse(x)
        if len(x) < 2 or not x.shape[1]:
            raise DataError(
                f"{self.title} needs two training rows and a column at least. Got {len(x)} x {x.shape[1]}. "
                "Choose another split, or give a column the role 'feature'."
            )
        self.estimator_ = self._fitted(np.clip(x, -FAR, FAR))
        self.width_ = x.shape[1]
        return self

    def score(self, x: Rows) -> Scores:
        """The anomaly score of each row, shape (n,); higher is more anomalous.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        DataError
            When the rows have other columns than the training rows, or a value that is no finite number.
        """
        if self.estimator_ is None:
            raise NotFittedError(f"{self.title} has not learnt yet. Call fit with training rows first.")
        self._refuse(x)
        if x.shape[1] != self.width_:
            raise DataError(
                f"{self.title} learnt from rows of {self.width_} columns. Got {x.shape[1]}. Encode them alike."
            )
        if not len(x):
            return np.empty(0)
        scores: Scores = np.asarray(self._scored(np.clip(x, -FAR, FAR)), dtype=np.float64)
        return scores

    def _refuse(self, x: Rows) -> None:
        if x.ndim != 2:
            raise DataError(f"{self.title} reads rows as a matrix of two axes. Got {x.ndim}.")
        if not np.isfinite(x).all():
            raise DataError(f"{self.title} reads finite numbers only. Encode the rows first: that fills in blanks.")

    def _fitted(self, x: Rows) -> Any:
        """The scikit-learn estimator, fitted."""
        raise NotImplementedError

    def _scored(self, x: Rows) -> Any:
        """Scores, higher is more anomalous; scikit-learn's own run the other way."""
        return -self.estimator_.score_samples(x)
