"""Tensors and plain values as one safetensors file, in bytes: no pickle, readable by any language."""

import json
from collections.abc import Mapping
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from core.errors import TrainingError


def pack(tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> bytes:
    """Tensors, and values that JSON can hold, as bytes."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(plain, {"values": json.dumps(values)})


def unpack(data: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What :func:`pack` was given.

    Raises
    ------
    TrainingError
        When the bytes are no such file, or cut off.
    """
    try:
        tensors = load(data)
        size = int.from_bytes(data[:8], "little")
        values = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["values"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise TrainingError(f"The checkpoint cannot be read ({error}). Start the run again.") from error
    return tensors, values
