"""The encoding settings of series: how moments become windows, and how numbers of windows become those of moments."""

from dataclasses import dataclass

from core.params import param

GAPS = ("cut", "keep")
DUPLICATES = ("mean", "first", "keep")
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


@dataclass(frozen=True)
class SeriesReading:
    """How the rows of files become moments of series."""

    time: str = param(
        "",
        "Column that says when each moment of a series was; found by default, and none where the rows are in order.",
        label="Column of the time",
    )
    group: str = param(
        "",
        "Column that names the series of each moment; found by default, and none where there is one series.",
        label="Column of the series",
    )
    duplicates: str = param(
        "mean",
        "What becomes of several moments of a series with one stamp: their mean, the first, or keep all.",
        choices=DUPLICATES,
        label="Moments with one stamp",
    )
    gaps: str = param(
        "cut",
        "Whether windows of a series run over gaps in time: cut lets none, keep treats gaps as any other step.",
        choices=GAPS,
        label="Gaps",
    )
    gap: float = param(
        0.0,
        "Step beyond which it is a gap, in seconds, or in the unit of the stamps where these are numbers. 0 takes "
        "three and a half usual steps, and a hundred where steps are irregular.",
        low=0.0,
        high=1e12,
        label="A gap is a step of more than",
    )
    ranges: str = param(
        "",
        "File with the labelled ranges of a series: a CSV with start and end, or a JSON of windows as NAB has it.",
        label="File of labelled ranges",
    )
