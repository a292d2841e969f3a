"""Samples as tables of their parts, in escaped HTML that a page and a report share; a kind of data may draw more.

The classes and variables that it is styled by are in ``assets/samples.css``, which both load.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from core.drawing.markup import Markup, join, tag
from core.words import amount, number, several, share

if TYPE_CHECKING:
    from core.explain.explanation import Explanation, FeatureReason
    from core.modalities.contract import Samples

_LONGEST = 60
_BAR = 32


class PartRenderer:
    """Draws samples part by part.

    Parameters
    ----------
    noun
        What a sample is called.
    """

    part: ClassVar[str] = "Part"
    """What a part is called above a column of them."""

    def __init__(self, noun: str) -> None:
        self.noun = noun

    def preview(self, samples: Samples, id: int) -> Markup:
        """What the index says of a sample, column by column."""
        frame = samples.index.frame(rows=np.array([id]), exact=True)
        cells = ((name, _text(frame[name].iloc[0])) for name in frame.columns)
        body = (tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in cells)
        head = tag("tr", (tag("th", words, scope="col") for words in ("Column", "Value")))
        return _boxed(f"What is known of this {self.noun}", head, body)

    def compare(self, explanation: Explanation) -> Markup:
        """Every part beside what was expected of it, the largest contribution first."""
        reasons = explanation.reasons
        off = any(math.isfinite(reason.off) for reason in reasons)
        headings = [
            (self.part, ""),
            *self._share_heading(explanation),
            ("Actual", ""),
            # What an old run stored is of the reconstruction, of which this is not true.
            ("Expected", self._expected_words() if any(reason.rebuilt for reason in reasons) else ""),
            *([("Off by", f"The distance from what is expected, in usual errors of this {self.part.lower()}.")] * off),
        ]
        top = max((reason.contribution for reason in reasons), default=0.0)
        body = (
            tag(
                "tr",
                tag("th", reason.feature, scope="row", title=reason.feature),
                tag("td", bar(reason.contribution, top), tag("span", share(reason.contribution)), class_="share"),
                tag("td", reason.actual),
                tag("td", reason.expected, _give_or_take(reason)),
                tag("td", f"{number(reason.off, 2)} ×" if math.isfinite(reason.off) else None, class_="off")
                if off
                else None,
            )
            for reason in reasons
        )
        head = tag("tr", (tag("th", words, scope="col", title=help or None) for words, help in headings))
        words = f"Actual and expected value of every {self.part.lower()} of this {self.noun}"
        return _boxed(words, head, body)

    def reasons(self, reasons: Sequence[FeatureReason]) -> Markup:
        """Some parts in a line each, for a cell of a list."""
        return join(
            tag(
                "span",
                tag("b", reason.feature),
                f" {actual} ",
                tag("i", f"expected {expected} · {share(reason.contribution)}"),
            )
            for reason, (actual, expected) in ((reason, _values(reason)) for reason in reasons)
        )

    def _share_heading(self, explanation: Explanation) -> list[tuple[str, str]]:
        if explanation.method == "error":
            return [("Share of the error", "")]
        words = f"The {self.part.lower()}'s share of what sets the {self.noun} apart; all shares add up to 100 %."
        return [("Share", words)]

    def _expected_words(self) -> str:
        nouns, parts = several(self.noun), several(self.part.lower())
        return (
            f"What {nouns} like this one have: the middle value among the normal {nouns} nearest by all other {parts}. "
            f"±: two thirds of the held-out {nouns} are nearer to what is expected of them."
        )


def bar(part: float, top: float) -> Markup:
    """A share as a bar, the largest one as long as there is room."""
    length = _BAR * min(1.0, max(0.0, part / top)) if top > 0 else 0.0
    return tag(
        "svg",
        tag("rect", class_="room", width=_BAR, height=7, rx=3),
        tag("rect", class_="filled", width=f"{length:.1f}", height=7, rx=3) if length >= 0.5 else None,
        width=_BAR,
        height=7,
        aria_hidden="true",
    )


def _boxed(words: str, head: Markup, body: object) -> Markup:
    """A table in a box that scrolls, which must be reachable by keys."""
    table = tag("table", tag("thead", head), tag("tbody", body), aria_label=words)
    return tag("div", table, class_="sample-parts", tabindex="0", role="region", aria_label=words)


def _give_or_take(reason: FeatureReason) -> str:
    if reason.kind != "number" or not reason.expected or not math.isfinite(reason.spread) or not reason.spread:
        return ""
    return f" ± {number(reason.spread, 2)}"


def _values(reason: FeatureReason) -> tuple[str, str]:
    """What a sample has and what was expected, briefly; in full where that leaves no difference."""
    brief = _value(reason.actual, reason.actual_value), _value(reason.expected, reason.expected_value)
    if brief[0] == brief[1] and reason.actual != reason.expected:
        return _value(reason.actual, math.nan), _value(reason.expected, math.nan)
    return brief


def _value(text: str, value: float) -> str:
    shown = (amount(value, 4) if math.isfinite(value) else text) or "(missing)"
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _text(value: object) -> str:
    import pandas as pd

    return "" if pd.isna(value) else str(value)
