"""What may be said of a kind of data on the command line: which it is, and how its files become samples.

Each kind says itself what may be said of its files (:attr:`core.modalities.base.Modality.Reading`), and which settings
have a short word (:attr:`core.modalities.base.Modality.flags`); their flags are made of that.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import Annotated, Any

import typer

from core.modalities import MODALITIES
from core.params import Param, describe

TAKEN = "kind"
"""The parameter of a command in whose place they stand."""


@dataclass(frozen=True)
class KindOptions:
    """What was said."""

    modality: str = ""
    """The kind of data; recognised where it was not said."""
    reading: dict[str, str] = field(default_factory=dict)
    """How files become samples, by the names of the settings."""
    settings: dict[str, str] = field(default_factory=dict)
    """Settings of the recipe, as ``--set`` takes them."""


def kind_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of every kind of data; it takes what was said as one parameter, ``kind``."""
    signature = inspect.signature(function, eval_str=True)
    own = [p for p in signature.parameters.values() if p.name != TAKEN]
    taken = {p.name for p in own}
    reading, settings = dict(_reading()), dict(_settings())
    texts = {name: param.help for name, param in reading.items()} | {name: help for name, (_, help) in settings.items()}
    names = {name: f"kind_{name}" if name in taken else name for name in texts}
    parameters = [_parameter("modality", "--as", "KIND", f"Kind of data: {', '.join(MODALITIES.names())}; recognised.")]
    parameters += [_parameter(names[n], f"--{n.replace('_', '-')}", "X", text) for n, text in texts.items()]
    required = [p for p in own if p.kind is inspect.Parameter.KEYWORD_ONLY and p.default is inspect.Parameter.empty]
    others = [p for p in own if p not in required]

    @wraps(function)
    def command(**given: Any) -> None:
        kind = str(given.pop("modality"))
        if kind:
            # A name that does not exist is refused with those that do.
            assert MODALITIES[kind]
        said = {name: str(given.pop(key)) for name, key in names.items()}
        said = {name: value for name, value in said.items() if value}
        chosen = KindOptions(
            kind,
            {name: value for name, value in said.items() if name in reading},
            {settings[name][0]: _number(value) for name, value in said.items() if name in settings},
        )
        function(**given, **{TAKEN: chosen})

    # Typer, and who adds further options, read what a command takes from these two.
    shown = [*others, *parameters, *required]
    command.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in shown} | {"return": None}
    return command


def _reading() -> Iterator[tuple[str, Param]]:
    for _, modality in MODALITIES.items():
        if modality.Reading is not None:
            for param in describe(modality.Reading):
                yield param.name, param


def _settings() -> Iterator[tuple[str, tuple[str, str]]]:
    for _, modality in MODALITIES.items():
        yield from modality.flags.items()


def _number(value: str) -> str:
    """The value of a setting for which 0 means that it is found."""
    return "0" if value == "auto" else value


def _parameter(name: str, flag: str, metavar: str, help: str) -> inspect.Parameter:
    shown = typer.Option(flag, metavar=metavar, help=help)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default="", annotation=Annotated[str, shown])
