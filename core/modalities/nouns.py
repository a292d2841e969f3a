"""What the samples of a kind of data, and their parts, are called: rows and columns, curves and channels.

Texts are written in the words of a table and said in those of another kind, as a translation is: for tables every text
stays as it is written. A column of the index (a label, a time) is a column for every kind, so that columns become parts
only where a text asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.modalities import MODALITIES
from core.words import plural, several

_WORD = re.compile(
    # What stands in quotes is a name of the user's.
    r"""(?<!['"`“])\b(?:(?P<article>an?)\ )?(?P<between>(?:[a-z-]+\ )?)(?P<word>rows?|columns?)\b(?!["`”])""",
    re.IGNORECASE | re.VERBOSE,
)
_VOWELS = tuple("aeiou")


@dataclass(frozen=True)
class Nouns:
    """The words of one kind of data; called with a text it says that text in them."""

    sample: str = "row"
    samples: str = "rows"
    part: str = "column"
    parts: str = "columns"

    def __call__(self, text: str, *, parts: bool = False) -> str:
        """A text that is written in a table's words, in those of this kind.

        Parameters
        ----------
        text
            A text of ours about rows; nothing that a user wrote stands in it.
        parts
            Whether the columns that it speaks of are what a network reads, and so the parts of a sample.
        """
        if self == Nouns():
            return text
        known = {"row": self.sample, "rows": self.samples}
        known |= {"column": self.part, "columns": self.parts} if parts else {}

        def said(found: re.Match[str]) -> str:
            word = known.get(found["word"].lower())
            if word is None:
                return found[0]
            article = found["article"] or ""
            if article and not found["between"]:
                article = article[0] + ("n" if word.lower().startswith(_VOWELS) else "")
            word = word[:1].upper() + word[1:] if found["word"][0].isupper() else word
            return f"{article}{' ' if article else ''}{found['between']}{word}"

        return _WORD.sub(said, text.replace("this table", "this dataset"))

    def count(self, n: int, kind: str = "") -> str:
        """A number of samples with their noun: "240 curves", or "3 flagged curves" with a word between."""
        before = f"{kind} " if kind else ""
        return plural(n, before + self.sample, before + self.samples)

    def count_parts(self, n: int) -> str:
        """A number of parts with their noun: "2 channels"."""
        return plural(n, self.part, self.parts)


ROWS = Nouns()
"""The words of a table."""
ANY = Nouns("sample", "samples", "part", "parts")
"""Words that hold for every kind of data: before there are data, and where their kind is not installed."""


def nouns_of(modality: str) -> Nouns:
    """The words of a kind of data by its name in :data:`core.modalities.MODALITIES`."""
    if modality not in MODALITIES:
        return ANY
    kind = MODALITIES[modality]()
    part = kind.renderer().part.lower()
    return Nouns(kind.noun, several(kind.noun), part, several(part))


def nouns_of_all(modalities: Iterable[str]) -> Nouns:
    """The words that hold for several kinds of data at once, as in a list of runs; a table's where there are none."""
    found = {nouns_of(name) for name in modalities}
    return found.pop() if len(found) == 1 else ANY if found else ROWS
