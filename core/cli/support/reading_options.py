"""The options of reading on the command line, the same for every command that reads a file."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from core.readers.reading.options import READ_OPTIONS, ReadOption, ReadOptions

TAKEN = "options"
"""The parameter of a command in whose place the options stand."""


def reading_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command every option of reading; it takes what was said as one parameter, ``options``."""
    signature = inspect.signature(function, eval_str=True)
    own = [p for p in signature.parameters.values() if p.name != TAKEN]
    parameters = [*own, *map(_parameter, READ_OPTIONS)]

    @wraps(function)
    def command(**given: Any) -> None:
        said = {option.name: given.pop(option.name) for option in READ_OPTIONS}
        function(**given, **{TAKEN: ReadOptions.from_words(said)})

    # Typer reads what a command takes from these two.
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": None}
    return command


def _parameter(option: ReadOption) -> inspect.Parameter:
    kind: Any = list[str] | None if option.several else str
    more = " May be repeated." if option.several else ""
    shown = typer.Option(option.flag, metavar=option.metavar, help=f"{option.help}{more}")
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None if option.several else "",
        annotation=Annotated[kind, shown],
    )
