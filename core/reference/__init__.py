"""The tables of the documentation, made of what is registered.

``python -m core.reference`` (``make docs``) writes them into ``assets/docs``, between ``<!-- made: name -->`` and
``<!-- end -->``. What stands around them is written by hand. A test says when a table is behind.
"""

import re
from pathlib import Path

from core.reference.tables import MADE, model_settings

DOCS = Path(__file__).resolve().parents[2] / "assets" / "docs"
_BLOCK = re.compile(r"(<!-- made: (?P<name>[\w -]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)


def filled(text: str) -> str:
    """A document with its tables as the registers have them now.

    Raises
    ------
    KeyError
        When a table is named that nothing makes.
    """
    return _BLOCK.sub(lambda block: f"{block[1]}\n{MADE[block['name']]()}\n{block[3]}", text)


def write(folder: Path = DOCS) -> list[str]:
    """Bring every document of a folder up to date; the names of those that changed."""
    changed = []
    for file in sorted(folder.glob("*.md")):
        before = file.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            file.write_text(after, encoding="utf-8")
            changed.append(file.name)
    return changed


__all__ = ["DOCS", "MADE", "filled", "model_settings", "write"]
