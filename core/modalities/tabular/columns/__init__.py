"""One kind of column a file: how its values become numbers, and how those become values again.

Each encoder is fitted once on training rows and is then a plain value that JSON can hold.
"""

from core.modalities.tabular.columns.base import ColumnEncoder, from_dict

__all__ = ["ColumnEncoder", "from_dict"]
