"""What of a run a report, a picture or a link shows: its score, its threshold, the rows and axes of the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class ReportView:
    """The state of the explorer that a report opens with; the defaults are the run's own."""

    score: str = ""
    """The name of another score that was computed for the run."""
    rule: str = ""
    """A threshold rule; empty for the threshold that the run was saved with."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The rule's settings."""
    rows: str = ""
    """The rows of the histogram: "test", "validation", "train", "unused" or "all"; empty for the judged ones."""
    axes: tuple[str, ...] | None = None
    """Which of "log-scores", "log-counts" and "stacked" are on; None chooses by the scores."""
    zoom: tuple[float, float] | None = None
    """The scores between which the histogram is shown."""
    second: float | None = None
    """Where a second line stands."""
    band: tuple[float, float] | None = None
    """The scores that are selected: above the first, at most the second."""
    cell: str = ""
    """The cell of the confusion matrix that is selected: "caught", "missed", "alarms" or "passed"."""
    area: tuple[tuple[float, float], ...] = ()
    """The corners of what was drawn around in the map of the latent space."""
    projection: str = ""
    """The map that it was drawn in (:class:`core.projections.request.MapRequest`); empty for the run's own."""
    family: tuple[int, float, tuple[str, ...]] | None = None
    """A family that is selected: its number, and the threshold and parts of the rows that were grouped."""
    where: tuple[tuple[Any, ...], ...] = ()
    """Filters of columns, as :meth:`core.index.filters.Condition.to_list` has them."""
    time: tuple[float, float] | None = None
    """A stretch of time that is selected: from the first place, up to but without the second."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> ReportView:
        """The view that :meth:`to_dict` wrote."""
        axes = told.get("axes")
        return cls(
            score=str(told.get("score", "")),
            rule=str(told.get("rule", "")),
            settings=dict(told.get("settings", {})),
            rows=str(told.get("rows", "")),
            axes=None if axes is None else tuple(axes),
            zoom=_ends(told.get("zoom")),
            second=told.get("second"),
            band=_ends(told.get("band")),
            cell=str(told.get("cell", "")),
            area=tuple((float(x), float(y)) for x, y in told.get("area", ())),
            projection=str(told.get("projection", "")),
            family=_family(told.get("family")),
            where=tuple(tuple(one) for one in told.get("where", ())),
            time=_ends(told.get("time")),
        )


def _ends(said: Any) -> tuple[float, float] | None:
    return None if said is None else (float(said[0]), float(said[1]))


def _family(said: Any) -> tuple[int, float, tuple[str, ...]] | None:
    return None if said is None else (int(said[0]), float(said[1]), tuple(said[2]))
