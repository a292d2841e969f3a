"""Classical detectors to compare with, one file each: thin faces on scikit-learn, with its names and defaults.

They read the same encoded rows as a network, learn from the same training rows, and answer the same way: a score per
row, higher is more anomalous. Imports neither torch nor scikit-learn before one is fitted, so that the dashboard's
server can list them.
"""

from core.baselines.base import Baseline
from core.registry import Registry

BASELINES: Registry[type[Baseline]] = Registry("baseline", "core.baselines")

__all__ = ["BASELINES", "Baseline"]
