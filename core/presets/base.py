"""What a preset is."""

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
