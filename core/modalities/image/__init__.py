"""Images as a kind of data: an image is a sample, and what a network reads of it, or a tile of it, a unit."""

from core.modalities.image.modality import ImageModality

__all__ = ["ImageModality"]
