"""The documents of Help: each file of ``assets/docs`` as HTML, with its places and their text for the search.

A *topic* is a file (``scores``), a *place* in it a heading or a row of a table (``whitened``). What begins with code
can be reached under that code, a heading also under the name that GitHub gives it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.theme import ASSETS

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

DOCS = ASSETS / "docs"
_ROW = 9
START = "README"
"""The document that Help opens with: the table of contents, whose order is the order of the topics."""


@dataclass(frozen=True)
class Section:
    """A place in a document, and what is written there."""

    topic: str
    place: str
    """Empty for the document's beginning."""
    title: str
    code: str
    """The code that the title begins with, such as the name of a setting; empty where there is none."""
    path: tuple[str, ...]
    """The titles above it, the document's first."""
    level: int
    """1 is the document, 2 and 3 are headings in it, 9 is a row of a table."""
    text: str


@dataclass(frozen=True)
class Document:
    """One file."""

    topic: str
    title: str
    html: str
    sections: tuple[Section, ...]
    names: frozenset[str]
    """Every place, under each of its names."""


def topics() -> tuple[str, ...]:
    """The documents in the order of the table of contents."""
    listed = re.findall(r"\]\((\w[\w-]*)\.md\)", (DOCS / f"{START}.md").read_text(encoding="utf-8"))
    return tuple(dict.fromkeys([START, *listed]))


@cache
def document(topic: str) -> Document:
    """A document, read once in the life of the server.

    Raises
    ------
    LookupError
        When there is none of that name.
    """
    if topic not in topics():
        raise LookupError(topic)
    return parsed(topic, DOCS / f"{topic}.md")


def documents() -> tuple[Document, ...]:
    """Every document, in order."""
    return tuple(document(topic) for topic in topics())


def slug(title: str) -> str:
    """The name that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


def parsed(topic: str, file: Path) -> Document:
    """Read a file."""
    text = re.sub(r"<!--.*?-->\n?", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    reader = _reader()
    tokens = reader.parse(text)
    outline = _Outline(topic, {_code(inline) for token, inline in _pairs(tokens) if token.type == "heading_open"})
    for token, inline in _pairs(tokens):
        outline.take(token, inline)
    outline.finish()
    for token in _all(tokens):
        _relink(token, topic)
        if token.type in {"heading_open", "heading_close"}:
            # The page's own title is the first heading.
            token.tag = f"h{int(token.tag[1]) + 1}"
    html = reader.renderer.render(tokens, reader.options, {})
    sections = outline.merged()
    return Document(topic, sections[0].title, html, sections, frozenset(outline.names))


class _Outline:
    """The places of a document, in their order, while its tokens go by.

    Parameters
    ----------
    topic
        The document.
    headed
        What a heading of its own is about: a row of a table that names the same is no place then.
    """

    def __init__(self, topic: str, headed: set[str]) -> None:
        self.topic, self.headed = topic, headed
        self.names: set[str] = set()
        self._sections: list[Section] = []
        self._words: list[str] = []
        self._titles: list[tuple[int, str]] = []
        self._title: Any = None

    def take(self, token: Any, inline: Any) -> None:
        """The next token, with the first text that stands in it."""
        if token.type == "heading_open":
            level, code = int(token.tag[1]), _code(inline)
            place = (code or slug(_plain(inline))) if level > 1 else ""
            _name(token, [place, slug(_plain(inline))] if place else [], self.names)
            self._begin(level, inline, place)
        elif token.type == "tr_open":
            place = _code(inline)
            if place and place not in self.headed and place not in self.names:
                _name(token, [place], self.names)
                self._begin(_ROW, inline, place)
        elif token.type == "table_close" and self._sections[-1].level == _ROW:
            # What follows a table belongs to the heading above it.
            self.finish()
            self._sections.append(next(section for section in reversed(self._sections) if section.level < _ROW))
            self._sections[-1] = replace(self._sections[-1], text="")
        elif token.type in {"inline", "fence", "code_block"} and token is not self._title:
            self._words.append(_plain(token))

    def finish(self) -> None:
        """Give the words since the last place to it."""
        if self._sections and self._words:
            last = self._sections[-1]
            self._sections[-1] = replace(last, text=" ".join([last.text, *self._words]).strip())
        self._words.clear()

    def merged(self) -> tuple[Section, ...]:
        """One section a place, with all that is written there."""
        found: dict[tuple[int, str], Section] = {}
        for one in self._sections:
            known = found.get((one.level, one.place))
            found[one.level, one.place] = (
                one if known is None else replace(known, text=f"{known.text} {one.text}".strip())
            )
        return tuple(found.values())

    def _begin(self, level: int, inline: Any, place: str) -> None:
        self.finish()
        self._title = inline
        self._titles = [(at, told) for at, told in self._titles if at < level]
        path = tuple(told for _, told in self._titles)
        code = str(inline.children[0].content) if _code(inline) else ""
        title = _plain(inline).removeprefix(code).strip() or code
        self._sections.append(Section(self.topic, place, title, code if title != code else "", path, level, ""))
        self._titles.append((level, title))


@cache
def _reader() -> "MarkdownIt":
    # Imported here: nothing but this page needs it.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


def _pairs(tokens: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each token with the first text that stands in it."""
    for place, token in enumerate(tokens):
        inline = next((other for other in tokens[place : place + 4] if other.type == "inline"), token)
        yield token, inline


def _all(tokens: list[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _plain(token: Any) -> str:
    if token.children is None:
        return str(token.content)
    return "".join(
        " " if child.type in {"softbreak", "hardbreak"} else str(child.content)
        for child in token.children
        if child.type in {"text", "code_inline", "softbreak", "hardbreak"}
    )


def _code(inline: Any) -> str:
    """The code that a heading or a cell begins with, as a place."""
    first = next((child for child in inline.children or [] if child.content), None)
    if first is None or first.type != "code_inline":
        return ""
    return re.sub(r"[^\w.-]+", "-", str(first.content)).strip("-")


def _name(token: Any, taken: list[str], names: set[str]) -> None:
    """Let a token be found under places that nothing else has."""
    fresh = [place for place in dict.fromkeys(taken) if place and place not in names]
    names.update(fresh)
    if fresh:
        token.attrSet("data-places", " ".join(fresh))


def _relink(token: Any, topic: str) -> None:
    """Links between documents lead to their topics, others into a new tab; pictures come from our own route."""
    from dashboard.help import links

    if token.type == "link_open":
        target = str(token.attrGet("href") or "")
        page, _, place = target.partition("#")
        if "://" in target:
            token.attrSet("target", "_blank")
            token.attrSet("rel", "noopener noreferrer")
        elif not page or re.fullmatch(r"[\w-]+\.md", page):
            wanted = page.removesuffix(".md") or topic
            token.attrSet("href", links.address(wanted, place))
            token.attrSet("data-topic", wanted)
            token.attrSet("data-place", place)
        else:
            # A file of the repository, which is not on this server.
            token.attrSet("data-file", target)
            del token.attrs["href"]
    elif token.type == "image":
        token.attrSet("src", links.picture(Path(str(token.attrGet("src"))).name))
        token.attrSet("loading", "lazy")
