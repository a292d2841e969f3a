"""The training: the network, its settings, and how the loss fell."""

from typing import Any

from core.drawing.markup import Markup, join, tag
from core.export import figures
from core.export.context import ReportContext
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.params import describe
from core.recipe import section_classes
from core.words import count, duration, plural


@SECTIONS.register("training")
class TrainingSection(ReportSection):
    """Sentence, loss curve, every setting that is not at its default."""

    title = "The network and its training"
    order = 70

    def build(self, context: ReportContext) -> Markup:
        """What was trained, and how."""
        says = context.says
        figure = figures.losses(context.epochs, context.run.result.get("best_epoch"))
        curve = None
        if figure is not None:
            swatches = [("normal", says("Training rows"))]
            if any(epoch["validation"] for epoch in context.epochs):
                swatches.append(("anomaly", says("Validation rows")))
            legend = tag(
                "p",
                (tag("span", tag("i", class_=f"swatch {kind}"), words) for kind, words in swatches),
                class_="legend",
            )
            curve = tag("figure", tag("figcaption", "Loss"), figure, legend)
        return join([_words(context), curve, tag("h3", "Settings"), _settings(context)])


def _words(context: ReportContext) -> Markup:
    result, recipe = context.run.result, context.run.recipe
    what = (
        f"the preset {recipe.preset} (network “{recipe.model}”)" if recipe.preset else f"the network “{recipe.model}”"
    )
    members = int(result.get("members", 1))
    several = f", {count(members)} networks that judge together" if members > 1 else ""
    best, epochs = result.get("best_epoch"), int(result.get("epochs", 0))
    kept = f" The weights of epoch {best} were kept." if best and best != epochs else ""
    return tag(
        "p",
        f"Trained was {what}{several}, with {plural(int(result.get('parameters', 0)), 'weight')} on "
        f"{plural(int(result.get('features', 0)), 'input')}, for {plural(epochs, 'epoch')} in "
        f"{duration(result.get('seconds'))} on {str(result.get('device', 'cpu')).upper()}.{kept}",
    )


def _settings(context: ReportContext) -> Markup:
    recipe = context.run.recipe
    groups = {"Network": [(_label(name), _value(value)) for name, value in recipe.model_settings.items()]}
    for section, cls in section_classes(recipe.modality).items():
        values = recipe.group(section)
        groups[section.capitalize()] = [
            (p.label, _value(values[p.name]))
            for p in describe(cls)
            if p.applies(values) and (values[p.name] != p.default or not p.advanced)
        ]
    groups["Run"] = [("Seed", str(recipe.seed)), ("Networks", str(recipe.members))]
    made = (
        tag("div", tag("h4", name), tag("dl", (tag("div", tag("dt", a), tag("dd", b)) for a, b in pairs)))
        for name, pairs in groups.items()
        if pairs
    )
    return tag("div", made, class_="settings")


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(str(inner) for inner in value)
    return str(value) or "none"
