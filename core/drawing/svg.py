"""Small figures as SVG, for reports and pictures: sharp on paper, readable without scripts, in the page's colours."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.drawing.markup import Markup, join, tag

Points = Sequence[tuple[float, float]]
FONT = '"Source Sans 3", "Source Sans Pro", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_SUPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Colours:
    """The colours of a figure; by default those of the page that it is on, light or dark."""

    normal: str = "var(--normal)"
    anomaly: str = "var(--anomaly)"
    unknown: str = "var(--unknown)"
    accent: str = "var(--accent)"
    threshold: str = "var(--threshold)"
    background: str = "var(--background)"
    text: str = "var(--text)"
    muted: str = "var(--muted)"
    grid: str = "var(--grid)"

    def of_class(self, index: int, *, labelled: bool) -> str:
        """The colour of a class, in the order of :data:`core.metrics.groups.CLASSES`."""
        return self.accent if index == 2 and not labelled else (self.normal, self.anomaly, self.unknown)[index]


@dataclass(frozen=True)
class SvgAxis:
    """A value's place in pixels."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def pixel(self, value: float) -> float:
        """Where a value is; below what a logarithm can show, the lower end."""
        if self.log and value <= 0:
            return self.start
        here, low, high = (self._forth(v) for v in (value, self.low, self.high))
        return self.start + (self.end - self.start) * ((here - low) / (high - low))

    def clipped(self, value: float) -> float:
        """The place, but never outside of the axis."""
        low, high = sorted((self.start, self.end))
        return min(max(self.pixel(value), low), high)

    def ticks(self, count: int = 6) -> list[float]:
        """Round values along it."""
        if self.log and math.log10(self.high / self.low) >= 1.2:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            step_of_powers = max(1, math.ceil((last - first) / count))
            return [10.0**power for power in range(first, last + 1, step_of_powers)]
        rough = (self.high - self.low) / max(1, count)
        size = 10.0 ** math.floor(math.log10(rough))
        step = size * next(k for k in (1, 2, 5, 10) if k * size >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [i * step for i in range(first, last + 1)]

    def _forth(self, value: float) -> float:
        return math.log10(value) if self.log else value


def figure(width: float, height: float, *children: object, label: str, **more: object) -> Markup:
    """A whole figure; ``label`` says in words what it shows."""
    more = {"font_family": FONT, "class_": "figure", "role": "img"} | more
    return tag(
        "svg", *children,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width:g} {height:g}", width=f"{width:g}",
        height=f"{height:g}", aria_label=label, **more,
    )  # fmt: skip


def text(
    words: object, x: float, y: float, *, size: float = 12, fill: str, anchor: str = "start", **more: object
) -> Markup:
    """Words at a place."""
    return tag("text", words, x=_n(x), y=_n(y), font_size=_n(size), fill=fill, text_anchor=anchor, **more)


def path(points: Points, *, close: bool = False, **look: object) -> Markup:
    """A line through points, or the area that they enclose."""
    d = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
    look = {"fill": "none"} | look
    return tag("path", d=f"M{d}{'Z' if close else ''}", **look)


def dots(points: Points, **look: object) -> Markup:
    """Dots as lines of no length: ``stroke_width`` is how wide they are."""
    d = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)
    return tag("path", d=d, fill="none", stroke_linecap="round", **look)


def rectangle(x: float, y: float, width: float, height: float, **look: object) -> Markup:
    """A rectangle."""
    return tag("rect", x=_n(x), y=_n(y), width=_n(width), height=_n(height), **look)


def circle(x: float, y: float, radius: float, **look: object) -> Markup:
    """A dot."""
    return tag("circle", cx=_n(x), cy=_n(y), r=_n(radius), **look)


def axes(
    x: SvgAxis, y: SvgAxis, colours: Colours, *, x_title: str, y_title: str, size: float = 12,
    x_words: Callable[[float], str] | None = None, y_words: Callable[[float], str] | None = None,
) -> Markup:  # fmt: skip
    """Grid lines, ticks and the axes' names."""
    left, right, bottom, top = x.start, x.end, y.start, y.end
    x_words, y_words = x_words or tick, y_words or tick
    shapes = []
    for value in x.ticks(max(3, int((right - left) / (7 * size)))):
        place = x.pixel(value)
        shapes.append(path([(place, top), (place, bottom)], stroke=colours.grid))
        shapes.append(text(x_words(value), place, bottom + 1.45 * size, size=size, fill=colours.muted, anchor="middle"))
    for value in y.ticks(max(3, int((bottom - top) / (4 * size)))):
        place = y.pixel(value)
        shapes.append(path([(left, place), (right, place)], stroke=colours.grid))
        shapes.append(
            text(y_words(value), left - 0.6 * size, place + 0.35 * size, size=size, fill=colours.muted, anchor="end")
        )
    middle = (top + bottom) / 2
    side = left - 4.2 * size
    shapes.append(
        text(x_title, (left + right) / 2, bottom + 3.1 * size, size=1.08 * size, fill=colours.muted, anchor="middle")
    )
    shapes.append(
        text(y_title, side, middle, size=1.08 * size, fill=colours.muted, anchor="middle",
             transform=f"rotate(-90 {_n(side)} {_n(middle)})")
    )  # fmt: skip
    return join(shapes)


def tick(value: float) -> str:
    """A tick's words: 10⁻⁵ where zeros would have to be counted, else plain."""
    size = abs(value)
    if value == 0 or 1e-3 <= size < 1e6:
        text = f"{float(f'{value:.6g}'):,.6f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    power = math.floor(math.log10(size) + 1e-9)
    head = float(f"{value / 10.0**power:.4g}")
    ten = f"10{str(power).translate(_SUPER)}"
    return ten if head == 1 else f"{head:g}·{ten}"


def percent(value: float) -> str:
    """A share's tick: ``20 %``."""
    return f"{float(f'{100 * value:.4g}'):g} %"


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
