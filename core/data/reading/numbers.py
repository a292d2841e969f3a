"""How numbers are written in a column: which character stands before the decimals, which between the thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from core.data.reading.engine import literal

AFFIXES = ("%", "$", "€", "£", "¥")
_BLANKS = " \u00a0\u202f\u2009"
_EXPONENT = r"([eE][+-]?[0-9]+)?"
_INFINITY = re.compile("[+-]?inf(inity)?", re.I)
_ENOUGH = 0.8


@dataclass(frozen=True)
class Style:
    """A notation of numbers."""

    decimal: str = "."
    thousands: str = ""
    """The character between groups of three digits; a space stands for every narrow or unbreakable one too."""
    affix: str = ""
    """A sign of money or percent that is taken off."""

    @property
    def pattern(self) -> str:
        """The regular expression of a number in this notation, for Python and for RE2."""
        decimal = re.escape(self.decimal)
        plain = rf"([0-9]+({decimal}[0-9]*)?|{decimal}[0-9]+)"
        if not self.thousands:
            return rf"[+-]?{plain}{_EXPONENT}"
        mark = (
            f"[{_BLANKS}]"
            if self.thousands == " "
            else "['\u2019]"
            if self.thousands == "'"
            else re.escape(self.thousands)
        )
        grouped = rf"[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+({decimal}[0-9]*)?"
        return rf"[+-]?({grouped}|{plain}){_EXPONENT}"

    def fits(self, value: str) -> bool:
        """Whether a value is a number in this notation; the plain one has infinity too."""
        bare = self._bare(value)
        return _compiled(self).fullmatch(bare) is not None or (
            self.decimal == "." and not self.thousands and _INFINITY.fullmatch(bare) is not None
        )

    def sql(self, x: str) -> str:
        """The SQL of the number in the text ``x``, NULL where it is none."""
        text = f"trim(replace({x}, {literal(self.affix)}, ''))" if self.affix else x
        if self.thousands:
            cast = self._without_marks(text)
            return f"CASE WHEN regexp_full_match(trim({text}), {literal(self.pattern)}) THEN {cast} END"
        if self.decimal == ",":
            return f"CASE WHEN NOT contains({text}, '.') THEN TRY_CAST(replace({text}, ',', '.') AS DOUBLE) END"
        return f"TRY_CAST({text} AS DOUBLE)"

    def _without_marks(self, text: str) -> str:
        marks = _BLANKS if self.thousands == " " else "'\u2019" if self.thousands == "'" else self.thousands
        for mark in marks:
            text = f"replace({text}, {literal(mark)}, '')"
        if self.decimal == ",":
            text = f"replace({text}, ',', '.')"
        return f"TRY_CAST({text} AS DOUBLE)"

    def _bare(self, value: str) -> str:
        return value.replace(self.affix, "").strip() if self.affix else value.strip()


@cache
def _compiled(style: Style) -> re.Pattern[str]:
    return re.compile(style.pattern)


PLAIN = Style()
STYLES = (
    PLAIN,
    Style(","),
    *(
        Style(decimal, thousands)
        for thousands in (".", ",", " ", "'")
        for decimal in (".", ",")
        if decimal != thousands
    ),
)


def styles_of(values: Sequence[str], decimal: str = "", thousands: str = "") -> list[Style]:
    """The notations in which these values are numbers; the better fit first, among equals the simpler one.

    Parameters
    ----------
    values
        Different values of a column, without those that mean missing.
    decimal, thousands
        What the user said, empty for nothing.
    """
    affix = next((sign for sign in AFFIXES if values and all(sign in value for value in values)), "")
    allowed = [
        Style(style.decimal, style.thousands, affix)
        for style in STYLES
        if (not decimal or style.decimal == decimal) and (not thousands or style.thousands in (thousands, ""))
    ]
    scored = [(sum(style.fits(value) for value in values) / max(len(values), 1), style) for style in allowed]
    good = [(share, style) for share, style in scored if share >= _ENOUGH]
    return [style for _, style in sorted(good, key=lambda pair: -pair[0])]


def evidence(values: Sequence[str]) -> str:
    """The decimal character that these values prove: ``.``, ``,``, or empty when they could be either."""
    styles = [style for style in STYLES if values and all(style.fits(value) for value in values)]
    marks = {style.decimal for style in styles}
    return marks.pop() if len(marks) == 1 else ""


def is_ambiguous(values: Sequence[str]) -> bool:
    """Whether these are numbers with a point or comma that may stand before decimals or between thousands."""
    marked = any("." in value or "," in value for value in values)
    return marked and not evidence(values) and any(all(s.fits(v) for v in values) for s in STYLES)


def settle(styles: list[Style], values: Sequence[str], hint: str, delimiter: str) -> list[Style]:
    """The notations with the likelier one first, where the values alone leave it open.

    Parameters
    ----------
    hint
        The decimal character that other columns of the file prove, empty for none.
    delimiter
        Semicolons between fields speak for a decimal comma: that is what they are used for.
    """
    if not is_ambiguous(values) or not styles:
        return styles
    comma = delimiter == ";" and any("," in value for value in values)
    likely = hint or ("," if comma else ".")
    return sorted(styles, key=lambda style: style.decimal != likely)
