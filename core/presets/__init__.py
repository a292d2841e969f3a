"""Recipes to start from, one file each: published networks with their training, score and threshold.

Imports no torch, so that the dashboard's server can show them. A preset names every setting that its source names;
what the source leaves open keeps the default of ``core.recipe``.
"""

from core.presets.base import Preset
from core.registry import Registry

PRESETS: Registry[Preset] = Registry("preset", "core.presets")

__all__ = ["PRESETS", "Preset"]
