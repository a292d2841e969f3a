"""Handwritten digits as 64 grey values: zeros are normal, a few of each other digit are anomalies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities.tabular.examples import EXAMPLES, ExampleTable

if TYPE_CHECKING:
    import pandas as pd

_OTHERS_PER_DIGIT = 4


def make(seed: int = 0) -> pd.DataFrame:
    """All zeros, and of the other digits four each, drawn with the seed; in the order of the source."""
    import numpy as np
    from sklearn.datasets import load_digits

    bunch = load_digits(as_frame=True)
    digit = bunch.target.to_numpy()
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(np.flatnonzero(digit == d), _OTHERS_PER_DIGIT, replace=False) for d in range(1, 10)]
    rows = np.sort(np.concatenate([np.flatnonzero(digit == 0), *drawn]))
    frame = bunch.data.iloc[rows].reset_index(drop=True)
    # A corner that is white on every digit kept tells nothing.
    frame = frame.loc[:, frame.nunique() > 1].astype("int64")
    frame["digit"] = [str(d) for d in digit[rows]]
    return frame


EXAMPLES.register("digits")(
    ExampleTable(
        title="Handwritten zeros",
        description="178 zeros of 8 x 8 pixels are normal; four of each other digit hide among them.",
        size=214,
        label="digit",
        normal=("0",),
        source="Optical recognition of handwritten digits (Alpaydin, Kaynak, 1998), from scikit-learn",
        make=make,
        order=40,
    )
)
