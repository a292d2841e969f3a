"""Synthetic anomalies, one kind a file: rows made from ordinary ones that a good detector tells from them.

The four kinds of ADBench (Han et al., 2022), made in the user's columns, so that every encoding is judged on the same
rows: what a kind does to a number is its definition; what it does to a category is the nearest that a category allows.
Where ADBench draws from a fitted density, real rows are moved instead, so that what gives a row away is the kind of
anomaly and not the shape of the density. Imports no scikit-learn before one is made.
"""

from core.modalities.tabular.injected.base import AnomalyKind
from core.registry import Registry

KINDS: Registry[type[AnomalyKind]] = Registry("kind of synthetic anomaly", "core.modalities.tabular.injected")

__all__ = ["KINDS", "AnomalyKind"]
