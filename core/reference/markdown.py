"""How a table of the documentation is written: settings, docstrings and rows as Markdown."""

import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any

from core.params import Param


def setting_row(name: str, params: Sequence[Param]) -> list[str]:
    """One setting as a row of a table; several where models that share its name differ in what it does."""
    meanings = list(dict.fromkeys(meaning(p) for p in params))
    defaults = list(dict.fromkeys(value_text(p.default) for p in params))
    return [f"`{name}` {params[0].label}", " or ".join(defaults), " In other networks: ".join(meanings)]


def meaning(p: Param) -> str:
    """What a setting does, and which values it takes."""
    parts = [p.help]
    if p.choices:
        parts.append(f"One of {', '.join(f'`{choice}`' for choice in p.choices)}.")
    elif p.low is not None and p.high is not None:
        parts.append(f"From {value_text(p.low)} to {value_text(p.high)}.")
    return " ".join(parts)


def value_text(value: Any) -> str:
    """A default as it is read."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, int | float):
        return f"{value:,.0f}" if value == int(value) and abs(value) >= 1000 else f"{value:g}"
    return str(value) or "nothing"


def prose(thing: Any) -> str:
    """A docstring as paragraphs of text, up to its first heading."""
    text = re.split(r"\n\w[\w ]*\n-{3,}\n", inspect.getdoc(thing) or "")[0]
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    plain = [re.sub(r":\w+:`~?\.?([^`]*)`", r"`\1`", paragraph) for paragraph in paragraphs]
    # An asterisk or an underscore of a formula is one.
    return "\n\n".join(re.sub(r"(?<!`)([*_#])(?!`)", r"\\\1", paragraph) for paragraph in plain)


def first_paragraph(text: str) -> str:
    """The first paragraph of a text, on one line."""
    return " ".join((text or "").split("\n\n")[0].split())


def ordered(items: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """What is registered, in the order of its pickers."""
    return sorted(items, key=lambda item: (getattr(item[1], "order", 100), item[0]))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as a table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
