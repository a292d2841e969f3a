"""The search over Help: places that have every word of a query, titles first; where none has all, those with most."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.help.documents import Section

MOST = 30
"""Places that are shown."""
_AROUND = 90
"""Characters of a place's text that are shown on each side of the first word that was looked for."""


_LITTLE = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from how i if in is it its my of on or that the this to what when "
        "where which who why will with you your",
    )
)
"""Words of questions, which are everywhere."""


@dataclass(frozen=True)
class Hit:
    """A place that fits."""

    section: Section
    excerpt: tuple[tuple[str, bool], ...]
    """Its text around what was looked for, in pieces; the second value says whether a piece is that."""
    whole: bool
    """Whether every word was found."""


def words(query: str) -> list[str]:
    """What is looked for: the words of a query that say something, without case and accents."""
    every = [word.strip(".") for word in re.findall(r"[\w.]+", _folded(query))]
    return [word for word in every if word and word not in _LITTLE] or [word for word in every if word]


def find(query: str, sections: Iterable[Section]) -> list[Hit]:
    """The places that hold every word of a query as the beginning of one of theirs, the best first.

    Where no place holds all, those that hold most.
    """
    query_words = words(query)
    rated = [(*_rating(section, query_words), section) for section in sections] if query_words else []
    most = max((count for count, _, _ in rated), default=0)
    fitting = sorted((one for one in rated if most and one[0] == most), key=lambda one: -one[1])
    return [
        Hit(section, excerpt(section.text, query_words), most == len(query_words)) for _, _, section in fitting[:MOST]
    ]


def excerpt(text: str, query_words: list[str]) -> tuple[tuple[str, bool], ...]:
    """The text around the first word that was looked for, cut at words; its beginning where there is none."""
    folded = _folded(text)
    places = sorted(
        found.span() for word in query_words for found in re.finditer(rf"(?<!\w){re.escape(word)}\w*", folded)
    )
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


def _rating(section: Section, query_words: list[str]) -> tuple[int, float]:
    """How many of the words are there, and how much the place is about them."""
    title, path, text = (
        _folded(part) for part in (f"{section.title} {section.code}", " ".join(section.path), section.text)
    )
    count, rating, own = 0, 0.0, False
    for word in query_words:
        start = rf"(?<!\w){re.escape(word)}"
        in_title, in_path, in_text = (len(re.findall(start, part)) for part in (title, path, text))
        if not (in_title or in_path or in_text):
            continue
        count += 1
        own = own or bool(in_title or in_text)
        whole = bool(re.search(rf"{start}(?!\w)", title))
        rating += 6.0 * bool(in_title) + 4.0 * whole + 1.0 * bool(in_path) + in_text / (4.0 + len(text) / 200)
    # A heading with little else in it is about just that. What stands above a place alone is not about the place.
    rating += 4.0 * count / max(len(title.split()), 1) + (2.0 if section.level < 9 else 0.0)
    return (count, rating) if own else (0, 0.0)


def _folded(text: str) -> str:
    """Without case and accents, character for character."""
    plain = (unicodedata.normalize("NFKD", character)[0] for character in text)
    return "".join(character.lower()[0] for character in plain)
