"""What a network is trained on: units that are made of nothing else than the samples of one part.

Where a unit is a sample, or a piece of one, these are the units of the samples. Where a unit holds several samples, as
a window holds moments, the units that cover some samples reach into others, which may be of another part: such an
encoder has a method ``training_units`` beside ``units``, and its own samples are looked at in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.modalities.contract import Encoder, Ids, Samples, Units


def has_training_units(encoder: Encoder) -> bool:
    """Whether the units that an encoder makes of some samples hold others too, unless it is asked for none."""
    return hasattr(encoder, "training_units")


def single_units(encoder: Encoder, samples: Samples, ids: Ids) -> Units:
    """One unit for each of some samples, where it would take many to score them: a quick look while training."""
    if hasattr(encoder, "single_units"):
        found: Units = encoder.single_units(samples, ids)
        return found
    return encoder.units(samples, ids)


def training_units(encoder: Encoder, samples: Samples, ids: Ids) -> Units:
    """The units that are made of nothing else than some samples.

    Raises
    ------
    DataError
        When there is none.
    """
    if has_training_units(encoder):
        found: Units = encoder.training_units(samples, ids)  # type: ignore[attr-defined]
        return found
    return encoder.units(samples, ids)
