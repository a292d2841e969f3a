"""The search over Help: every word must be there, headings count most, the nearest place comes first. Plain text only."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.help.documents import Section

MOST = 30
"""Places that are shown."""
_AROUND = 90
"""Characters of a place's text that are shown on each side of the first word that was looked for."""


@dataclass(frozen=True)
class Hit:
    """A place that fits."""

    section: Section
    excerpt: tuple[tuple[str, bool], ...]
    """Its text around what was looked for, in pieces; the second value says whether a piece is that."""


def words(query: str) -> list[str]:
    """What is looked for: the words of a query, without case and accents."""
    return re.findall(r"[\w.]+", _folded(query))


def find(query: str, sections: Iterable[Section]) -> list[Hit]:
    """The places that hold every word of a query (as the beginning of one of theirs), the best first."""
    wanted = words(query)
    if not wanted:
        return []
    rated = [(_rating(section, wanted), section) for section in sections]
    fitting = sorted(((rating, section) for rating, section in rated if rating), key=lambda pair: -pair[0])
    return [Hit(section, excerpt(section.text, wanted)) for _, section in fitting[:MOST]]


def excerpt(text: str, wanted: list[str]) -> tuple[tuple[str, bool], ...]:
    """The text around the first word that was looked for, cut at words; its beginning where there is none."""
    folded = _folded(text)
    places = sorted(found.span() for word in wanted for found in re.finditer(rf"(?<!\w){re.escape(word)}\w*", folded))
    first = places[0][0] if places else 0
    start, end = max(0, first - _AROUND), min(len(text), first + _AROUND * 2)
    start = text.rfind(" ", 0, start) + 1 if start else 0
    end = text.find(" ", end) if text.find(" ", end) > 0 else len(text)
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for low, high in places:
        if low < at or high > end:
            continue
        pieces += [(text[at:low], False), (text[low:high], True)]
        at = high
    pieces += [(text[at:end], False)] + ([(" …", False)] if end < len(text) else [])
    return tuple(piece for piece in pieces if piece[0])


def _rating(section: Section, wanted: list[str]) -> float:
    """0 where a word is missing; else more for words in the title, above it, and often in little text."""
    title, path, text = (_folded(part) for part in (section.title, " ".join(section.path), section.text))
    rating = 0.0
    for word in wanted:
        start = rf"(?<!\w){re.escape(word)}"
        in_title, in_path, in_text = (len(re.findall(start, part)) for part in (title, path, text))
        if not (in_title or in_path or in_text):
            return 0.0
        whole = bool(re.search(rf"{start}(?!\w)", title))
        rating += 6.0 * bool(in_title) + 4.0 * whole + 1.0 * bool(in_path) + in_text / (4.0 + len(text) / 200)
    # All of it above the place is not about the place.
    own = any(word in title or word in text for word in wanted)
    return rating if own else 0.0


def _folded(text: str) -> str:
    """Without case and accents, character for character."""
    plain = (unicodedata.normalize("NFKD", character)[0] for character in text)
    return "".join(character.lower()[0] for character in plain)
