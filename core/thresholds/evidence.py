"""The scores that a threshold rule may look at: reference rows and judged rows by class, and rows per day.

The judged rows are those that a run is measured by and decides on. The reference rows say what is usual: normally the
validation rows, which the network has not learnt from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.metrics.groups import CLASSES, PARTS, ScoreGroups, reference_part
from core.thresholds.sample import SortedScores, merged
from core.thresholds.sample_weights import is_changed, sample_weights
from core.thresholds.weighted import WeightedScores

_NONE = SortedScores(np.empty(0))


@dataclass(frozen=True)
class Evidence:
    """The scores, each class of rows in a sample of its own."""

    reference: Mapping[str, SortedScores]
    """The reference rows by class ("normal", "anomaly", "unknown"); a class may be missing."""
    judged: Mapping[str, SortedScores] = field(default_factory=dict)
    """The judged rows by class."""
    held_out: Mapping[str, SortedScores] | None = None
    """The rows to calibrate on by class, where they are others than the reference rows."""
    part: str = "validation"
    """The part that the rows to calibrate on are."""
    reference_part: str = ""
    """The part that the reference rows are, where they are one."""
    trained: bool = False
    """Whether the network has learnt from these rows."""
    among: bool = False
    """Whether these rows are judged as well."""
    unseen: Mapping[str, SortedScores] | None = None
    """The judged rows that the network has not learnt from by class, where others are judged too."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """How many rows of the data as it came each judged row of a class stands for; 1 where it is not said."""
    unseen_weights: Mapping[str, float] = field(default_factory=dict)
    """The same of the unseen rows."""
    rows: int = 0
    """Rows of the whole dataset."""
    per_day: Mapping[str, float] = field(default_factory=dict)
    """Rows of the dataset that come in a day, by the column that tells the time; the first is the usual one."""

    @classmethod
    def of(cls, reference: ArrayLike, labels: ArrayLike | None = None) -> "Evidence":
        """Reference rows alone, with labels (1, 0 or -1) where there are some."""
        scores = np.asarray(reference, dtype=np.float64)
        if labels is None:
            return cls({"unknown": SortedScores.of(scores)})
        known = np.asarray(labels)
        codes = zip(CLASSES, (0, 1, -1), strict=True)
        return cls({name: SortedScores.of(scores[known == code]) for name, code in codes})

    @classmethod
    def from_groups(
        cls,
        groups: ScoreGroups,
        *,
        judged: Sequence[str],
        reference: str,
        per_day: Mapping[str, float] | None = None,
    ) -> "Evidence":
        """The scores of a run.

        Parameters
        ----------
        groups
            All of them, sorted.
        judged
            The parts that the run is judged on.
        reference
            The part that says what is usual.
        per_day
            Rows of the dataset that come in a day, by time column.
        """

        def by_class(part: str) -> dict[str, SortedScores]:
            return {name: SortedScores(groups.reference(part, name)) for name in CLASSES}

        # A recipe may look at the training rows; what promises something needs rows that nothing was learnt from.
        part = reference_part(groups, "validation")
        totals = groups.totals
        unseen = cls.unseen_parts(totals, judged)
        apart = unseen != tuple(judged)
        return cls(
            by_class(reference),
            {name: SortedScores(groups.scores(tuple(judged), (name,))) for name in CLASSES},
            unseen={name: SortedScores(groups.scores(unseen, (name,))) for name in CLASSES} if apart else None,
            weights=sample_weights(totals, judged),
            unseen_weights=sample_weights(totals, unseen) if apart else {},
            held_out=by_class(part) if part != reference else None,
            part="held-out" if groups.crossed and part == "validation" else part,
            reference_part="held-out" if groups.crossed and reference == "validation" else reference,
            trained=part == "train",
            among=part in unseen,
            rows=int(totals.sum()),
            per_day=per_day or {},
        )

    @staticmethod
    def unseen_parts(totals: NDArray[np.int64], judged: Sequence[str]) -> tuple[str, ...]:
        """The judged parts that the network has not learnt from, which say what rows to come are like.

        Where all rows are ranked, those that trained among them, that is the test part; all of them where there is
        none.
        """
        apart = "test" in judged and bool(totals[PARTS.index("test")].any())
        return ("test",) if apart else tuple(judged)

    @cached_property
    def all_reference(self) -> SortedScores:
        """Every reference row, whatever its label."""
        return merged(*self.reference.values())

    @cached_property
    def calibration(self) -> SortedScores:
        """The rows to calibrate on: but those that are labelled as anomalies."""
        return merged(*(self.calibrating.get(name, _NONE) for name in ("normal", "unknown")))

    @property
    def calibrating(self) -> Mapping[str, SortedScores]:
        """The rows to calibrate on, and any labelled anomalies beside them, by class."""
        return self.reference if self.held_out is None else self.held_out

    @cached_property
    def normal(self) -> SortedScores:
        """The rows of which false alarms are a share: the judged normal ones, else the normal reference rows.

        Without any label every reference row is taken for normal.
        """
        if self.judged_normal.size:
            return self.judged_normal
        return self._of("normal") if self.reference_labelled else self._of("unknown")

    @property
    def reference_words(self) -> str:
        """What the reference rows are called: "validation rows"."""
        return f"{self.reference_part or 'reference'} rows"

    @property
    def reference_labelled(self) -> bool:
        """Whether any reference row has a label."""
        return bool(self._of("normal").size or self._of("anomaly").size)

    @cached_property
    def batch(self) -> SortedScores:
        """Every judged row."""
        return merged(*self.judged.values())

    @cached_property
    def weighted(self) -> WeightedScores:
        """Every judged row, with how many rows of the data as it came it stands for."""
        return WeightedScores(self.judged, self.weights)

    @cached_property
    def stream(self) -> WeightedScores:
        """The judged rows that the network has not learnt from, weighted: what rows to come are like."""
        return self.weighted if self.unseen is None else WeightedScores(self.unseen, self.unseen_weights)

    @cached_property
    def fresh(self) -> SortedScores:
        """Every judged row that the network has not learnt from."""
        return self.batch if self.unseen is None else merged(*self.unseen.values())

    @property
    def mix_changed(self) -> bool:
        """Whether the split has changed the mix of the judged rows."""
        return is_changed({name: self.weights.get(name, 1.0) for name, rows in self.judged.items() if rows.size})

    @property
    def weights_words(self) -> str:
        """How judged rows count towards a rate, as a sentence; empty where the split has left the mix as it was."""
        if not self.mix_changed:
            return ""
        names = {"normal": "normal row", "anomaly": "anomaly", "unknown": "row without a label"}
        first, *others = [(names[name], f"{self.weights[name]:.3g}") for name, rows in self.judged.items() if rows.size]
        rest = "".join(f", a judged {name} for {weight}" for name, weight in others)
        return f"The split has changed the mix: a judged {first[0]} stands for {first[1]} of the data as it came{rest}."

    @property
    def judged_normal(self) -> SortedScores:
        """The judged rows that are labelled as normal."""
        return self.judged.get("normal", _NONE)

    @property
    def judged_anomalies(self) -> SortedScores:
        """The judged rows that are labelled as anomalies."""
        return self.judged.get("anomaly", _NONE)

    @property
    def labelled(self) -> bool:
        """Whether precision and recall can be told: judged rows of both classes."""
        return bool(self.judged_normal.size and self.judged_anomalies.size)

    @property
    def rows_per_day(self) -> float | None:
        """Rows that come in a day, where the time is known."""
        return next(iter(self.per_day.values()), None)

    def samples(self) -> list[SortedScores]:
        """Every sample, once."""
        held_out, unseen = self.held_out or {}, self.unseen or {}
        return [*self.reference.values(), *self.judged.values(), *held_out.values(), *unseen.values()]

    def _of(self, name: str) -> SortedScores:
        return self.reference.get(name, _NONE)
