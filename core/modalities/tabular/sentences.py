"""Why a row is odd, in plain words: a phrase per column, one sentence per row. Text only: who shows it escapes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from numbers import Integral
from typing import TYPE_CHECKING

from core.explain.part_words import named
from core.words import Exact, clipped, decimal

if TYPE_CHECKING:
    from core.modalities.tabular.usual_values import Fact

_BEYOND = "than any of"


def sentence(facts: Sequence[Fact], contributions: Sequence[float], peers: str = "rows like it") -> str:
    """The columns that matter, the largest contribution first, as one sentence; empty where nothing stands out.

    Parameters
    ----------
    facts, contributions
        One per feature, the largest contribution first.
    peers
        What the normal rows that it is compared with are called.
    """
    phrases: list[str] = []
    for fact in facts[: named(contributions)]:
        # That it is beyond all normal rows is said once: the second time it is no news.
        phrases.append(phrase(fact, peers, brief=any(_BEYOND in said for said in phrases)))
    return "; ".join(phrases) + "." if phrases else ""


def phrase(fact: Fact, peers: str = "rows like it", *, brief: bool = False) -> str:
    """One column in words; ``brief`` leaves out that a number is beyond those of all normal rows."""
    name = clipped(fact.feature)
    if not fact.actual:
        return _missing(name, fact)
    if fact.kind == "category":
        return _category(name, fact, peers)
    if fact.kind == "date":
        return _date(name, fact, peers)
    return _number(name, fact, peers, brief)


def amount(value: float | Exact, digits: int = 4) -> str:
    """A number to four significant digits, whole ones in full: ``4,310``; empty where there is none."""
    if isinstance(value, Integral):
        return f"{int(value):,}"
    if isinstance(value, Decimal):
        return decimal(value)
    if not math.isfinite(value):
        return ""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.{digits}g}" if 1e-4 <= abs(value) < 10 ** max(6, digits) else f"{value:.{digits}g}"


def amounts(value: float | Exact, other: float | Exact) -> tuple[str, str]:
    """Two numbers as :func:`amount` has them, with as many more digits as it takes to tell them apart."""
    for digits in range(4, 18):
        texts = amount(value, digits), amount(other, digits)
        if texts[0] != texts[1] or value == other:
            break
    return texts


def _number(name: str, fact: Fact, peers: str, brief: bool) -> str:
    value, expected = fact.actual_value, fact.expected_value
    beyond = ""
    if fact.compared and fact.times == 0 and 0 in (fact.above, fact.below) and not brief:
        beyond = f", {'more' if fact.above == 0 else 'less'} {_BEYOND} {fact.compared:,} normal rows"
    if math.isnan(expected):
        return f"{name} is {fact.actual} where {peers} have none{beyond}"
    if fact.actual == fact.expected:
        return f"{name} {fact.actual} is unusual beside the other columns{beyond}"
    ratio = value / expected if value > 0 and expected > 0 else math.nan
    if ratio >= 2:
        return f"{name} is {_times(ratio)} times what {peers} have ({fact.actual} instead of {fact.expected}){beyond}"
    if ratio <= 0.5:
        part = f"{100 * ratio:.2g} %" if ratio >= 1e-4 else "next to nothing"
        return f"{name} is {part} of what {peers} have ({fact.actual} instead of {fact.expected}){beyond}"
    off = abs(value - expected) / fact.spread if fact.spread > 0 else 0.0
    far = f", {_times(off)} times as far off as usual" if 2 <= off < 1e6 and not beyond else ""
    return f"{name} is {fact.actual} where {peers} have {fact.expected}{beyond}{far}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _category(name: str, fact: Fact, peers: str) -> str:
    value = f"{name} {clipped(fact.actual)}"
    if fact.times == 0:
        return f"{value} occurs in none of {fact.rows:,} normal rows"
    if fact.context is not None:
        beside = f"{clipped(fact.context.feature)} {clipped(fact.context.level)}"
        how = "never occurs" if fact.context.times == 0 else "is rare"
        return f"{value} {how} with {beside} ({fact.context.times:,} of {fact.context.rows:,} normal rows)"
    if fact.times < 0.01 * fact.rows:
        return f"{value} is rare ({fact.times:,} of {fact.rows:,} normal rows)"
    if fact.expected and fact.expected != fact.actual:
        return f"{value} is unusual here, where {peers} have {clipped(fact.expected)}"
    return f"{value} is unusual beside the other columns"


def _date(name: str, fact: Fact, peers: str) -> str:
    if fact.compared and fact.above == 0 and fact.times == 0:
        return f"{name} {fact.actual} is later than any of {fact.compared:,} normal rows"
    if fact.compared and fact.below == 0 and fact.times == 0:
        return f"{name} {fact.actual} is earlier than any of {fact.compared:,} normal rows"
    if fact.expected and fact.expected != fact.actual:
        return f"{name} is {fact.actual} where {peers} have {fact.expected}"
    return f"{name} {fact.actual} is unusual beside the other columns"


def _missing(name: str, fact: Fact) -> str:
    if fact.times == 0:
        return f"{name} is missing, as in none of {fact.rows:,} normal rows"
    return f"{name} is missing, as in {fact.times:,} of {fact.rows:,} normal rows"
