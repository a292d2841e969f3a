"""The tables of the documentation, one function each, made of what is registered: models, settings, scores, rules."""

from collections.abc import Callable, Iterable
from typing import Any

from core.params import Param, describe
from core.reference.markdown import first_paragraph, ordered, prose, setting_row, table

MADE: dict[str, Callable[[], str]] = {}
"""What makes each table, by the name that stands in the document."""


def model_settings() -> dict[str, list[Param]]:
    """Every setting of any model, without those that repeat another model's behind that model's name."""
    from core import catalogue

    models = catalogue.models()
    names = [f"{model.name}_" for model in models]
    found: dict[str, list[Param]] = {}
    for model in models:
        for p in model.params:
            if not p.name.startswith(tuple(names)):
                found.setdefault(p.name, []).append(p)
    return found


def _made(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    def add(make: Callable[[], str]) -> Callable[[], str]:
        MADE[name] = make
        return make

    return add


@_made("models")
def _models() -> str:
    from core import catalogue

    rows = [[f"`{model.name}` {model.title}", model.when] for model in catalogue.models()]
    return table(["model", "when to use it"], rows)


@_made("presets")
def _presets() -> str:
    from core import catalogue

    rows = [[preset.name, f"`{preset.recipe.model}`", preset.summary] for preset in catalogue.presets()]
    return table(["preset", "network", "what it is"], rows)


@_made("network settings")
def _network_settings() -> str:
    from core import catalogue

    models = catalogue.models()
    names = {id(p): model.name for model in models for p in model.params}
    wrapping = {model.name for model in models if any(p.name == "base" for p in model.params)}
    common, special = [], []
    for name, params in model_settings().items():
        owners = [names[id(p)] for p in params]
        # What works on any other network has that network's settings too.
        owners = [owner for owner in owners if owner not in wrapping] or owners
        row = setting_row(name, params)
        if len(owners) > len(models) / 2:
            common.append(row)
        else:
            special.append([*row, ", ".join(f"`{owner}`" for owner in sorted(owners))])
    head = ["setting", "by default", "what it does"]
    return (
        f"### Of nearly every network\n\n{table(head, common)}\n### Of some networks\n\n{table([*head, 'of'], special)}"
    )


@_made("run settings")
def _run_settings() -> str:
    from core.recipe import section_classes

    parts = []
    for section, cls in section_classes().items():
        rows = [setting_row(f"{section}.{p.name}", [p]) for p in describe(cls)]
        parts.append(f"### {section.capitalize()}\n\n" + table(["setting", "by default", "what it does"], rows))
    return "\n".join(parts)


@_made("reading options")
def _reading_options() -> str:
    from core.readers.reading.options import READ_OPTIONS

    rows = [[f"`{option.flag} {option.metavar}`", option.title, option.help] for option in READ_OPTIONS]
    return table(["option", "on the page", "what it says"], rows)


@_made("scores")
def _scores() -> str:
    from core.scores import SCORES

    rows = [[f"`{name}` {score.title}", score.when] for name, score in ordered(SCORES.items())]
    return table(["score", "what it is good at"], rows)


@_made("each score")
def _each_score() -> str:
    from core.scores import SCORES

    return "\n".join(
        f"### `{name}` {score.title}\n\n{score.when}\n\n{prose(score)}\n\n{score.because}\n"
        for name, score in ordered(SCORES.items())
    )


@_made("rules")
def _rules() -> str:
    from core.thresholds import THRESHOLDS

    rows = [[f"`{name}` {rule.title}", rule.when] for name, rule in ordered(THRESHOLDS.items())]
    return table(["rule", "when"], rows)


@_made("each rule")
def _each_rule() -> str:
    from core.thresholds import THRESHOLDS

    return "\n".join(
        f"### `{name}` {rule.title}\n\n{rule.when}\n\n{prose(rule)}\n{_settings(name, rule.params())}"
        for name, rule in ordered(THRESHOLDS.items())
    )


@_made("detectors")
def _detectors() -> str:
    from core.baselines import BASELINES

    rows = [[f"`{name}` {detector.title}", detector.when] for name, detector in BASELINES.items()]
    return table(["detector", "what it is good at"], rows)


@_made("each detector")
def _each_detector() -> str:
    from core.baselines import BASELINES

    return "\n".join(
        f"### `{name}` {detector.title}\n\n{prose(detector)} It learns from at most {detector.most_rows:,} training "
        f"rows, drawn with the run's seed.\n{_settings(name, describe(detector.Config))}"
        for name, detector in ordered(BASELINES.items())
    )


@_made("checks")
def _checks() -> str:
    from core.checks import CHECKS

    rows = [[f"`{name}` {check.title}", check.why, check.remedy] for name, check in ordered(CHECKS.items())]
    return table(["check", "why a warning matters", "what to do"], rows)


@_made("maps")
def _maps() -> str:
    from core.projections import PROJECTIONS

    rows = [[f"`{name}` {kind.title}", kind.when, prose(kind)] for name, kind in ordered(PROJECTIONS.items())]
    return table(["map", "when", "what it is"], rows)


@_made("map settings")
def _map_settings() -> str:
    from core.projections import PROJECTIONS

    rows = [
        setting_row(f"{name}.{p.name}", [p])
        for name, kind in ordered(PROJECTIONS.items())
        for p in describe(kind.Config)
    ]
    return table(["setting", "by default", "what it does"], rows)


@_made("formats")
def _formats() -> str:
    from core.readers import READERS

    rows = [
        [reader.title, ", ".join(f"`{ending}`" for ending in reader.endings)] for _, reader in ordered(READERS.items())
    ]
    return table(["format", "endings"], rows)


@_made("samples")
def _samples() -> str:
    from core.modalities.examples import examples

    rows = [[example.title, example.description, example.source] for _, example in examples().values()]
    return table(["sample", "what it is", "where it is from"], rows)


@_made("kinds of data")
def _modalities() -> str:
    from core.modalities import MODALITIES

    rows = [
        [f"`{name}` {kind.title}", kind.noun, ", ".join(f"`{axis}`" for axis in kind.axes)]
        for name, kind in ordered(MODALITIES.items())
    ]
    return table(["kind of data", "a sample is a", "axes of a unit"], rows)


@_made("commands")
def _commands() -> str:
    command = _parser()
    rows = [[f"`anomalens {name}`", first_paragraph(sub.help)] for name, sub in command.commands.items()]
    return table(["command", "what it does"], [["`anomalens`", "Start the dashboard."], *rows])


@_made("each command")
def _each_command() -> str:
    command = _parser()
    commands = [("anomalens", command.params, "Start the dashboard.")]
    commands += [
        (f"anomalens {name}", sub.params, " ".join(sub.help.split())) for name, sub in command.commands.items()
    ]
    parts = []
    for name, params, text in commands:
        rows = [[f"`{_option(p)}`", p.help or ""] for p in params if getattr(p, "help", None)]
        parts.append(f"### `{name}`\n\n{text}\n\n" + table(["word", "what it does"], rows))
    return "\n".join(parts)


def _parser() -> Any:
    import typer

    from core.cli.app import parser

    return typer.main.get_command(parser())


def _option(p: Any) -> str:
    word: str = max(p.opts, key=len)
    if p.param_type_name == "argument":
        return str(p.metavar or word.upper())
    kind = "" if getattr(p, "is_flag", False) else f" {p.metavar or word.lstrip('-').upper()}"
    return word + kind


def _settings(owner: str, params: Iterable[Param]) -> str:
    rows = [setting_row(f"{owner}.{p.name}", [p]) for p in params]
    return "\n" + table(["setting", "by default", "what it does"], rows) if rows else ""
