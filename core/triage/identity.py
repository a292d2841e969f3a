"""A digest of each row's values: by it a verdict finds its row again in a dataset that is uploaded anew.

The number of the row alone would not do: the same file read in another way (without its header, with another separator)
has other rows under the same numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.index.table import ROW, quoted

if TYPE_CHECKING:
    from core.index.table import Table

_BYTES = 16


def contents(table: Table, rows: Sequence[int]) -> dict[int, str]:
    """The digest of each of some rows: the names and values of all columns, in file order.

    Rows that the table does not have are left out. A row's digest does not depend on the other rows.
    """
    numbers = sorted({int(row) for row in rows if 0 <= row < table.rows})
    if not numbers:
        return {}
    names = ", ".join([ROW, *(quoted(name) for name in table.columns)])
    # Bounds first: they let DuckDB skip the row groups outside.
    found = table.fetch(
        f"SELECT {names} FROM data JOIN (SELECT unnest(?::BIGINT[]) AS __wanted__) ON {ROW} = __wanted__ "
        f"WHERE {ROW} BETWEEN ? AND ?",
        [numbers, numbers[0], numbers[-1]],
    )
    heading = "\x1e".join(table.columns).encode()
    return {int(number): _digest(heading, values) for number, *values in found}


def _digest(heading: bytes, values: Sequence[Any]) -> str:
    digest = hashlib.blake2b(heading, digest_size=_BYTES)
    for value in values:
        digest.update(b"\x1f" + repr(value).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
