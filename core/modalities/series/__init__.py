"""Time series: a sample is a moment, a unit is a window of moments."""

from core.modalities.series.modality import SeriesModality

__all__ = ["SeriesModality"]
