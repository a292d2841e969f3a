"""Autoencoders of images in other forms: with residual blocks, and as published for medical images."""

from dataclasses import dataclass

from torch import Tensor, nn

from core.models import MODELS
from core.models.conv import ConvAutoencoder
from core.params import param


class ResidualConvolution(nn.Module):
    """Two convolutions with a way past them (He et al., 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, 1, 1), nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both ways, bent."""
        found: Tensor = nn.functional.relu(x + self.inner(x))
        return found


@MODELS.register("conv_residual")
class ResidualConvAutoencoder(ConvAutoencoder):
    """The plain form with a residual block after each halving."""

    title = "Residual (images)"
    when = "For larger sets of varied images, which a deeper network rebuilds better."

    def narrowing(self, inside: int, outside: int) -> nn.Module:
        """Halve, then look closer."""
        return nn.Sequential(super().narrowing(inside, outside), ResidualConvolution(outside))


@MODELS.register("medical_image")
class MedicalImageAutoencoder(ConvAutoencoder):
    """Convolutions of 64, 128 and 256 channels with ways past the code, and a sigmoid at the end."""

    title = "Medical image"
    when = "For X-rays and scans: wide, with skip connections, so that fine tissue is kept."

    @dataclass(frozen=True)
    class Config(ConvAutoencoder.Config):
        """As the recipe has it."""

        channels: tuple[int, ...] = param(
            (64, 128, 256), "Channels of each convolution; every one halves the image.", low=1, high=4_096
        )
        skips: bool = param(
            True, "Whether finer grids of the way in are added to the way back, as the recipe has it.",
            label="Skip connections",
        )  # fmt: skip
