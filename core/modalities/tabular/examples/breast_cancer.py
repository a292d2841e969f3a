"""Cell nuclei of breast tumours: benign ones are normal, malignant ones anomalies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities.tabular.examples import EXAMPLES, ExampleTable

if TYPE_CHECKING:
    import pandas as pd


def make(seed: int = 0) -> pd.DataFrame:
    """All 569 rows as they are; nothing is drawn, so that ``seed`` has no effect."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    frame = bunch.data.copy()
    frame["diagnosis"] = [str(bunch.target_names[code]) for code in bunch.target]
    return frame


EXAMPLES.register("breast_cancer")(
    ExampleTable(
        title="Breast cancer",
        description="569 tumours, 30 measures of their cell nuclei; the malignant ones are the anomalies.",
        size=569,
        label="diagnosis",
        normal=("benign",),
        source="Wisconsin diagnostic set (Wolberg, Street, Mangasarian, 1995), from scikit-learn",
        make=make,
        order=30,
    )
)
