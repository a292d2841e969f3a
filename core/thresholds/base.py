"""What a threshold rule is: it turns one number of the user's into a place on the scale of the scores."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError


class ThresholdRule:
    """Base of the rules; a rule is one small file with a title, a range and the method ``threshold``."""

    title: ClassVar[str]
    """The rule's name on screen."""
    help: ClassVar[str]
    """One sentence for the form: what the number means."""
    default: ClassVar[float]
    low: ClassVar[float]
    high: ClassVar[float]

    @classmethod
    def check(cls, value: float) -> float:
        """``value`` when it is in the rule's range.

        Raises
        ------
        ConfigError
            Says the range and the value that was given.
        """
        number = float(value)
        if not cls.low <= number <= cls.high:
            raise ConfigError(f"{cls.title} must be {cls._range()}. Got {number:g}.")
        return number

    @classmethod
    def threshold(cls, value: float, scores: NDArray[np.float64], labels: NDArray[np.int8] | None) -> float:
        """The threshold; ``scores`` are the reference rows' and may be empty only for a rule that needs none."""
        raise NotImplementedError

    @classmethod
    def _range(cls) -> str:
        if np.isfinite(cls.low) and np.isfinite(cls.high):
            return f"between {cls.low:g} and {cls.high:g}"
        return "a finite number"
