"""A run's scores, sorted for each part and class: every count and curve is read from them in logarithmic time.

Eight bytes a row, whatever the questions; knows no row numbers (those stay in ``scores.parquet``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

PARTS = ("train", "validation", "test", "unused")
"""As :data:`core.index.split.PARTS` has them."""
CLASSES = ("normal", "anomaly", "unknown")
LABELS = (0, 1, -1)
"""The label of each class, in the order of ``CLASSES``."""

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class ScoreGroups:
    """Sorted scores of each part and class."""

    sorted: dict[tuple[str, str], Scores]
    validation: dict[str, Scores] = field(default_factory=dict)
    """By class the scores of the validation rows before the detector learnt from them, and of cross-fitted training
    rows; empty where there are neither."""
    crossed: int = 0
    """How many cross-fitted training rows are among them."""

    @classmethod
    def build(
        cls, scores: ArrayLike, labels: ArrayLike, parts: ArrayLike, untaught: ArrayLike | None = None
    ) -> "ScoreGroups":
        """Sort the scores apart.

        Parameters
        ----------
        scores, labels
            One per row; labels are 1, 0 or -1.
        parts
            The name of each row's part, or its place in ``PARTS``.
        untaught
            The scores by a detector that had not learnt from the validation rows, where these are others.
        """
        values, known, where = np.asarray(scores, dtype=np.float64), np.asarray(labels), np.asarray(parts)
        codes: Sequence[object] = range(len(PARTS)) if where.dtype.kind in "iu" else PARTS
        groups = {}
        for part, code in zip(PARTS, codes, strict=True):
            inside = where == code
            for name, label in zip(CLASSES, LABELS, strict=True):
                groups[part, name] = np.sort(values[inside & (known == label)])
        if untaught is None:
            return cls(groups)
        before, inside = np.asarray(untaught, dtype=np.float64), where == codes[PARTS.index("validation")]
        classes = zip(CLASSES, LABELS, strict=True)
        return cls(groups, {name: np.sort(before[inside & (known == label)]) for name, label in classes})

    def with_cross_fitted(self, scores: ArrayLike, labels: ArrayLike) -> "ScoreGroups":
        """The same with further rows beside the validation rows: training rows, scored without having taught."""
        values, known = np.asarray(scores, dtype=np.float64), np.asarray(labels)
        more = {
            name: np.sort(np.concatenate([self.reference("validation", name), values[known == label]]))
            for name, label in zip(CLASSES, LABELS, strict=True)
        }
        return replace(self, validation=more, crossed=int(values.size))

    def reference(self, part: str, name: str) -> Scores:
        """The scores of a part and a class as rows to compare with: such as taught nothing, but for training rows."""
        return self.validation.get(name, self.sorted[part, name]) if part == "validation" else self.sorted[part, name]

    def scores(self, parts: Iterable[str] = PARTS, classes: Iterable[str] = CLASSES) -> Scores:
        """The scores of some parts and classes in one sorted array."""
        asked_classes = tuple(classes)
        chosen = [self.sorted[part, name] for part in parts for name in asked_classes]
        filled = [group for group in chosen if group.size]
        if len(filled) <= 1:
            return filled[0] if filled else np.empty(0)
        # A stable sort merges runs that are sorted already.
        return np.sort(np.concatenate(filled), kind="stable")

    def between(self, low: float, high: float) -> "ScoreGroups":
        """The scores above one end and at most at the other; no copy of any."""

        def cut(group: Scores) -> Scores:
            first, last = np.searchsorted(group, [low, high], side="right")
            return group[first:last]

        return ScoreGroups({place: cut(group) for place, group in self.sorted.items()})

    def above(self, thresholds: ArrayLike) -> NDArray[np.int64]:
        """Rows whose score is above each threshold, shape (parts, classes, thresholds)."""
        places = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
        counts = np.empty((len(PARTS), len(CLASSES), places.size), dtype=np.int64)
        for i, part in enumerate(PARTS):
            for j, name in enumerate(CLASSES):
                group = self.sorted[part, name]
                counts[i, j] = group.size - np.searchsorted(group, places, side="right")
        return counts

    @property
    def totals(self) -> NDArray[np.int64]:
        """Rows of each part and class, shape (parts, classes)."""
        return np.array([[self.sorted[part, name].size for name in CLASSES] for part in PARTS], dtype=np.int64)

    @property
    def labelled(self) -> bool:
        """Whether any row has a known label."""
        return bool(self.totals[:, :2].any())


def parts_of(name: str) -> tuple[str, ...]:
    """The parts behind a choice of rows: "all", or one of them."""
    return PARTS if name == "all" else (name,)


def judged_parts(groups: ScoreGroups, judged: str) -> tuple[str, ...]:
    """The parts behind a result's word for the judged rows, "test" or "all"; every part where no row has a label.

    With labels a run is measured on rows that it never saw. Without any nothing is measured, and who asks which rows
    are odd means all of them.
    """
    if not groups.labelled:
        return PARTS
    return ("test",) if judged == "test" and groups.totals[PARTS.index("test")].any() else PARTS


def reference_part(groups: ScoreGroups, name: str) -> str:
    """The part that a recipe's threshold looks at, or where that is empty, the next best."""
    filled = {part for part, row in zip(PARTS, groups.totals, strict=True) if row.any()}
    return next((part for part in (name, "validation", "train", "test") if part in filled), "train")
