"""What commands print: one JSON object or a table on standard output, everything else on standard error."""

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but line ends and tabs, and those that turn the direction of writing."""


def echo(text: str = "", *, error: bool = False, flush: bool = False) -> None:
    """Print a line on standard output, or on standard error; names and values of people's files are text in it."""
    print(printable(text), file=sys.stderr if error else sys.stdout, flush=flush)


def printable(text: str) -> str:
    r"""The text without what a terminal would obey: control characters of people's files are shown as ``\u001b``."""
    return _CONTROLS.sub(_shown, text)


def _shown(control: re.Match[str]) -> str:
    return f"\\u{ord(control[0]):04x}"


def say(notes: Iterable[str]) -> None:
    """Print what was noticed on standard error, a line each; what was asked for stands on standard output."""
    for note in notes:
        echo(f"Note: {' '.join(note.split())}", error=True)


def print_json(value: Any) -> None:
    """Print plain values as one line of JSON; what is no finite number becomes null, as JSON demands."""
    whole = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(_finite(value), allow_nan=False, ensure_ascii=not whole)
    # JSON escapes the other control characters by itself.
    print(_CONTROLS.sub(_shown, text))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under headings; numbers stand on the right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    numeric = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(headings))]
    for heading, right in zip(headings, numeric, strict=True):
        table.add_column(printable(heading), justify="right" if right and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(printable(as_text(value)) for value in row))
    console().print(table)


def print_pairs(pairs: Sequence[Sequence[str]]) -> None:
    """Print names and values in two columns."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        echo(f"{name:<{width}}  {value}")


def as_text(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(as_text(inner) for inner in value)
    return str(value)


def console(*, error: bool = False) -> "Console":
    """A console on standard output, or on standard error; words in brackets stay as they are."""
    from rich.console import Console

    # A pipe or a file has no width: do not wrap there.
    width = None if (sys.stderr if error else sys.stdout).isatty() else 200
    return Console(stderr=error, markup=False, highlight=False, emoji=False, width=width)


@contextmanager
def reading(name: str) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal while a file is read; what it yields takes the share that is done."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    screen = console(error=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(printable(f"reading {name}"), total=1.0)
        yield lambda share: bar.update(task, completed=share)
