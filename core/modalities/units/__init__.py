"""Ways to hold what a network is fed, for any kind of data: rows, windows of series, sparse rows, files read late.

None imports torch before a batch is gathered, so that encoding and vectors work where there is none. A name is imported
when it is first used: whoever lists the kinds of data needs none of them, and no numpy.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.modalities.units.cached import CachedUnits
    from core.modalities.units.pooling import Pooling, join_one_each
    from core.modalities.units.rows import EncodedRows, ResidentRows
    from core.modalities.units.sparse import SparseRows
    from core.modalities.units.training import has_training_units, single_units, training_units
    from core.modalities.units.walking import batches, gathered, n_batches, per_batch, units_per_batch
    from core.modalities.units.windows import Windows

__all__ = [
    "CachedUnits",
    "EncodedRows",
    "Pooling",
    "ResidentRows",
    "SparseRows",
    "Windows",
    "batches",
    "gathered",
    "has_training_units",
    "join_one_each",
    "n_batches",
    "per_batch",
    "single_units",
    "training_units",
    "units_per_batch",
]

_MODULES = {
    "cached": ("CachedUnits",),
    "pooling": ("Pooling", "join_one_each"),
    "rows": ("EncodedRows", "ResidentRows"),
    "sparse": ("SparseRows",),
    "training": ("has_training_units", "single_units", "training_units"),
    "walking": ("batches", "gathered", "n_batches", "per_batch", "units_per_batch"),
    "windows": ("Windows",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
