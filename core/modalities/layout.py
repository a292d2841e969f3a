"""What the columns of an encoded table stand for: which belong to one feature, and which say where it was missing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The meaning of encoded columns, for a network that treats a feature's columns as one or must know the blanks."""

    feature_of: tuple[int, ...]
    """The feature that each encoded column was made from, numbered from 0."""
    flag_of: tuple[int, ...]
    """The place of the column that is 1 where this column's feature is missing; -1 where there is none."""

    @property
    def features(self) -> int:
        """How many features there are."""
        return max(self.feature_of) + 1
