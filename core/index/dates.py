"""Date and time columns as seconds since 1970, from timestamps, text in a known format, or epoch numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

EPOCH_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
"""Seconds per tick of the epochs that are recognised."""
_YEAR_1980, _YEAR_2100 = 315_532_800.0, 4_102_444_800.0

FORMATS = (
    "ISO8601",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%d-%m-%Y",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %b %Y %H:%M:%S",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d/%b/%Y:%H:%M:%S %z",
)
"""Formats of dates in text, tried in this order; day first is tried before month first."""

_LOOKS_LIKE_DATE = re.compile(r"\d{1,4}[-/. ]\w{1,9}[-/., ]+\d{1,4}|[A-Za-z]{3,9}\.? \d{1,2}|^\d{8}T\d{4}")


def text_format(values: pd.Series) -> str:
    """The format in which at least 95 % of these texts are dates, empty where there is none."""
    import pandas as pd

    texts = values.dropna().astype(str).str.strip()
    texts = texts[texts != ""]
    if texts.empty or texts.str.contains(_LOOKS_LIKE_DATE).mean() < 0.95:
        return ""
    first = texts.iloc[:50]
    best, best_share = "", 0.95
    for form in FORMATS:
        # The first few decide quickly against most formats.
        if pd.to_datetime(first, format=form, errors="coerce", utc=True).notna().mean() < 0.5:
            continue
        share = float(pd.to_datetime(texts, format=form, errors="coerce", utc=True).notna().mean())
        if share > best_share or (share == best_share and not best):
            best, best_share = form, share
    return best


def epoch_unit(low: float, high: float) -> str:
    """The unit in which all numbers from ``low`` to ``high`` are moments between 1980 and 2100, empty for none."""
    for unit, seconds in EPOCH_UNITS.items():
        if low * seconds >= _YEAR_1980 and high * seconds <= _YEAR_2100:
            return unit
    return ""


def to_seconds(values: pd.Series, unit: str) -> NDArray[np.float64]:
    """Seconds since 1970 in UTC, NaN where missing or unreadable.

    Parameters
    ----------
    values
        Timestamps, numbers, or text.
    unit
        For numbers ``s``, ``ms``, ``us`` or ``ns``; for text one of :data:`FORMATS`; unused for timestamps.
    """
    import pandas as pd

    stored = pd.api.types.is_datetime64_any_dtype(values)
    if unit in EPOCH_UNITS and not stored:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(numbers * EPOCH_UNITS[unit], dtype=np.float64)
    if not stored:
        texts = values.astype("str").str.strip().where(values.notna())
        values = pd.to_datetime(texts, format=unit or "ISO8601", errors="coerce", utc=True)
    moments = pd.to_datetime(values, utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    seconds = np.asarray(moments.astype(np.int64), dtype=np.float64) * 1e-6
    seconds[np.isnat(moments)] = np.nan
    return seconds


def from_seconds(seconds: NDArray[np.float64]) -> NDArray[Any]:
    """Timestamps (``datetime64[us]``) from seconds since 1970, held between the years 1 and 9999."""
    clipped = np.clip(np.nan_to_num(seconds), -62_135_596_800.0, 253_402_300_799.0)
    moments = np.round(clipped * 1e6).astype(np.int64).astype("datetime64[us]")
    moments[np.isnan(seconds)] = np.datetime64("NaT")
    return moments
