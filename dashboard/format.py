"""Numbers for people, as the pages and reports write them (:mod:`core.words`), and users' own words in Markdown."""

import re
from typing import TypeAlias

from core.words import ago, amount, count, distinct, duration, number, percent, plural, share, size

__all__ = [
    "Markdown",
    "ago",
    "amount",
    "count",
    "distinct",
    "duration",
    "number",
    "percent",
    "plain",
    "plural",
    "share",
    "size",
]

Markdown: TypeAlias = str
"""Text in which Markdown counts. What is annotated so holds words of users only through :func:`plain`; a lint among the
tests looks at the callers of such a parameter, and at what such a function returns."""


def plain(text: object) -> Markdown:
    """User content as text that Markdown leaves alone: no links, no formatting, no formulas, no icons."""
    joined = _WITHIN_TEXT.sub("\\g<0>\u2060", re.sub(r"\s", " ", str(text)).strip())
    return re.sub(r"([\\`*_{}\[\]()#+\-.!~|<>$:&])", r"\\\1", joined)


_WITHIN_TEXT = re.compile(r":(?=//|[\w-]+/[\w-]+:)|www(?=\.)|@(?=[-\w]+\.)", re.IGNORECASE)
"""After these a browser's Markdown makes links and icons even of what is escaped, as it looks for them in the finished
text; a word joiner, which nobody sees, keeps it from that."""
