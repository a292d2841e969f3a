"""What a look over a workspace can find."""

from dataclasses import asdict, dataclass
from typing import Any

KINDS = {
    "database": "The database",
    "damaged": "Files that are not what was written",
    "missing": "Files that are gone",
    "unreadable": "Runs that cannot be read",
    "orphan": "Files that belong to nothing",
    "leftover": "Leftovers of processes that ended",
    "unsummed": "Files without a checksum",
}
"""Kind of a finding -> its heading."""
HARMLESS = ("orphan", "leftover", "unsummed")
"""Kinds that take room or certainty, and nothing that anybody needs."""


@dataclass(frozen=True)
class StoreFault:
    """One thing that was found."""

    kind: str
    """One of :data:`KINDS`."""
    what: str
    """A file of the storage, a run's id or a path."""
    sentence: str

    @property
    def harmless(self) -> bool:
        """Whether nothing is lost by it."""
        return self.kind in HARMLESS


@dataclass(frozen=True)
class Mended:
    """What became of a finding."""

    finding: StoreFault
    mended: bool
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self.finding), "mended": self.mended, "outcome": self.sentence}
