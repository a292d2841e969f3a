"""Autoencoders of images that mend: what they are shown is spoiled, what they are asked for is the image as it was."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.models import MODELS
from core.models.conv import ConvAutoencoder
from core.params import param


@MODELS.register("conv_denoising")
class ConvDenoisingAutoencoder(ConvAutoencoder):
    """Learns to undo noise: shown x + noise while it learns, asked for x (Vincent et al., 2008)."""

    title = "Denoising (images)"
    when = "When normal images differ by noise of their own, as X-rays and photographs in the dark do."

    @dataclass(frozen=True)
    class Config(ConvAutoencoder.Config):
        """The convolutions, and the noise."""

        noise: float = param(0.1, "Standard deviation of the noise on pixels between 0 and 1.", low=0.0, high=5.0)

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The loss between what is made of noisy images and the images themselves."""
        x = self._cropped(x)
        seen = x + self.config.noise * torch.randn_like(x) if self.training else x
        return self.compared(x, self(seen))


@MODELS.register("conv_masked")
class MaskedPatchesAutoencoder(ConvAutoencoder):
    """Learns to fill in squares that were put out (Zavrtanik et al., 2021, in its simplest form)."""

    title = "Masked patches"
    when = "For textures and aligned parts: what is hidden must follow from what is around it."

    @dataclass(frozen=True)
    class Config(ConvAutoencoder.Config):
        """The convolutions, and how much is put out."""

        masked: float = param(
            0.25, "Share of the squares of an image that are put out while it learns.", low=0.0, high=0.9
        )
        square: int = param(8, "Pixels of a side of the squares that are put out.", low=1, high=256)

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The loss between what is made of images with holes and the whole ones."""
        x = self._cropped(x)
        if not self.training:
            return self.compared(x, self(x))
        square = self.config.square
        coarse = [-(-n // square) for n in x.shape[2:]]
        shown = (torch.rand((len(x), 1, *coarse), device=x.device) >= self.config.masked).to(x.dtype)
        shown = shown.repeat_interleave(square, 2).repeat_interleave(square, 3)[:, :, : x.shape[2], : x.shape[3]]
        return self.compared(x, self(x * shown))


@MODELS.register("conv_mending")
class MendingNetwork(ConvAutoencoder):
    """Mends pasted pieces: shown an image with a foreign piece, asked for it without.

    The piece is of another image of the batch (Li et al., 2021: CutPaste), so that ways past the code (Ronneberger et
    al., 2015: U-Net) do not let it copy what is odd.
    """

    title = "Mending network (U-Net)"
    when = "For details that a small code loses: sharp reconstructions in which a foreign piece is put right."

    @dataclass(frozen=True)
    class Config(ConvAutoencoder.Config):
        """The convolutions with ways past the code, and the pieces."""

        skips: bool = param(
            True, "Whether finer grids of the way in are added to the way back; a plain autoencoder has none.",
            label="Skip connections",
        )  # fmt: skip
        piece: float = param(0.3, "The longer side of a pasted piece at most, a share of the image.", low=0.0, high=1.0)

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The loss between what is made of images with pasted pieces and the images themselves."""
        x = self._cropped(x)
        return self.compared(x, self(self._pasted(x)) if self.training else self(x))

    def _pasted(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        h, w = (max(1, int(torch.rand(()) * self.config.piece * n)) for n in (height, width))
        (y, x0), (top, left) = (
            (int(torch.randint(height - h + 1, ())), int(torch.randint(width - w + 1, ()))) for _ in range(2)
        )
        spoiled = x.clone()
        spoiled[:, :, top : top + h, left : left + w] = x.roll(1, 0)[:, :, y : y + h, x0 : x0 + w]
        return spoiled
