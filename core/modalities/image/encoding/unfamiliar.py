"""What new images have that training images did not: colours, depth, brightness beyond their range, other sizes."""

from __future__ import annotations

from core.errors import DataError
from core.modalities.image.content import Images
from core.modalities.image.encoding.frames import Frame
from core.words import plural

_FAR = 4.0


class UnfamiliarImages:
    """Counts them.

    Parameters
    ----------
    frame, channels, value_range
        As the encoder has them.
    """

    def __init__(self, frame: Frame, channels: int, value_range: tuple[float, float] | None) -> None:
        self._frame, self._channels, self._range = frame, channels, value_range
        self._coloured = self._depth = self._small = self._shape = 0

    def add(self, raw: Images) -> None:
        """Look at further images."""
        for place, (width, height) in enumerate(raw.sizes):
            self._small += max(width, height) * _FAR < max(self._frame.width, self._frame.height)
            ratio = (width / height) / (self._frame.width / self._frame.height)
            self._shape += self._frame.fit == "resize" and not 1 / 1.2 < ratio < 1.2
            try:
                pixels = raw.load(place)
            except DataError:
                continue
            self._coloured += self._channels == 1 and pixels.shape[2] == 3
            self._depth += (pixels.dtype.kind == "f") != (self._range is not None)

    def notes(self) -> tuple[str, ...]:
        """What was found."""
        found = (
            (self._coloured, "colours, which training images had not: they are read as brightness"),
            (self._depth, "another number of bits than training images had, so that their brightness may be misread"),
            (self._small, "much fewer pixels than are read, and look blurred"),
            (self._shape, "other proportions than training images had, and are stretched"),
        )
        return tuple(f"{plural(n, 'image')} {'has' if n == 1 else 'have'} {what}." for n, what in found if n)
