"""Ways to hold what a network is fed, for any kind of data: rows, windows of series, sparse rows, files read late.

None imports torch before a batch is gathered, so that encoding and vectors work where there is none.
"""

from core.modalities.units.cached import CachedUnits
from core.modalities.units.pooling import Pooling, join_one_each
from core.modalities.units.rows import EncodedRows, ResidentRows
from core.modalities.units.sparse import SparseRows
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
    "join_one_each",
    "n_batches",
    "per_batch",
    "units_per_batch",
]
