"""The settings of a requested map: which projection, how many dimensions; and their text in an address.

``umap``, ``umap:neighbours:30,min_dist:0.5``: what is at its default is not written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from core.errors import AnomalensError
from core.params import describe, to_dict
from core.projections import PROJECTIONS

DEFAULT = "pca"
FILE = "places.arrow"
"""Written last: where it is, all is done."""


@dataclass(frozen=True)
class MapRequest:
    """A map of a run."""

    name: str = DEFAULT
    dimensions: int = 2
    settings: tuple[tuple[str, Any], ...] = ()
    """What differs from the defaults, in the order of the form."""

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Any], dimensions: int = 2) -> MapRequest:
        """One with checked settings.

        Raises
        ------
        UnknownNameError
            When there is no such map.
        ConfigError
            For an unknown name, a wrong type, or a value out of range.
        """
        kind = PROJECTIONS[name]
        full = to_dict(kind.create(settings).config)
        defaults = {p.name: p.default for p in describe(kind.Config)}
        # The principal components are the same ones however many are shown.
        n_dimensions = 3 if name == DEFAULT else dimensions
        return cls(name, n_dimensions, tuple((key, value) for key, value in full.items() if value != defaults[key]))

    @classmethod
    def from_text(cls, text: str, dimensions: int = 2) -> MapRequest:
        """What :attr:`text` wrote; one that makes no sense is the principal components."""
        name, _, rest = text.partition(":")
        said = dict(part.partition(":")[::2] for part in rest.split(",") if part)
        try:
            return cls.of(name or DEFAULT, {key: unquote(value) for key, value in said.items()}, dimensions)
        except AnomalensError:
            return cls.of(DEFAULT, {})

    @property
    def text(self) -> str:
        """As it stands in an address, without the dimensions; empty for the map to begin with."""
        settings = ",".join(f"{key}:{quote(_written(value), safe='.-+')}" for key, value in self.settings)
        return "" if self == MapRequest.of(DEFAULT, {}) else self.name + (f":{settings}" if settings else "")

    @property
    def path(self) -> str:
        """Its folder below that of the run."""
        return f"projections/{self.folder}"

    @property
    def folder(self) -> str:
        """The name of its folder below ``runs/<id>/projections``."""
        digest = hashlib.blake2b(repr(self.settings).encode(), digest_size=6).hexdigest()
        return f"{self.name}-{self.dimensions}d" + (f"-{digest}" if self.settings else "")


def folder_of(run_id: str, request: MapRequest) -> str:
    """Where a map of a run lies."""
    return f"runs/{run_id}/{request.path}"


def _written(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
