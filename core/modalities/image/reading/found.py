"""What was found while images were read, and the sentences that say so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.words import plural

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 6
"""Files that a sentence names."""


@dataclass
class Found:
    """What was read of the images so far."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    """Where each thumbnail ends in the file of all."""
    low: float = np.inf
    high: float = -np.inf
    deep: int = 0
    bad: dict[str, str] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    contradicting: int = 0
    hashes: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    empty_masks: int = 0


def found_notes(found: Found, frame: pd.DataFrame) -> list[str]:
    """What was found of images, in sentences for the user."""
    notes = []
    if found.bad:
        first = "; ".join(f"{name}: {why}" for name, why in list(found.bad.items())[:_NAMED])
        more = f"; and {len(found.bad) - _NAMED:,} more" if len(found.bad) > _NAMED else ""
        notes.append(
            f"{plural(len(found.bad), 'file')} could not be read and {_are(len(found.bad))} left out. {first}{more}."
        )
    if found.repeated:
        n = len(found.repeated)
        shown = ", ".join(found.repeated[:_NAMED]) + (f" and {n - _NAMED:,} more" if n > _NAMED else "")
        notes.append(f"{plural(n, 'image')} {_are(n)} there already, pixel by pixel, and left out: {shown}.")
    if found.contradicting:
        n = found.contradicting
        notes.append(
            f"{plural(n, 'image')} of these {_are(n)} in a folder of another name than the equal one that was kept: "
            "one of the two labels is wrong."
        )
    near = sum(count for count in found.hashes.values() if count > 1)
    if near > 0.02 * len(frame) and near > 2:
        notes.append(
            f"{near:,} of {len(frame):,} images are nearly equal to another one. Where such twins train and validate, "
            "scores of new images are higher than those that the threshold looks at: more false alarms."
        )
    if len(found.kinds) > 1:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.kinds.most_common())
        notes.append(f"The images are stored in different ways: {kinds}.")
    if any("transparent" in kind for kind in found.kinds):
        notes.append("Transparent pixels are shown on white.")
    if found.deep:
        notes.append(
            f"{plural(found.deep, 'image')} {'has' if found.deep == 1 else 'have'} more than 8 bits. Their numbers lie "
            f"between {found.low:g} and {found.high:g}, and this one range is used for all of them."
        )
    if found.empty_masks:
        n = found.empty_masks
        notes.append(f"{plural(n, 'mask')} {'marks' if n == 1 else 'mark'} nothing.")
    sizes = frame[["width", "height"]].drop_duplicates()
    if len(sizes) > 1:
        low, high = frame[["width", "height"]].min().min(), frame[["width", "height"]].max().max()
        notes.append(f"The images have {len(sizes):,} different sizes, with sides from {low:,} to {high:,} pixels.")
    return notes


def _are(n: int) -> str:
    return "is" if n == 1 else "are"
