"""The contributions to one row's score: the share of its error that each feature caused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from core.explain.stored import METHOD
from dashboard import theme
from dashboard.charts.samples import SAMPLE_CHARTS, SampleChart
from dashboard.charts.words import safe
from dashboard.format import share

if TYPE_CHECKING:
    from core.explain.explanation import Explanation

MOST = 12
_LEAST = 0.0005
"""Contributions below this are not drawn."""


def row_contributions(
    features: Sequence[str],
    contributions: Sequence[float],
    actual: Sequence[str],
    expected: Sequence[str],
    *,
    subtitle: str = "",
    whole: str = "the row's error",
) -> go.Figure:
    """Bars, the largest on top; beyond twelve the rest is summed up in one.

    Parameters
    ----------
    features, contributions, actual, expected
        One per feature, the largest contribution first; contributions sum to 1.
    subtitle
        A line below the title.
    whole
        What the contributions are shares of.
    """
    colours = theme.palette()
    names = [safe(name, 32) for name in features[:MOST]]
    shares = [float(value) for value in contributions[:MOST]]
    words = [
        f"{safe(name)}<br>actual {safe(a)}<br>expected {safe(e)}"
        for name, a, e in zip(features[:MOST], actual, expected, strict=False)
    ]
    fills = [colours.anomaly] * len(names)
    if len(features) > MOST:
        rest = len(features) - MOST
        names.append(f"{rest} more feature{'s' if rest > 1 else ''}")
        shares.append(float(sum(contributions[MOST:])))
        words.append(names[-1])
        fills.append(colours.unknown)
    figure = go.Figure()
    figure.add_bar(
        # Places instead of names: two long names may look alike once they are cut.
        y=list(range(len(names))),
        x=shares,
        orientation="h",
        marker={"color": fills},
        text=[share(value) for value in shares],
        textposition="outside",
        cliponaxis=False,
        customdata=words,
        hovertemplate=f"%{{customdata}}<br>%{{x:.1%}} of {whole}<extra></extra>",
    )
    theme.figure_layout(figure, "What made the score", subtitle, height=110 + 26 * len(names))
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=names, autorange="reversed", showgrid=False)
    top = max([0.05, *shares])
    figure.update_xaxes(title_text="Share", tickformat=".0%", range=[0, min(1.0, top) * 1.18])
    figure.update_layout(showlegend=False, bargap=0.25, uirevision="contributions")
    return figure


def contributions(explanation: Explanation, name: str) -> go.Figure:
    """The contributions of an explanation's parts, without those that come to nothing."""
    drawn = [reason for reason in explanation.reasons if reason.contribution >= _LEAST] or explanation.reasons[:1]
    stored = explanation.method == METHOD
    return row_contributions(
        [reason.feature for reason in drawn],
        [reason.contribution for reason in drawn],
        [reason.actual or "missing" for reason in drawn],
        [reason.expected or "missing" for reason in drawn],
        subtitle=name,
        whole=f"the {name.partition(' ')[0]}'s error" if stored else f"what sets the {name.partition(' ')[0]} apart",
    )


SAMPLE_CHARTS.register("contributions")(SampleChart(contributions, order=10))
