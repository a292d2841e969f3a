"""`anomalens bench`: measure what the documentation says."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from core.cli.base import command
from core.cli.support.output import as_text, echo, print_json, print_table
from core.errors import ConfigError
from core.params import Param


@command("bench", order=130, allow_extra_args=True, ignore_unknown_options=True)
def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the benchmark; without one they are listed.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run a benchmark. Its own options follow its name: anomalens bench sessions --sessions 50."""
    from core.bench import BENCHES

    if not name:
        rows = [[known, _first_line(run), _usage(run)] for known, run in BENCHES.items()]
        if as_json:
            print_json([dict(zip(("name", "help", "options"), row, strict=True)) for row in rows])
        else:
            print_table(["name", "measures", "options"], rows)
        return
    run = BENCHES[name]
    result = run(**_values(name, run, context.args))
    if as_json:
        print_json(result)
    else:
        _show(result)


def options_of(run: Callable[..., Any]) -> dict[str, Param]:
    """The options of a benchmark, from its keyword parameters."""
    found = {}
    for parameter in inspect.signature(run).parameters.values():
        kind = type(parameter.default).__name__
        found[parameter.name.replace("_", "-")] = Param(
            parameter.name, f"--{parameter.name.replace('_', '-')}", kind, parameter.default, ""
        )
    return found


def _values(name: str, run: Callable[..., Any], words: list[str]) -> dict[str, Any]:
    """``--rows 1000 --quick`` as keyword arguments of the benchmark."""
    import difflib

    options, values = options_of(run), {}
    rest = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]
    while rest:
        word = rest.pop(0)
        option = options.get(word.removeprefix("--")) if word.startswith("--") else None
        if option is None:
            near = difflib.get_close_matches(word, [f"--{known}" for known in options], n=1)
            hint = f" Did you mean {near[0]}?" if near else f" Its options: {_usage(run) or 'none'}."
            raise ConfigError(f"The benchmark {name!r} has no option {word}.{hint}")
        if option.type == "bool" and (not rest or rest[0].startswith("--")):
            values[option.name] = option.check(True)
        elif rest:
            values[option.name] = option.check(rest.pop(0))
        else:
            raise ConfigError(f"{word} needs a value, such as {word} {option.default}.")
    return values


def _usage(run: Callable[..., Any]) -> str:
    return " ".join(f"--{name} {param.default}" for name, param in options_of(run).items())


def _first_line(run: Callable[..., Any]) -> str:
    return (inspect.getdoc(run) or "").partition("\n")[0]


def _show(result: dict[str, Any]) -> None:
    """Every list of records as a table, single records in lines of their own, then the single values."""
    for name, value in result.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            if name != "table":
                echo(f"{name.replace('_', ' ')}:")
            print_table(list(value[0]), [list(row.values()) for row in value])
    for name, value in result.items():
        if isinstance(value, dict):
            inner = ", ".join(f"{key.replace('_', ' ')} {as_text(one)}" for key, one in value.items())
            echo(f"{name.replace('_', ' ')}: {inner}")
        elif not (isinstance(value, list) and value and isinstance(value[0], dict)):
            echo(f"{name.replace('_', ' ')}: {as_text(value)}")
