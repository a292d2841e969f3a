"""The features of images: what a network that knows photographs says of each place, on two grids folded into one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from core.feature_grids import CHANNELS, block_of
from core.modalities.image.encoding.frames import with_channels
from core.modalities.image.encoding.network import network
from core.runtime import cpu_has_bf16

if TYPE_CHECKING:
    from torch import Tensor

_FINE, _COARSE = (1, 2, 4), (7, 10)
"""Blocks whose features are on the fine grid (8 pixels a place) and on the coarse one (16 pixels)."""
_MARGIN = 32
"""Pixels of the image mirrored around it: padding with zeros makes borders odd."""


class Features:
    """Computes features of one image at a time, so that none depends on what else is computed.

    Parameters
    ----------
    state
        The weights of :class:`core.modalities.image.encoding.network.FeatureNetwork`.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        self.state = dict(state)
        self._format = torch.bfloat16 if cpu_has_bf16() else torch.float32
        self._network = network(self.state).to(self._format)
        self._lock = threading.Lock()

    def of(self, image: NDArray[np.float32]) -> NDArray[np.float16]:
        """The features of an image of numbers between 0 and 1, shape (channels, height / 16, width / 16)."""
        height, width = image.shape[:2]
        pixels = np.ascontiguousarray(with_channels(image, 3).transpose(2, 0, 1))
        x = torch.from_numpy(pixels)[None].mul(255).sub(127).div(128)
        around = (_MARGIN,) * 4
        x = torch.nn.functional.pad(x, around, mode="reflect" if min(height, width) > _MARGIN else "replicate")
        x = x.to(self._format).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), self._lock:
            found = self._network(x, (*_FINE, *_COARSE))
            fine = self._grid(found[: len(_FINE)], (height, width), 8)
            coarse = self._grid(found[len(_FINE) :], (height, width), 16)
            block = block_of([fine, coarse])[0].to(torch.float16)
        assert block.shape[0] == CHANNELS
        return np.asarray(block.numpy())

    @staticmethod
    def _grid(parts: list[Tensor], size: tuple[int, int], stride: int) -> Tensor:
        """Some features, averaged over 3 x 3, on one grid, the margin cut off."""
        height, width = size
        rows, columns, margin = height // stride, width // stride, _MARGIN // stride
        whole = ((height + 2 * _MARGIN) // stride, (width + 2 * _MARGIN) // stride)
        placed = []
        for part in parts:
            smooth = torch.nn.functional.avg_pool2d(part.float(), 3, 1, 1)
            if smooth.shape[-2:] != whole:
                smooth = torch.nn.functional.interpolate(smooth, size=whole, mode="bilinear", align_corners=False)
            placed.append(smooth[:, :, margin : margin + rows, margin : margin + columns])
        return torch.cat(placed, dim=1)
