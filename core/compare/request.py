"""The detectors and runs that a run shall be compared with; the latest request is kept in ``compare/plan.json``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.baselines import BASELINES
from core.compare import files
from core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from core.store.artifacts import Artifacts


@dataclass(frozen=True)
class ComparisonRequest:
    """What a run shall be compared with."""

    detectors: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Other runs on the same rows."""

    @property
    def key(self) -> str:
        """The name of its report."""
        return files.key(self.detectors, self.others)


def detectors(names: str) -> tuple[str, ...]:
    """The classical detectors of a list with commas, or ``all``; in the order of a picker.

    Raises
    ------
    UnknownNameError
        For a name that there is not.
    ConfigError
        When none is named.
    """
    asked_names = list(BASELINES) if names.strip() == "all" else [n.strip() for n in names.split(",") if n.strip()]
    if not asked_names:
        raise ConfigError(f"Name the detectors, with commas between: {', '.join(BASELINES)}. Or say all.")
    return tuple(sorted(dict.fromkeys(asked_names), key=lambda name: BASELINES[name].order))


def read_newest(artifacts: Artifacts, run_id: str) -> ComparisonRequest | None:
    """What a run was last asked to be compared with; None when nobody asked."""
    try:
        found: dict[str, Any] = artifacts.read_json(_path(run_id))
    except DataError:
        return None
    return ComparisonRequest(tuple(found["detectors"]), tuple(found["others"]))


def write_newest(artifacts: Artifacts, run_id: str, request: ComparisonRequest) -> None:
    """Note what a run was last asked to be compared with."""
    artifacts.write_json(_path(run_id), {"detectors": list(request.detectors), "others": list(request.others)})


def _path(run_id: str) -> str:
    return f"{files.folder(run_id)}/plan.json"
