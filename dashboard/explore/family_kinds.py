"""Which kinds of anomalies each family has, where the label names more than two: "38 slow database, 2 crash loop"."""

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.errors import AnomalensError
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count

if TYPE_CHECKING:
    from core.explain.families.stored import Families

_MOST = 2
"""Kinds that are named of a family."""


def of(run: SharedRun, families: "Families") -> dict[int, str]:
    """The most frequent kinds of each family, by its number; empty where the label knows no kinds."""
    if not run.labelled or not run.has_dataset:
        return {}
    return _of(run, (families.threshold, families.parts), families)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _of(run: SharedRun, which: tuple[float, tuple[str, ...]], _families: "Families") -> dict[int, str]:
    del which
    try:
        label = run.schema.label
        if label is None or run.schema.column(label).levels <= 2:
            return {}
        order = np.argsort(_families.row)
        values = run.table.frame([label], _families.row[order])[label].astype("str").to_numpy()
    except AnomalensError:
        return {}  # the dataset may be gone
    known = run.scored.label[_families.row[order]] == 1
    numbers = _families.family[order]
    found = {}
    for number in np.unique(numbers).tolist():
        kinds = Counter(values[known & (numbers == number)].tolist()).most_common(_MOST)
        found[int(number)] = ", ".join(f"{count(n)} {name}" for name, n in kinds)
    return found
