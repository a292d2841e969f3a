"""A digest of each row's values: by it a verdict finds its row again in a dataset that is uploaded anew.

The number of the row alone would not do: the same file read in another way (without its header, with another separator)
has other rows under the same numbers.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.index.table import ROW, quoted

if TYPE_CHECKING:
    from core.index.table import Table

_BYTES = 16
_EPOCH = datetime(1970, 1, 1)  # a table's moments have no zone


def contents(table: Table, rows: Sequence[int]) -> dict[int, str]:
    """The digest of each of some rows: the names and values of all columns, in file order.

    Rows that the table does not have are left out. A row's digest does not depend on the other rows.
    """
    numbers = sorted({int(row) for row in rows if 0 <= row < table.rows})
    if not numbers:
        return {}
    reads = [f"epoch_ns({quoted(c)})" if c in table.nanoseconds else quoted(c) for c in table.columns]
    names = ", ".join([ROW, *reads])
    texts = [_moment if c in table.nanoseconds else _unsigned if c in table.unsigned else _text for c in table.columns]
    # Bounds first: they let DuckDB skip the row groups outside.
    found = table.fetch(
        f"SELECT {names} FROM data JOIN (SELECT unnest(?::BIGINT[]) AS __wanted__) ON {ROW} = __wanted__ "
        f"WHERE {ROW} BETWEEN ? AND ?",
        [numbers, numbers[0], numbers[-1]],
    )
    heading = "\x1e".join(table.columns).encode()
    return {
        int(number): _digest(heading, [text(value) for text, value in zip(texts, values, strict=True)])
        for number, *values in found
    }


def _digest(heading: bytes, values: Sequence[str]) -> str:
    digest = hashlib.blake2b(heading, digest_size=_BYTES)
    for value in values:
        digest.update(b"\x1f" + value.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


# Values that a table once held in a narrower type are written as they were then, where that type held them: verdicts of
# that time find their rows again.


def _text(value: Any) -> str:
    if not isinstance(value, Decimal):
        return repr(value)
    number = float(value)
    return repr(number) if math.isfinite(number) and Decimal(repr(number)) == value else f"{value:f}"


def _unsigned(value: int | None) -> str:
    return repr(value) if value is None or int(float(value)) != value else repr(float(value))


def _moment(nanoseconds: int | None) -> str:
    """A moment by its nanoseconds since 1970; Python's own end with microseconds."""
    if nanoseconds is None or nanoseconds % 1_000:
        return repr(nanoseconds)
    return repr(_EPOCH + timedelta(microseconds=nanoseconds // 1_000))
