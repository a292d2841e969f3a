"""One kind of column a file: how its values become numbers, and how those become values again.

Each encoder is fitted once on training rows and is then a plain value that JSON can hold. A file here registers its
encoder under the name that is stored with it.
"""

from core.modalities.tabular.columns.base import COLUMN_ENCODERS, ColumnEncoder, from_dict

__all__ = ["COLUMN_ENCODERS", "ColumnEncoder", "from_dict"]
