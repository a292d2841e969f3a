"""Computes a map of a finished run: fits a projection to some rows' codes and transforms the codes of all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.projections import PROJECTIONS
from core.projections.map_points import MapPoints
from core.projections.request import DEFAULT, FILE, MapRequest

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.results.scored import ScoredRows
    from core.training.control import Control

CHUNK = 16_384
"""Rows that are read, encoded and placed at a time."""
_SHOWN, _LEARNT, _MAP = 31, 32, 33

CodesOf = Callable[[NDArray[np.int64]], NDArray[np.float32]]


def compute(run: FinishedRun, request: MapRequest, control: Control) -> MapPoints:
    """Compute a map of a run and write it beside the run.

    Parameters
    ----------
    run
        A finished run, under its own score.
    request
        Which map.
    control
        Where the progress is told: ``batch`` of ``batches``.

    Raises
    ------
    DataError
        When the run kept no networks, its dataset is another one now, or there are too few rows.
    """
    trained, samples = run.detector, run.samples

    def codes(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return trained.codes(samples, ids)

    if request.name == DEFAULT:
        placed = place_all(codes, _axis_rows(run), len(samples), control)
    else:
        placed = _fitted_map(codes, request, run.scored, run.recipe.seed, control)
    run.space.artifacts.write_bytes(f"{run.folder}/{request.path}/{FILE}", placed.to_bytes())
    return placed


def place_all(codes: CodesOf, axis_rows: NDArray[np.int64], rows: int, control: Control | None = None) -> MapPoints:
    """Every row's place along the principal components of some rows' codes."""
    pca = PROJECTIONS[DEFAULT](dimensions=3)
    pca.fit(codes(axis_rows))
    places = np.empty((rows, 3), dtype=np.float32)
    for some in _chunks(np.arange(rows, dtype=np.int64), control):
        places[some] = pca.transform(codes(some))
    return MapPoints.build(np.arange(rows, dtype=np.int64), places, rows, {"learnt": len(axis_rows)})


def _fitted_map(
    codes: CodesOf,
    request: MapRequest,
    scored: ScoredRows,
    seed: int,
    control: Control,
) -> MapPoints:
    """A map that learns from a sample of the rows on it."""
    from core.runtime import derive_seed
    from core.scoring.latent import rows_to_place

    kind = PROJECTIONS[request.name]
    projection = kind.create(dict(request.settings), dimensions=request.dimensions, seed=derive_seed(seed, _MAP))
    config = projection.config
    placed = rows_to_place(scored.label, scored.score, derive_seed(seed, _SHOWN), limit=config.rows)
    rng = np.random.default_rng(derive_seed(seed, _LEARNT))
    fitted_on = np.sort(rng.choice(len(placed), min(len(placed), config.sample), replace=False))
    rest = np.setdiff1d(np.arange(len(placed)), fitted_on, assume_unique=True)
    # Learning takes as long as placing all the others, about: half of the progress each.
    control.progress.phase, control.progress.batch = "learning", 0
    control.progress.batches = 2 * max(1, -(-len(rest) // CHUNK))
    places = np.empty((len(placed), request.dimensions), dtype=np.float32)
    places[fitted_on] = projection.fit(codes(placed[fitted_on]))
    control.progress.batch = control.progress.batches // 2
    control.progress.phase = "placing"
    for start in range(0, len(rest), CHUNK):
        some = rest[start : start + CHUNK]
        places[some] = projection.transform(codes(placed[some]))
        control.progress.batch += 1
    if not np.isfinite(places).all():
        raise DataError(f"{kind.title} found no places for these codes. Try other settings, or the PCA map.")
    return MapPoints.build(placed, places, len(scored.score), {"learnt": len(fitted_on)})


def _axis_rows(run: FinishedRun) -> NDArray[np.int64]:
    """The rows that set the axes of the run's own map: those of its sample that it was trained on."""
    places, trains = run.rows.latent(), run.scored.among(("train",))
    sample = np.arange(min(len(trains), CHUNK)) if places is None else np.sort(places["row"].to_numpy(np.int64))
    trained: NDArray[np.int64] = sample[trains[sample]]
    return trained if len(trained) else sample


def _chunks(rows: NDArray[np.int64], control: Control | None) -> Iterator[NDArray[np.int64]]:
    if control is not None:
        control.progress.phase, control.progress.batch = "placing", 0
        control.progress.batches = -(-len(rows) // CHUNK)
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
        if control is not None:
            control.progress.batch += 1
