"""What is computed from a finished run and kept beside it, one kind a file: a score, a map, families, a comparison.

All kinds are asked for, followed, cancelled and kept in one way: :mod:`core.jobs.derived.request` says what is wanted,
:mod:`core.jobs.derived.status` how far it is, :mod:`core.jobs.derived.work` what a worker does. A further kind is a
file here that registers a :class:`core.jobs.derived.base.Derived`.
"""

from core.jobs.derived.base import Derived
from core.registry import Registry

DERIVED: Registry[type[Derived]] = Registry("kind of derived work", "core.jobs.derived")

__all__ = ["DERIVED", "Derived"]
