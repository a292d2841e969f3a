"""Chemical analyses of wine: two cultivars are normal, ten bottles of a third are anomalies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities.tabular.examples import EXAMPLES, ExampleTable

if TYPE_CHECKING:
    import pandas as pd

_ANOMALIES = 10


def make(seed: int = 0) -> pd.DataFrame:
    """The second and third cultivar whole, and ten bottles of the first, drawn with the seed."""
    import numpy as np
    from sklearn.datasets import load_wine

    bunch = load_wine(as_frame=True)
    cultivar = bunch.target.to_numpy() + 1
    drawn = np.random.default_rng(seed).choice(np.flatnonzero(cultivar == 1), _ANOMALIES, replace=False)
    rows = np.sort(np.concatenate([drawn, np.flatnonzero(cultivar > 1)]))
    frame = bunch.data.iloc[rows].reset_index(drop=True)
    frame["cultivar"] = [f"cultivar {code}" for code in cultivar[rows]]
    return frame


EXAMPLES.register("wine")(
    ExampleTable(
        title="Wine",
        description="129 bottles, 13 chemical measures; ten come from a cultivar that does not belong.",
        size=129,
        label="cultivar",
        normal=("cultivar 2", "cultivar 3"),
        source="Wine recognition (Forina et al., 1991), from scikit-learn; thinned as in the ODDS collection",
        make=make,
        order=50,
    )
)
