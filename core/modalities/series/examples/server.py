"""The server metrics that ship as a table, read as what they are: six channels, every five minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities.series.examples import EXAMPLES, ExampleSeries

if TYPE_CHECKING:
    import pandas as pd


def make(seed: int = 0) -> pd.DataFrame:
    """The metrics in the order of time."""
    from core.modalities.tabular.examples.server_metrics import make as metrics

    return metrics(seed)


EXAMPLES.register("server_series")(
    ExampleSeries(
        title="Server metrics over time",
        description="Five weeks of a web server every five minutes, six channels, with five kinds of labelled faults.",
        size=10_080,
        source="Generated: daily and weekly rhythm, and faults in the last two weeks.",
        order=21,
        label="fault",
        normal=("none",),
        time="time",
        make=make,
    )
)
