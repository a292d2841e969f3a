"""The kinds of data: each folder knows one, from the upload to the explanation; nothing outside names any of them."""

from core.modalities.base import Modality
from core.modalities.layout import Layout
from core.registry import Registry

MODALITIES: Registry[type[Modality]] = Registry("kind of data", "core.modalities")

__all__ = ["MODALITIES", "Layout", "Modality"]
