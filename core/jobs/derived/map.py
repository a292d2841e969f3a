"""A map of a run's latent space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.jobs.derived import DERIVED
from core.jobs.derived.base import Derived, WorkControl
from core.projections.request import FILE, MapRequest, folder_of

if TYPE_CHECKING:
    from core.projections.map_points import MapPoints
    from core.results.finished_run import FinishedRun


@DERIVED.register("map")
@dataclass(frozen=True)
class DerivedMap(Derived):
    """Where a map puts the rows of a run. The libraries that lay out maps offer no way to stop them."""

    request: MapRequest

    noun = "the map"
    crashed = (
        "The process that computed it ended before the map was done, most likely for want of memory. Try again with "
        "fewer rows to learn from."
    )

    def folder(self, run_id: str) -> str:
        """Each map with its settings has its own."""
        return folder_of(run_id, self.request)

    def last_file(self, run_id: str) -> str:
        """The points, in one file."""
        return f"{self.folder(run_id)}/{FILE}"

    def compute(self, run: FinishedRun, control: WorkControl) -> None:
        """Lay out the codes of the run's rows."""
        from core.projections.computing import compute

        compute(run, self.request, control)

    def read(self, run: FinishedRun) -> MapPoints:
        """The points."""
        from core.projections.map_points import MapPoints

        return MapPoints.read(run.space.artifacts.local(self.last_file(run.id)))
