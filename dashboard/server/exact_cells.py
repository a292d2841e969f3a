"""A user's values as a grid in the browser can show them: text where its numbers would lose digits."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

WHOLE = 2**53
"""Beyond this a number of the browser does not tell one whole number from the next."""
_DIGITS = 15
"""A number of the browser keeps at least so many."""


def exact_cells(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with the columns as text that hold larger whole numbers, long decimals, or parts of a second."""
    import pandas as pd

    found = frame.copy(deep=False)
    for name in frame.columns:
        values = frame[name].dropna()
        if values.empty:
            continue
        if pd.api.types.is_integer_dtype(values.dtype):
            beyond = int(values.max()) > WHOLE or int(values.min()) < -WHOLE
        elif pd.api.types.is_datetime64_any_dtype(values.dtype):
            beyond = bool((values.dt.microsecond != 0).any() or (values.dt.nanosecond != 0).any())
        else:
            beyond = values.dtype == object and any(_is_long(value) for value in values)
        if beyond:
            found[name] = frame[name].map(str, na_action="ignore").astype(object).where(frame[name].notna(), None)
        elif values.dtype == object and isinstance(values.iloc[0], Decimal):
            # Few digits: a number that can be sorted and right-aligned like any other.
            found[name] = frame[name].astype("float64")
    return found


def _is_long(value: Any) -> bool:
    return isinstance(value, Decimal) and len(f"{value:f}".strip("-0").replace(".", "")) > _DIGITS
