"""The plain autoencoder of images: convolutions that halve the image, mirrored by transposed ones."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import ConfigError
from core.models import MODELS
from core.models.base import Autoencoder
from core.params import among, param
from core.similarity import ssim

IMAGE = ("channel", "height", "width")


@MODELS.register("conv")
class ConvAutoencoder(Autoencoder):
    """Squeezes an image through ever coarser grids and rebuilds it; what it never saw comes back wrong."""

    axes = IMAGE
    family = "Images"
    title = "Convolutional autoencoder"
    when = "The one to start with for pixels: its reconstruction and its errors are pictures."

    @dataclass(frozen=True)
    class Config(Autoencoder.Config):
        """The form of a network of convolutions; the way back mirrors the way in."""

        channels: tuple[int, ...] = param(
            (32, 64, 128),
            "Channels of each convolution; every one halves the image. More channels can learn finer patterns, and "
            "take longer.",
            low=1,
            high=4_096,
            search=among((16, 32, 64), (32, 64, 128), (64, 128, 256)),
        )
        latent: int = param(
            0,
            "Numbers into which an image is squeezed. 0 keeps a small grid instead, which rebuilds details better; a "
            "small code rebuilds only what all images have.",
            low=0,
            high=65_536,
            label="Latent size",
            search=among(0, 32, 128),
        )
        grid_channels: int = param(
            0,
            "Channels of the small grid that is the code where there is no latent size; 0 keeps those of the last "
            "convolution.",
            low=0,
            high=4_096,
            label="Channels of the grid",
            when={"latent": 0},
            advanced=True,
        )
        kernel: int = param(
            3, "Pixels of a side of each convolution; larger ones see more of their surroundings.", low=2, high=9
        )
        loss: str = param(
            "mse",
            "What is compared while training: squared errors (mse), absolute ones (l1), the structure of small squares "
            "(ssim), or squared errors and structure.",
            choices=("mse", "l1", "ssim", "mse and ssim"),
        )
        normalisation: str = param(
            "batch",
            "Keeps the values between the layers in a steady range: over the batch, or not at all.",
            choices=("batch", "none"),
        )
        skips: bool = param(
            False,
            "Whether finer grids of the way in are added to the way back. Sharper, and better at rebuilding defects "
            "too.",
            label="Skip connections",
        )
        output: str = param(
            "sigmoid",
            "The range of the last layer: sigmoid for pixels between 0 and 1, linear for any number.",
            choices=("sigmoid", "linear"),
            advanced=True,
        )
        crop: int = param(
            0,
            "Pixels of a side of a random square of each image that a step learns from; 0 learns from whole images. "
            "Squares make few images many.",
            low=0,
            high=2_048,
            advanced=True,
        )

    def __init__(self, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        if config.latent and config.crop:
            raise ConfigError(
                f"Random squares need a grid as their code, and the latent size is {config.latent}. Set one of the two "
                "to 0."
            )
        widths = (shape[0], *config.channels)
        self.fold = 2 ** len(config.channels)
        self.grid = tuple(-(-n // self.fold) for n in shape[1:])
        """Height and width of the last grid."""
        grid_channels = config.grid_channels or config.channels[-1]
        self.down = nn.ModuleList(self.narrowing(a, b) for a, b in pairwise(widths))
        self.up = nn.ModuleList(
            self.widening(b, a, last=k == len(config.channels) - 1)
            for k, (a, b) in enumerate(reversed(list(pairwise(widths))))
        )
        self.code_shape = (grid_channels, *self.grid)
        size = config.channels[-1] * math.prod(self.grid)
        self.to_code: nn.Module
        self.from_code: nn.Module
        if config.latent:
            self.to_code = nn.Sequential(nn.Flatten(), nn.Linear(size, config.latent))
            self.from_code = nn.Sequential(
                nn.Linear(config.latent, size), nn.Unflatten(1, (config.channels[-1], *self.grid))
            )
        elif config.grid_channels:
            self.to_code = nn.Conv2d(config.channels[-1], grid_channels, 1)
            self.from_code = nn.Conv2d(grid_channels, config.channels[-1], 1)
        else:
            self.to_code = self.from_code = nn.Identity()

    def narrowing(self, inside: int, outside: int) -> nn.Module:
        """A step of the way in: halves the image."""
        kernel = self.config.kernel
        return nn.Sequential(nn.Conv2d(inside, outside, kernel, 2, (kernel - 1) // 2), *self._after(outside))

    def widening(self, inside: int, outside: int, *, last: bool) -> nn.Module:
        """A step of the way back: doubles the image; the last one has no bend of its own."""
        # A kernel of an even size leaves no checkerboard.
        return nn.Sequential(nn.ConvTranspose2d(inside, outside, 4, 2, 1), *([] if last else self._after(outside)))

    def _after(self, channels: int) -> list[nn.Module]:
        normalised: list[nn.Module] = [nn.BatchNorm2d(channels)] if self.config.normalisation == "batch" else []
        return [*normalised, nn.ReLU()]

    def encode(self, x: Tensor) -> Tensor:
        """The code of each image, flat, shape (n, latent)."""
        code: Tensor = self.to_code(self._narrowed(self.read(x))[-1])
        return code.flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """The images that codes stand for; without what skip connections would add."""
        grid = z if self.config.latent else z.view(len(z), *self.code_shape)
        return self._fitted(self._widened(self.from_code(grid), []), self.shape[1:])

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction, of the shape of ``x``."""
        steps = self._narrowed(self.read(x))
        skipped = steps[:-1] if self.config.skips else []
        return self._fitted(self._widened(self.from_code(self.to_code(steps[-1])), skipped), x.shape[2:])

    def summary(self, x: Tensor) -> Tensor:
        """The code, or the mean of its grid."""
        if self.config.latent:
            return self.encode(x)
        return self.encode(x).view(len(x), *self.code_shape).mean(dim=(2, 3))

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The error, the lack of structure, or both, as the settings say."""
        x = self._cropped(x)
        return self.compared(x, self(x))

    def compared(self, x: Tensor, output: Tensor) -> dict[str, Tensor]:
        """The terms of the loss between some images and what came of them."""
        loss, terms = self.config.loss, {}
        if loss != "ssim":
            terms["reconstruction"] = self.reconstruction(x, output)
        if "ssim" in loss:
            terms["structure"] = self.reduced(1 - ssim(self.filled(x), self.expected(output)), x)
            # Both count about alike: a squared error of pixels between 0 and 1 is a small number.
            if "mse" in loss:
                terms["reconstruction"] = 5 * terms["reconstruction"]
        return terms

    def error(self, x: Tensor, output: Tensor) -> Tensor:
        """Squared errors; absolute ones where these were learnt."""
        if self.config.loss == "l1":
            return (self.expected(output).to(x.dtype) - x).abs()
        return super().error(x, output)

    def _cropped(self, x: Tensor) -> Tensor:
        """A random square of each image while training, the same place in all of a batch."""
        crop = self.config.crop
        if not crop or not self.training:
            return x
        height, width = min(crop, x.shape[2]), min(crop, x.shape[3])
        top = int(torch.randint(x.shape[2] - height + 1, ()))
        left = int(torch.randint(x.shape[3] - width + 1, ()))
        return x[:, :, top : top + height, left : left + width]

    def _narrowed(self, x: Tensor) -> list[Tensor]:
        """The grids of the way in, the finest first, of images filled up to whole grids."""
        lacking = [-n % self.fold for n in x.shape[2:]]
        if any(lacking):
            x = nn.functional.pad(x, (0, lacking[1], 0, lacking[0]), mode="replicate")
        x = x.contiguous(memory_format=torch.channels_last)
        steps = []
        for layer in self.down:
            x = layer(x)
            steps.append(x)
        return steps

    def _widened(self, x: Tensor, skipped: list[Tensor]) -> Tensor:
        for layer in self.up:
            x = layer(x)
            if skipped:
                x = x + skipped.pop()
        return x

    def _fitted(self, x: Tensor, size: Any) -> Tensor:
        x = x[:, :, : size[0], : size[1]]
        return torch.sigmoid(x) if self.config.output == "sigmoid" else x
