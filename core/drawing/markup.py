"""HTML elements as strings: every text is escaped unless it is markup made here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

__all__ = ["Markup", "join", "paragraphs", "table", "tag"]

_VOID = {"br", "hr", "img", "input", "link", "meta"}
Child = object
"""Text, which is escaped, Markup, which is not, None, which is nothing, or several of these."""


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """An element.

    Parameters
    ----------
    name
        Its name, such as "p".
    children
        What is in it.
    attributes
        ``class_`` stands for ``class``, an underscore for a hyphen; None and False leave one out, True has no value.
    """
    written = [
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    ]
    head = f"<{name}{''.join(written)}>"
    return Markup(head) if name in _VOID else Markup(f"{head}{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Several pieces, one after the other."""
    return Markup("").join(_flat(children))


def paragraphs(text: str) -> Markup:
    """What somebody typed: a blank line begins a paragraph, a single line break stays one."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if block.strip()]
    return join(tag("p", block, class_="typed") for block in blocks)


def table(
    headings: Iterable[Child],
    rows: Iterable[Iterable[Child]],
    *,
    numeric: Iterable[int] = (),
    long: bool = False,
    **more: object,
) -> Markup:
    """A table; the columns in ``numeric`` stand on the right, and a long one scrolls in a box of its own."""
    right = set(numeric)

    def line(kind: str, cells: Iterable[Child], **attributes: object) -> Markup:
        drawn_cells = (
            tag(kind, cell, class_="n" if i in right else None, **attributes) for i, cell in enumerate(cells)
        )
        return tag("tr", drawn_cells)

    named = list(headings)
    head = tag("thead", line("th", named, scope="col")) if any(named) else None
    body = tag("tbody", (line("td", row) for row in rows))
    # What can be scrolled must be reachable by keys.
    return tag("div", tag("table", head, body, **more), class_=f"wide{' long' * long}", tabindex="0" if long else None)


def _flat(children: Iterable[Child]) -> Iterable[Markup]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, str | Markup) or not isinstance(child, Iterable):
            yield escape(child)
        else:
            yield from _flat(child)
