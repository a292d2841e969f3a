"""The pages that there are, as each file in the folder ``pages`` says it of itself; no other file lists them.

A page begins with ``PAGE = {...}``: plain values, which are read from the file's text. Importing it instead would run
the page, and load what all pages need before the first one is on screen.
"""

import ast
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True)
class PageInfo:
    """What the navigation and links know of a page."""

    file: Path
    title: str
    icon: str
    """A Material symbol, for the navigation: ``:material/insights:``."""
    order: int = 100
    """Its place in the navigation; the lowest comes first."""
    carries: tuple[str, ...] = ()
    """What a link to it takes along of what the user looks at: "dataset", "run", "score"."""


def pages() -> dict[str, PageInfo]:
    """Every page under its file's name, which links and addresses use, in the navigation's order."""
    # Every link asks, so that this is quick: a listing with the times, and no path taken apart.
    with os.scandir(_FOLDER) as files:
        found = tuple((file.name, file.stat().st_mtime_ns) for file in files if file.name.endswith(".py"))
    return dict(_sorted(_FOLDER, found))


@lru_cache(maxsize=4)
def _sorted(folder: Path, files: tuple[tuple[str, int], ...]) -> tuple[tuple[str, PageInfo], ...]:
    paths = [(folder / name, changed) for name, changed in files if not name.startswith("_")]
    read = {path.stem: _read(path, changed) for path, changed in paths}
    return tuple(sorted(read.items(), key=lambda item: (item[1].order, item[0])))


@lru_cache(maxsize=100)
def _read(path: Path, changed: int) -> PageInfo:
    """The values of ``PAGE`` in a file; read again when the file has changed since."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "PAGE":
            return PageInfo(path, **ast.literal_eval(statement.value))
    raise ValueError(
        f'{path} has no line PAGE = {{"title": …}}. Add one below its imports, as the other pages have it.'
    )
