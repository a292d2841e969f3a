"""What a command of the command line is, and the registry of them: one file each in this folder.

A file here registers its function with ``@command("name", order=…)``. Its parameters are the command's arguments and
options, the first line of its docstring is its help, and it imports what it needs when it runs: every file is imported
to list the commands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.registry import Registry


@dataclass(frozen=True)
class CliCommand:
    """One command of ``anomalens``."""

    function: Callable[..., None]
    order: int
    """Its place in the help; the lowest comes first."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the parser shall do otherwise than usual (``context_settings`` of Typer)."""


COMMANDS: Registry[CliCommand] = Registry("command", "core.cli")
"""Every command under the name that follows ``anomalens``; under the empty name what happens without one."""

Function = TypeVar("Function", bound=Callable[..., None])


def command(name: str, *, order: int = 100, **settings: Any) -> Callable[[Function], Function]:
    """Register a function as the command ``name``; the function itself stays as it is."""

    def add(function: Function) -> Function:
        COMMANDS.register(name)(CliCommand(function, order, settings))
        return function

    return add
