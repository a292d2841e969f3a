"""The autoencoders, one file each; a new file with a registered class is all that a further variant needs."""

from core.models.base import Autoencoder
from core.registry import Registry

MODELS: Registry[type[Autoencoder]] = Registry("model", "core.models")

__all__ = ["MODELS", "Autoencoder"]
