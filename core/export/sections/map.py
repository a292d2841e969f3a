"""The map of the latent space: each row a dot, coloured by whether it is flagged and by its label."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.drawing import svg
from core.drawing.markup import Markup, join, tag
from core.export.context import ReportContext
from core.export.explorer import data
from core.export.figures import PAGE
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.modalities.nouns import Nouns
from core.words import count, plural

if TYPE_CHECKING:
    import pandas as pd

DRAWN, HIGHEST = 10_000, 2_500
"""Rows that are drawn at most, and how many of these are the highest scores where there are more."""
STILL = 3_000
"""Rows of the figure that stands there where no script runs."""
WIDTH, HEIGHT = 720, 400
_FINE = 65_535
_TAIL, _AIR = 0.002, 0.1
_EDGE = 5
KINDS = {
    "passed": "Not flagged",
    "missed": "Anomaly that is not flagged",
    "alarm": "Normal row that is flagged",
    "caught": "Flagged",
}
"""What a dot can be, from the back to the front, in words."""


@SECTIONS.register("map")
class MapSection(ReportSection):
    """A figure that follows the threshold."""

    title = "Where the rows lie"
    order = 25

    def build(self, context: ReportContext) -> Markup | None:
        """The judged rows that have a place in the latent space; None where none has."""
        says = context.says
        found = context.run.rows.latent()
        found = None if found is None else found[found["part"].isin(list(context.judged))]
        if found is None or len(found) < 2:
            return None
        drawn = _drawn(found, DRAWN, HIGHEST)
        places = Places.of(drawn, found)
        further = int(((places.x % _FINE == 0) | (places.y % _FINE == 0)).sum())
        return join(
            [
                _words(len(drawn), len(found), says),
                tag(
                    "figure",
                    tag("figcaption", "Latent space", tag("span", "the first two principal components of the codes")),
                    tag("div", _still(places, context), class_="still", data_paper="map"),
                    tag("canvas", class_="live", role="img", aria_label=_label(context)),
                    _legend(says, labelled=context.run.labelled),
                    data_map=True,
                ),
                tag(
                    "p",
                    f"{plural(further, says('row lies'), says('rows lie'))} further out, drawn at the edge.",
                    class_="quiet",
                )
                if further
                else None,
                data("map-data", places.to_dict(context)),
            ]
        )


@dataclass(frozen=True)
class Places:
    """Dots: places as shares of the figure in steps of 1/65,535, labels and scores, the highest score last."""

    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    label: NDArray[np.int8]
    score: NDArray[np.float64]

    @classmethod
    def of(cls, drawn: pd.DataFrame, whole: pd.DataFrame) -> Places:
        """The rows ``drawn``, in a figure that fits nearly all of the ``whole``: a few far out squeeze nobody."""

        def fitted(axis: str) -> NDArray[np.uint16]:
            values = whole[axis].to_numpy(np.float64)
            low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
            air = _AIR * (high - low) or 1.0
            shares = (drawn[axis].to_numpy(np.float64) - low + air) / (high - low + 2 * air)
            fine: NDArray[np.uint16] = np.round(np.clip(shares, 0, 1) * _FINE).astype(np.uint16)
            return fine

        return cls(fitted("x"), fitted("y"), drawn["label"].to_numpy(np.int8), drawn["score"].to_numpy(np.float64))

    def kinds(self, threshold: float, *, labelled: bool) -> NDArray[np.str_]:
        """What the threshold makes of each: a key of :data:`KINDS`."""
        flagged = self.score > threshold
        if not labelled:
            return np.where(flagged, "caught", "passed")
        names = np.where(self.label == 0, "alarm", "caught")
        return np.where(flagged, names, np.where(self.label == 1, "missed", "passed"))

    def to_dict(self, context: ReportContext) -> dict[str, object]:
        """The values that the script reads."""
        columns = (self.score.astype("<f8"), self.x.astype("<u2"), self.y.astype("<u2"), self.label)
        packed = b"".join(column.tobytes() for column in columns)
        return {
            "key": context.run.id,
            "n": len(self.score),
            "labelled": context.run.labelled,
            "threshold": context.threshold,
            "packed": base64.b64encode(packed).decode("ascii"),
        }


def _drawn(points: pd.DataFrame, most: int, highest: int) -> pd.DataFrame:
    """All rows, or the highest scores and a sample of the others; the highest stays last."""
    if len(points) <= most:
        return points
    others = np.random.default_rng(0).choice(len(points) - highest, most - highest, replace=False)
    return points.iloc[np.concatenate([np.sort(others), np.arange(len(points) - highest, len(points))])]


def _words(drawn: int, of: int, says: Nouns) -> Markup:
    some = (
        f"Drawn are {count(drawn)} of {count(of)} rows: the {count(HIGHEST)} highest scores, and others at random."
        if drawn < of
        else f"Drawn are {count(drawn)} rows."
    )
    return tag(
        "p",
        says(
            "The network writes each row as a short code; the space of these codes is called latent. Rows that lie "
            f"together on this map are alike to the network. {some} "
        ),
        tag("span", "The colours follow the threshold's line above.", class_="only-screen"),
    )


def _label(context: ReportContext) -> str:
    says = context.says
    text = says("Map of the latent space: flagged rows stand out from the others")
    return says(f"{text}, anomalies from normal rows") if context.run.labelled else text


def _legend(says: Nouns, *, labelled: bool) -> Markup:
    shown = {**KINDS, "caught": "Anomaly that is flagged"} if labelled else {k: KINDS[k] for k in ("passed", "caught")}
    entries = (
        tag("span", tag("i", class_=f"swatch dot {kind}"), says(words)) for kind, words in reversed(shown.items())
    )
    return tag("p", entries, class_="legend")


def _still(dots: Places, context: ReportContext) -> Markup:
    n = len(dots.score)
    kept = np.arange(n) if n <= STILL else np.unique(np.linspace(0, n - 1, STILL).astype(int))
    looks: dict[str, dict[str, object]] = {
        "passed": {"stroke": PAGE.unknown, "stroke_width": 2.4, "stroke_opacity": 0.5},
        "missed": {"stroke": PAGE.anomaly, "stroke_width": 2.4, "stroke_opacity": 0.5},
        "alarm": {"stroke": PAGE.normal, "stroke_width": 3.6},
        "caught": {"stroke": PAGE.anomaly, "stroke_width": 3.6},
    }
    kinds = dots.kinds(context.threshold, labelled=context.run.labelled)[kept]
    across = _EDGE + dots.x[kept] / _FINE * (WIDTH - 2 * _EDGE)
    up = HEIGHT - _EDGE - dots.y[kept] / _FINE * (HEIGHT - 2 * _EDGE)
    made: list[Markup] = [svg.rectangle(0.5, 0.5, WIDTH - 1, HEIGHT - 1, rx="8", fill="none", stroke=PAGE.grid)]
    for kind, look in looks.items():
        own = kinds == kind
        if own.any():
            made.append(svg.dots(list(zip(across[own], up[own], strict=True)), **look))
    return svg.figure(WIDTH, HEIGHT, made, label=_label(context))
