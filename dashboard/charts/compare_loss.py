"""The loss of several runs in one figure, over their epochs."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts.loss import extent, line, log_ticks, thinned
from dashboard.charts.words import safe

Records = Sequence[Mapping[str, Any]]


def compare_loss_figure(runs: Sequence[tuple[str, Records]], *, subtitle: str = "") -> go.Figure:
    """One colour per run; validation strong, training thin and dotted.

    Parameters
    ----------
    runs
        Name and epochs of each run.
    """
    figure = go.Figure()
    for index, (name, records) in enumerate(runs):
        _add_run(figure, safe(name, 28), thinned(records), theme.palette().series[index])
    theme.figure_layout(figure, "Loss per epoch", subtitle or "Solid: validation. Dotted: training.")
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(title_text="Epoch")
    everything = [record for _, records in runs for record in records]
    ticks = log_ticks(*extent(everything, ["loss"]))
    figure.update_yaxes(title_text="Loss", type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    return figure


def _add_run(figure: go.Figure, name: str, records: Records, colour: str) -> None:
    named = False
    for part, words, dash, width in (("validation", "validation", "solid", 2.4), ("train", "training", "dot", 1.6)):
        xs, ys = line(records, part, "loss", log=True)
        if not xs:
            continue
        figure.add_scatter(
            x=xs,
            y=ys,
            name=name,
            legendgroup=name + colour,
            showlegend=not named,
            mode="lines",
            line={"color": colour, "width": width, "dash": dash},
            hovertemplate=f"%{{y:.4g}}<extra>{name}, {words}</extra>",
        )
        named = True
