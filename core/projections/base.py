"""The base class of projections: settings, a seed, codes scaled for distances, one map at a time per process."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, NotFittedError
from core.params import build, param

Codes = NDArray[np.float32]
Places = NDArray[np.float32]

FEWEST = 10
"""Rows under which there are no neighbourhoods to keep."""
WIDEST = 50
"""Numbers of a code that distances are measured in; wider codes are reduced to so many principal components."""
FAR = 100.0
"""Standard deviations at which a row counts as far: farther ones would overflow what the libraries compute."""

_TURN = threading.Lock()
"""The threads of a worker would break each other's loops in numba, whose default pool is one for the process."""


class Projection:
    """A map: learns from codes, and places these and others.

    Parameters
    ----------
    config
        Its settings, an instance of :attr:`Config`.
    dimensions
        2 or 3.
    seed
        The same seed gives the same map.
    """

    title: ClassVar[str] = ""
    when: ClassVar[str] = ""
    order: ClassVar[int] = 9
    """Where it stands in a picker."""
    axes: ClassVar[tuple[str, ...]] = ()
    """Axes that a unit must have; none where it reads the codes alone, whatever they are codes of."""

    @dataclass(frozen=True)
    class Config:
        """How many rows it learns from, and how many it places."""

        sample: int = param(
            10_000,
            "Rows that the map is learnt from, drawn at random. More rows show finer structure and take longer.",
            low=100,
            high=100_000,
            label="Rows to learn from",
        )
        rows: int = param(
            50_000,
            "Rows on the map at most: anomalies and the highest scores come first, others at random. Those that it did "
            "not learn from are placed among those it did.",
            low=1_000,
            high=500_000,
            label="Rows on the map",
        )

    def __init__(self, config: Any = None, *, dimensions: int = 2, seed: int = 0) -> None:
        # Any, because each map has settings of its own.
        self.config: Any = config if config is not None else self.Config()
        self.dimensions, self.seed = dimensions, seed
        self._scale: _Scale | None = None

    @classmethod
    def fits_axes(cls, axes: Collection[str]) -> bool:
        """Whether it lays out codes of units with these axes."""
        return set(cls.axes) <= set(axes)

    @classmethod
    def create(cls, settings: Mapping[str, Any], *, dimensions: int = 2, seed: int = 0) -> Projection:
        """One from plain settings.

        Raises
        ------
        ConfigError
            For an unknown name, a wrong type, or a value out of range.
        """
        return cls(build(cls.Config, settings), dimensions=dimensions, seed=seed)

    def fit(self, z: Codes) -> Places:
        """Learn from codes, shape (n, width); where they lie, shape (n, dimensions).

        Raises
        ------
        DataError
            When there are too few rows for neighbourhoods.
        """
        if len(z) < FEWEST:
            raise DataError(f"{self.title} needs at least {FEWEST} rows. There are {len(z)}. Look at the PCA map.")
        self._scale = _Scale.of(z)
        with _alone():
            return np.ascontiguousarray(self._fitted(self._scale.apply(z)), dtype=np.float32)

    def transform(self, z: Codes) -> Places:
        """Where other codes lie among those that it learnt from, shape (n, dimensions).

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        if self._scale is None:
            raise NotFittedError(f"{self.title} has not learnt yet. Call fit with codes first.")
        if not len(z):
            return np.empty((0, self.dimensions), dtype=np.float32)
        with _alone():
            return np.ascontiguousarray(self._placed(self._scale.apply(z)), dtype=np.float32)

    def _fitted(self, z: Codes) -> Any:
        """Places of the rows that are learnt from."""
        raise NotImplementedError

    def _placed(self, z: Codes) -> Any:
        """Places of other rows."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Scale:
    """Codes as distances want them: centred, of unit size, nothing endlessly far, not too wide.

    One number divides all, so that what is near stays near.
    """

    centre: NDArray[np.float64]
    size: float
    axes: NDArray[np.float64] | None

    @classmethod
    def of(cls, z: Codes) -> _Scale:
        centre = np.median(z, axis=0).astype(np.float64)
        # The median of each row's size, because the farthest rows must not decide.
        size = float(np.median(np.sqrt(((z - centre) ** 2).mean(axis=1)))) or 1.0
        scale = cls(centre, size, None)
        if z.shape[1] <= WIDEST:
            return scale
        _, axes = np.linalg.eigh(np.cov(scale.apply(z).astype(np.float64), rowvar=False))
        return cls(centre, size, axes[:, ::-1][:, :WIDEST])

    def apply(self, z: Codes) -> Codes:
        near = np.clip((z - self.centre) / self.size, -FAR, FAR)
        return np.ascontiguousarray(near if self.axes is None else near @ self.axes, dtype=np.float32)


@contextmanager
def _alone() -> Iterator[None]:
    """One map at a time; what the libraries warn of (a seed makes them slower) is meant so."""
    with _TURN, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
