"""Numbers for people, as the pages and reports write them (:mod:`core.words`), and users' own words in Markdown."""

import re

from core.words import ago, amount, count, distinct, duration, number, percent, plural, share, size

__all__ = ["ago", "amount", "count", "distinct", "duration", "number", "percent", "plain", "plural", "share", "size"]


def plain(text: object) -> str:
    """User content as text that Markdown leaves alone: no links, no formatting, no formulas, no icons."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!~|<>$:&])", r"\\\1", str(text).replace("\n", " "))
