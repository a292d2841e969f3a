"""The class of presets: a recipe with a name, a summary and its place in the picker."""

from dataclasses import dataclass

from core.recipe import Recipe


@dataclass(frozen=True)
class Preset:
    """A recipe with a name and one line on what it is good for."""

    name: str
    summary: str
    recipe: Recipe
    order: int = 100
    """Its place in a picker; the lowest comes first."""
