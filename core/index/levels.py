"""The levels of a category. Values are compared as canonical text, so that 1, 1.0 and "1" are one level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

MISSING, UNSEEN = -1, -2
"""Codes of a missing value and of one that is no known level."""
IN_NO_ROW = "are in no training row"


def levels_of(values: pd.Series) -> tuple[list[str], bool]:
    """The different values as text, most frequent first, then by name; and whether any is missing."""
    codes, uniques = text_codes(values)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    order = sorted(range(len(uniques)), key=lambda i: (-counts[i], uniques[i]))
    return [uniques[i] for i in order], bool((codes < 0).any())


def level_codes(values: pd.Series, levels: tuple[str, ...]) -> NDArray[np.int64]:
    """Each value's place among the levels, -1 where missing, -2 where it is none of them."""
    codes, uniques = text_codes(values)
    place = {level: code for code, level in enumerate(levels)}
    return np.array([*(place.get(value, UNSEEN) for value in uniques), MISSING], dtype=np.int64)[codes]


def text_codes(values: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Each value's number, -1 where missing, and the different values as canonical text."""
    import pandas as pd

    from core.index.schema import canonical

    codes, uniques = pd.factorize(values)
    texts = [canonical(value) for value in uniques]
    distinct = dict.fromkeys(text for text in texts if text)
    numbers = {text: code for code, text in enumerate(distinct)}
    mapped = np.array([*(numbers.get(text, -1) for text in texts), -1], dtype=np.int64)
    return mapped[codes], list(distinct)
