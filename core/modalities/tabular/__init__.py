"""Tables: a sample is a row, and so is a unit."""

from core.modalities.tabular.modality import TabularModality

__all__ = ["TabularModality"]
