"""The encoding settings of series: how moments become windows, and how numbers of windows become those of moments."""

from dataclasses import dataclass

from core.params import param

POOLINGS = ("mean", "max", "centre", "causal")
LONGEST = 4_096


@dataclass(frozen=True)
class SeriesConfig:
    """How moments become windows, and back."""

    window: int = param(
        0,
        "Moments of a window. 0 takes one period, found in the training part by the autocorrelation, within 16 to 128 "
        "moments; 64 where there is none.",
        low=0,
        high=LONGEST,
    )
    channels: str = param(
        "main",
        "main: the networks read the channels that take more than two values, and scores that look at windows "
        "themselves read all; all: the networks read every channel.",
        choices=("main", "all"),
        label="Channels for the networks",
    )
    pooling: str = param(
        "mean",
        "How a moment's score comes from its windows. mean and max: of all windows that cover it; centre: the window "
        "around it; causal: the window that ends with it, so that no later moment changes a score.",
        choices=POOLINGS,
        label="Score of a moment",
    )
    smooth: int = param(
        0,
        "Moments over which scores are averaged: around each, or before it where scores are causal. 0 or 1 does not.",
        low=0,
        high=LONGEST,
        label="Smoothing",
        advanced=True,
    )
    stride: int = param(
        0,
        "Moments from one scored window to the next. 0 scores every window, and fewer where there are more than a "
        "million moments.",
        low=0,
        high=LONGEST,
        label="Stride of the score",
        advanced=True,
    )
    carry: int = param(
        32,
        "Moments for which the last value of a channel stands in where the next ones are missing; beyond, the channel "
        "has no value, and counts neither in the loss nor in the score.",
        low=0,
        high=1_000_000,
        label="Missing values carried forward",
        advanced=True,
    )
    clip: float = param(
        10.0,
        "Encoded values lie within so many standard deviations.",
        low=1.0,
        high=1e6,
        label="Held within",
        advanced=True,
    )
