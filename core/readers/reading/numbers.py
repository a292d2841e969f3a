"""How numbers are written in a column: which character stands before the decimals, which between the thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from core.readers.reading.engine import literal

AFFIXES = ("%", "$", "€", "£", "¥")
_BLANKS = " \u00a0\u202f\u2009"
_EXPONENT = r"([eE][+-]?[0-9]+)?"
_INFINITY = re.compile("[+-]?inf(inity)?", re.I)
_ENOUGH = 0.8
ONE_COLUMN = "\x1f"
"""Stands for a delimiter where there is one column: a control character that no text holds."""


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

    def share(self, values: Sequence[str]) -> float:
        """The share of these texts that are numbers in this notation."""
        bare = [value.replace(self.affix, "").strip() for value in values] if self.affix else values
        found = filter(None, map(_compiled(self.pattern).fullmatch, bare))
        return len(list(found)) / max(len(values), 1)

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


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


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


@dataclass(frozen=True)
class ColumnStyles:
    """What the values of a column say about how its numbers are written."""

    styles: tuple[Style, ...] = ()
    """The notations in which most of the values are numbers, the best fit first, among equals the simpler one."""
    evidence: str = ""
    """The decimal character that the values prove: ``.``, ``,``, or empty when it could be either."""
    unclear: str = ""
    """The character that may stand before the decimals or between the thousands."""

    def settled(self, hint: str, delimiter: str) -> tuple[Style, ...]:
        """The notations with the likelier one first, where the values alone leave it open.

        Parameters
        ----------
        hint
            The decimal character that other columns of the file prove, empty for none.
        delimiter
            Semicolons between fields speak for a decimal comma: that is what they are used for. So do commas that are
            no delimiter although there is no other.
        """
        if not self.unclear:
            return self.styles
        likely = hint or ("," if self.unclear == "," and delimiter in (";", ONE_COLUMN) else ".")
        return tuple(sorted(self.styles, key=lambda style: style.decimal != likely))


def is_infinite(value: str) -> bool:
    """Whether a text means a number without end."""
    return value[-3:].lower() in ("inf", "ity") and _INFINITY.fullmatch(value) is not None


def find_styles(values: Sequence[str], decimal: str = "", thousands: str = "") -> ColumnStyles:
    """How the numbers of a column are written.

    Parameters
    ----------
    values
        Different values of the column, without those that mean missing.
    decimal, thousands
        What the user said, empty for nothing.
    """
    affix = next((sign for sign in AFFIXES if values and all(sign in value for value in values)), "")
    # Infinity is a number in any notation, if only the plain one can read it.
    finite = [value for value in values if not _INFINITY.fullmatch(value)]
    styles = [replace(style, affix=affix) for style in STYLES]
    shares = {style: style.share(finite) for style in styles} if finite else {PLAIN: 1.0}
    fitting = [style for style, share in shares.items() if share == 1.0]
    marks = {style.decimal for style in fitting}
    good = [
        style
        for style, share in sorted(shares.items(), key=lambda pair: -pair[1])
        if share >= _ENOUGH
        and (not decimal or style.decimal == decimal)
        and (not thousands or style.thousands in (thousands, ""))
    ]
    seen = "," if any("," in value for value in finite) else "." if any("." in value for value in finite) else ""
    return ColumnStyles(tuple(good), marks.pop() if len(marks) == 1 else "", seen if len(marks) > 1 else "")
