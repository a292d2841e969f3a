"""How numbers are written in a column: which character stands before the decimals, which between the thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from core.readers.reading.engine import literal

_CURRENCIES = {
    **dict.fromkeys(("US$", "USD"), "USD"), "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW",
    "₺": "TRY", "₪": "ILS", "฿": "THB", "R$": "BRL", "A$": "AUD", "C$": "CAD", "zł": "PLN", "Kč": "CZK", "Ft": "HUF",
    "kr.": "kr", "Rs.": "INR", "Rs": "INR", "SFr.": "CHF", "Fr.": "CHF", "RMB": "CNY",
}  # fmt: skip
"""Signs of money that are another way to write a code; all others stand for themselves."""
_CODES = (
    "AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY",
    "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "ZAR",
)  # fmt: skip
_PER_CENT = "%"
AFFIXES = tuple(sorted({*_CURRENCIES, *_CODES, "$", "kr", _PER_CENT}, key=lambda sign: (-len(sign), sign)))
"""Signs of money and per cent, longer ones first: ``US$`` before ``$``."""
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
    affixes: tuple[str, ...] = ()
    """Signs of money or per cent, before or behind the number, that are taken off."""
    signs: bool = False
    """Whether ``(5)`` and ``5-`` are -5."""

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
        groups = rf"[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+"
        if self.thousands == ",":
            # India groups by two before the last three: 12,34,567.
            groups = rf"({groups}|[1-9][0-9]?(,[0-9]{{2}})+,[0-9]{{3}})"
        grouped = rf"{groups}({decimal}[0-9]*)?"
        return rf"[+-]?({grouped}|{plain}){_EXPONENT}"

    def share(self, values: Sequence[str]) -> float:
        """The share of these texts that are numbers in this notation."""
        bare = values if self.is_bare else [self.bare(value) for value in values]
        found = filter(None, map(_compiled(self.pattern).fullmatch, bare))
        return len(list(found)) / max(len(values), 1)

    @property
    def is_bare(self) -> bool:
        """Whether nothing has to be taken off a number."""
        return not self.affixes and not self.signs

    def bare(self, value: str) -> str:
        """The number without signs of money, and with a minus before it where it is negative."""
        for pattern, instead in self._edits:
            value = _compiled(pattern).sub(instead, value)
        return value.strip()

    @property
    def _edits(self) -> tuple[tuple[str, str], ...]:
        """Regular expressions, for Python and RE2, and what takes their place, one after the other."""
        edits = []
        if self.affixes:
            one = "|".join(map(re.escape, self.affixes))
            # Behind a minus or bracket that stands before it, or before one that stands behind.
            edits += [(rf"^\s*([-+(\x{{2212}}]?)\s*({one})\s*", r"\1"), (rf"\s*({one})\s*([-)]?)\s*$", r"\2")]
        if self.signs:
            edits += [
                (r"^\s*\(\s*([^()]*)\)\s*$", r"-\1"),
                (r"^\s*([0-9.,][^-]*)-\s*$", r"-\1"),
                (r"^\s*\x{2212}\s*", "-"),
            ]
        return tuple(edits)

    def sql(self, x: str) -> str:
        """The SQL of the number in the text ``x``, NULL where it is none."""
        text = x
        for pattern, instead in self._edits:
            text = f"regexp_replace({text}, {literal(pattern)}, {literal(instead)})"
        text = text if self.is_bare else f"trim({text})"
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
    # RE2 writes code points in another way.
    return re.compile(pattern.replace(r"\x{2212}", "\u2212"))


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
    marked: str = ""
    """Half a sentence about what was taken off the numbers: signs of money, per cent, brackets."""
    mixed: tuple[str, ...] = ()
    """Signs of several currencies, whose amounts are no numbers of one column."""

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


def is_account_dash(value: str) -> bool:
    """Whether a text is a sign of money with a dash, which stands for nothing in accounts."""
    return value[-1:] == "-" and _ACCOUNT_DASH.fullmatch(value) is not None


def find_styles(values: Sequence[str], decimal: str = "", thousands: str = "") -> ColumnStyles:
    """How the numbers of a column are written.

    Parameters
    ----------
    values
        Different values of the column, without those that mean missing.
    decimal, thousands
        What the user said, empty for nothing.
    """
    marks = _marks(values)
    if len(marks.currencies) > 1:
        return ColumnStyles(mixed=marks.affixes)
    # Infinity is a number in any notation, if only the plain one can read it.
    finite = [value for value in values if not _INFINITY.fullmatch(value)]
    styles = [replace(style, affixes=marks.affixes, signs=marks.signs) for style in STYLES]
    shares = {style: style.share(finite) for style in styles} if finite else {PLAIN: 1.0}
    fitting = [style for style, share in shares.items() if share == 1.0]
    decimals = {style.decimal for style in fitting}
    good = [
        style
        for style, share in sorted(shares.items(), key=lambda pair: -pair[1])
        if share >= _ENOUGH
        and (not decimal or style.decimal == decimal)
        and (not thousands or style.thousands in (thousands, ""))
    ]
    seen = "," if any("," in value for value in finite) else "." if any("." in value for value in finite) else ""
    evidence = decimals.pop() if len(decimals) == 1 else ""
    return ColumnStyles(tuple(good), evidence, "" if evidence or not decimals else seen, marks.said)


@dataclass(frozen=True)
class _Marks:
    """What stands beside the numbers of a column."""

    affixes: tuple[str, ...] = ()
    signs: bool = False
    said: str = ""

    @property
    def currencies(self) -> set[str]:
        """The currencies that the signs stand for; a dollar is that of the code beside it."""
        return {_CURRENCIES.get(sign, sign) for sign in self.affixes if sign != _PER_CENT}


_SIGN_OF_MONEY = "|".join(map(re.escape, AFFIXES))
_BESIDE = re.compile(
    rf"\s*(?P<open>[-+(\u2212]?)\s*(?P<before>{_SIGN_OF_MONEY})?\s*(?P<inner>[-+(\u2212]?)\s*"
    rf"(?P<number>[0-9.,][0-9.,'\u2019{_BLANKS}]*?)\s*(?P<behind>{_SIGN_OF_MONEY})?\s*(?P<close>[-)]?)\s*"
)
"""A number with whatever may stand beside it."""
_ACCOUNT_DASH = re.compile(rf"({_SIGN_OF_MONEY})\s{{0,2}}-")
_NAME_LIKE = re.compile(r"[A-Z]{2,}[0-9]+")
"""A code of letters and digits, such as CHF12, names something; an amount has a blank or decimals."""
_PLAIN_ONLY = re.compile(r"[-+0-9.,eE ]*")


def _marks(values: Sequence[str]) -> _Marks:
    """The signs of money and per cent, brackets and minus signs behind that a column of numbers has beside them."""
    if all(_PLAIN_ONLY.fullmatch(value) and value[-1:] != "-" for value in values):
        return _Marks()
    found = [match for value in values if (match := _BESIDE.fullmatch(value)) and not _NAME_LIKE.fullmatch(value)]
    if len(found) < _ENOUGH * len(values):
        return _Marks()
    beside = [match["before"] or match["behind"] for match in found]
    affixes = tuple(sorted({sign for sign in beside if sign}, key=AFFIXES.index))
    brackets = ["(" in (match["open"], match["inner"]) and match["close"] == ")" for match in found]
    behind = [match["close"] == "-" for match in found]
    minus = ["\u2212" in (match["open"], match["inner"]) for match in found]
    # Where every number has brackets or a minus behind, these are no sign.
    signs = (any(brackets) and not all(brackets)) or (any(behind) and not all(behind)) or any(minus)
    said = _said(affixes, all(beside), any(brackets) and signs, any(behind) and signs)
    if affixes == (_PER_CENT,) and _two_scales(found, beside):
        said += ", although the others are all at most 1: check whether they are shares"
    return _Marks(affixes, signs, said)


def _two_scales(found: Sequence[re.Match[str]], beside: Sequence[str | None]) -> bool:
    """Whether numbers without a per cent sign are all at most 1, and those with one are not."""
    marked = [match["number"] for match, sign in zip(found, beside, strict=True) if sign]
    plain = [match["number"] for match, sign in zip(found, beside, strict=True) if not sign]
    return (
        bool(plain)
        and all(re.match(r"0|[.,]|1([.,]0*)?$", number) for number in plain)
        and any(re.match(r"[1-9][0-9]|[2-9]", number) for number in marked)
    )


def _said(affixes: tuple[str, ...], everywhere: bool, brackets: bool, behind: bool) -> str:
    parts = []
    if affixes:
        signs = " and ".join(map(repr, affixes))
        where = f"its {signs}" if everywhere else f"the {signs} that some of its values have"
        stands = " (1.5 % as 1.5)" if _PER_CENT in affixes and not everywhere else ""
        parts.append(f"was read as a number without {where}{stands}")
    if brackets:
        parts.append("has numbers in brackets, which were read as negative")
    if behind:
        parts.append("has numbers with a minus behind, which were read as negative")
    return ", and ".join(parts)
