"""Maps of the latent space, one file each: where rows lie when their codes are laid out in two or three dimensions.

Each is a thin face on a library, learns from some codes and places others. A worker computes them; the libraries are
imported when one is fitted, so that the dashboard's server can list them with their settings.
"""

from core.projections.base import Projection
from core.registry import Registry

PROJECTIONS: Registry[type[Projection]] = Registry("projection", "core.projections")

__all__ = ["PROJECTIONS", "Projection"]
