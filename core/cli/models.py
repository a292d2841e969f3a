"""`anomalens models`: what can be trained, with every setting and its range."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from core.cli.base import command
from core.cli.support.output import as_text, echo, print_json, print_table
from core.modalities import MODALITIES
from core.modalities.nouns import ANY, Nouns, nouns_of, nouns_of_all
from core.params import Param, describe
from core.recipe import section_classes
from core.words import several


@command("models", order=120)
def models(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """List the models with their settings, and the presets."""
    from core import catalogue

    if as_json:
        print_json(catalogue.catalogue() | {"settings": _settings()})
        return
    for info in catalogue.models():
        echo(f"{info.name}: {info.title} ({info.family}; reads {_reads(info.axes)}). {info.when}")
        _print_params("model", info.params, _nouns(info.axes))
    echo("Settings of every model")
    for section, config in section_classes().items():
        if section != "encoding":
            _print_params(section, describe(config), ANY)
    for name, kind in sorted(MODALITIES.items(), key=lambda item: item[1].order):
        echo(f"How {several(kind.noun)} become numbers")
        _print_params("encoding", describe(kind.Config), nouns_of(name))
    echo("Presets")
    reads = {info.name: _reads(info.axes) for info in catalogue.models()}
    print_table(
        ["preset", "model", "reads", "for"],
        [[p.name, p.recipe.model, reads.get(p.recipe.model, ""), p.summary] for p in catalogue.presets()],
    )


def _print_params(section: str, params: Sequence[Param], says: Nouns) -> None:
    """Settings as a table, in the words of what they are about."""
    rows = [_row(f"{section}.{p.name}", p, says) for p in params]
    print_table(["setting", "default", "range", "meaning"], rows)


def _nouns(axes: Sequence[str]) -> Nouns:
    """What the samples are called that are laid out so."""
    return nouns_of_all(name for name, cls in MODALITIES.items() if cls.axes == tuple(axes))


def _reads(axes: Sequence[str]) -> str:
    """The axes of the units that a model reads, and whose samples these are: "time × channel (curves)"."""
    kinds = [cls for _, cls in MODALITIES.items() if cls.axes == tuple(axes)]
    nouns = ", ".join(several(cls.noun) for cls in sorted(kinds, key=lambda cls: cls.order))
    return " × ".join(axes) + (f" ({nouns})" if nouns else "")


def _settings() -> list[dict[str, Any]]:
    """The settings around every model, by the name that ``--set`` takes."""
    return [
        {
            "name": f"{section}.{param.name}",
            "type": param.type,
            "default": param.default,
            "low": param.low,
            "high": param.high,
            "choices": list(param.choices),
            "help": param.help,
        }
        for section, config in section_classes().items()
        for param in describe(config)
    ]


def _row(name: str, param: Param, says: Nouns) -> list[str]:
    if param.choices:
        allowed = ", ".join(param.choices)
    elif param.type == "bool":
        allowed = "yes, no"
    elif param.low is not None and param.high is not None:
        allowed = f"{as_text(param.low)} to {as_text(param.high)}"
    elif param.low is not None:
        allowed = f"from {as_text(param.low)}"
    else:
        allowed = ""
    return [name, as_text(param.default), allowed, says(param.help, parts=says != ANY)]
