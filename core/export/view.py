"""The state of the explorer that a report or a link opens with: score, threshold, rows, axes and selection."""

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
    def from_dict(cls, values: Mapping[str, Any]) -> ReportView:
        """The view that :meth:`to_dict` wrote."""
        axes = values.get("axes")
        return cls(
            score=str(values.get("score", "")),
            rule=str(values.get("rule", "")),
            settings=dict(values.get("settings", {})),
            rows=str(values.get("rows", "")),
            axes=None if axes is None else tuple(axes),
            zoom=_ends(values.get("zoom")),
            second=values.get("second"),
            band=_ends(values.get("band")),
            cell=str(values.get("cell", "")),
            area=tuple((float(x), float(y)) for x, y in values.get("area", ())),
            projection=str(values.get("projection", "")),
            family=_family(values.get("family")),
            where=tuple(tuple(one) for one in values.get("where", ())),
            time=_ends(values.get("time")),
        )


def _ends(values: Any) -> tuple[float, float] | None:
    return None if values is None else (float(values[0]), float(values[1]))


def _family(values: Any) -> tuple[int, float, tuple[str, ...]] | None:
    return None if values is None else (int(values[0]), float(values[1]), tuple(values[2]))
