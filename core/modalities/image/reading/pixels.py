"""From the bytes of an image file to numbers: every format, colour model and depth, each page an image of its own.

Eight bits stay as they are. Deeper images keep their numbers too: one range for the whole set makes them comparable,
where a library would stretch each by itself, or cut off what is above 255.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".pgm", ".ppm", ".pbm", ".pnm", ".jp2",
           ".dib", ".jfif")  # fmt: skip
FORMATS = "PNG, JPEG, TIFF, BMP, WebP, GIF, PNM"
MOST_PIXELS = 120_000_000
LONGEST = 30_000
"""Pixels of an image, and of one side of it, at most."""
MOST_PAGES = 10_000
BEHIND = 255
"""What shows through transparent pixels: white."""
_DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_READ = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "PPM", "JPEG2000", "DIB")

Pixels = NDArray[Any]
"""An image, shape (height, width, channels), of 1 channel or 3: uint8, or deeper numbers as float32."""


def pages(data: bytes) -> int:
    """How many images a file holds."""
    with _opened(data) as image:
        return min(MOST_PAGES, int(getattr(image, "n_frames", 1)))


def decode(data: bytes, page: int = 0) -> Pixels:
    """One image of a file, upright, its alpha put on white, grey where its channels are equal.

    Raises
    ------
    DataError
        When it is no image that can be read, or is larger than can be.
    """
    with _opened(data) as image:
        if page:
            image.seek(page)
        return _plain(image)


def describe(data: bytes, page: int = 0) -> str:
    """How an image of a file is stored, in words: "grey, 8 bits", "colour, 8 bits, transparent"."""
    with _opened(data) as image:
        if page:
            image.seek(page)
        mode = image.mode
        words = {"1": "grey, 1 bit", "L": "grey, 8 bits", "LA": "grey, 8 bits, transparent", "P": "palette, 8 bits",
                 "RGB": "colour, 8 bits", "RGBA": "colour, 8 bits, transparent", "CMYK": "CMYK, 8 bits",
                 "I": "grey, 32 bits", "F": "grey, 32 bits (float)"}  # fmt: skip
        return words.get(mode, "grey, 16 bits" if mode.startswith("I;16") else f"{mode}, 8 bits")


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise DataError("it is empty")
    Image.init()
    try:
        with warnings.catch_warnings():
            # What it warns of, an image that may be made to fill a memory, is refused below by a rule of our own.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_READ) as image:
                width, height = image.size
                if width * height > MOST_PIXELS or max(width, height) > LONGEST:
                    raise DataError(
                        f"it has {width:,} x {height:,} pixels, and at most {MOST_PIXELS // 1_000_000} million, "
                        f"{LONGEST:,} along a side, are read"
                    )
                yield image
    except DataError:
        raise
    except Image.DecompressionBombError:
        raise DataError("it has more pixels than are read") from None
    except UnidentifiedImageError:
        raise DataError("it is no image in a format that is read here") from None
    except Exception as error:  # each format's reader has errors of its own
        raise DataError(f"it is damaged ({str(error)[:80] or type(error).__name__})") from None


def _plain(image: Image.Image) -> Pixels:
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode in _DEEP or upright.mode.startswith("I;16"):
        values = np.asarray(upright).astype(np.float32)
        return np.nan_to_num(values, posinf=0.0, neginf=0.0)[:, :, None]
    if upright.mode == "P" or "transparency" in upright.info:
        upright = upright.convert("RGBA" if "transparency" in upright.info else "RGB")
    if upright.mode in ("LA", "RGBA", "La", "RGBa", "PA"):
        upright = upright.convert("RGBA")
        behind = Image.new("RGBA", upright.size, (BEHIND, BEHIND, BEHIND, 255))
        upright = Image.alpha_composite(behind, upright).convert("RGB")
    upright = upright.convert("L") if upright.mode in ("1", "L") else upright.convert("RGB")
    return grey_where_equal(np.array(upright, dtype=np.uint8))


def grey_where_equal(values: Pixels) -> Pixels:
    """An image as (height, width, channels), of one channel where all three are equal."""
    if values.ndim == 2:
        return values[:, :, None]
    if values.shape[2] == 3 and (values[:, :, :1] == values[:, :, 1:]).all():
        return values[:, :, :1]
    return values


def as_share(values: Pixels, value_range: tuple[float, float] | None) -> NDArray[np.float32]:
    """An image as numbers between 0 and 1: eight bits by 255, deeper ones by the range of their set."""
    if values.dtype == np.uint8:
        return values.astype(np.float32) / np.float32(255)
    low, high = value_range or (0.0, 1.0)
    return ((values.astype(np.float32) - np.float32(low)) / np.float32(max(high - low, 1e-12))).astype(np.float32)
