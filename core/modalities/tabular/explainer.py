"""Why rows of a table are odd, in the user's columns and units: what each has, what is expected, how rare that is."""

from __future__ import annotations

import math
from functools import cached_property
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.explain.explanation import ExplainedUnit, FeatureReason
from core.explain.position_explainer import WITHIN, Explained, PositionExplainer
from core.explain.sample_units import SampleUnits
from core.modalities.tabular.encoder import TabularEncoder
from core.modalities.tabular.sentences import amount, phrase, sentence
from core.modalities.tabular.usual_values import Fact, UsualValues
from core.modalities.tabular.wide_frames import row_of_places

if TYPE_CHECKING:
    import pandas as pd

    from core.detector.trained import TrainedDetector
    from core.modalities.tabular.samples import TabularSamples
    from core.results.scored import ScoredRows


class TabularExplainer(PositionExplainer):
    """Answers why rows have their scores; see :class:`core.explain.position_explainer.PositionExplainer`."""

    samples: TabularSamples

    def __init__(
        self,
        trained: TrainedDetector,
        samples: TabularSamples,
        scored: ScoredRows,
        fitted_on: NDArray[np.int64],
        uncertainty: NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__(trained, samples, scored, fitted_on, "row", uncertainty)
        # What is rare is counted among all of them; what is expected is not asked of the oddest.
        assert isinstance(trained.encoder, TabularEncoder)
        self.usual = UsualValues(self.frame(self.normal_ids), trained.encoder)

    def frame(self, ids: NDArray[np.int64]) -> pd.DataFrame:
        """Rows in the user's units, features only, with every digit."""
        return self.samples.exact(ids).reset_index(drop=True)

    def describe(self, one: Explained) -> tuple[tuple[FeatureReason, ...], str]:
        """The columns in words, and a sentence of those that matter."""
        frame = self.frame(np.array([one.id]))
        expected, rebuilt = self._expected(one)
        context = {name: str(self.usual.as_levels(frame, name)[0]) for name in self.usual.levels}
        facts = [
            self.usual.fact(frame, expected, name, float(self.spread[j]), context) for j, name in enumerate(self.parts)
        ]
        order = one.order.tolist()
        reasons = tuple(_reason(facts[j], rebuilt, float(one.contributions[j])) for j in order)
        return reasons, sentence([facts[j] for j in order], [float(one.contributions[j]) for j in order])

    def picture(
        self, sample: SampleUnits, source: NDArray[np.int64], rebuilt: NDArray[np.float32]
    ) -> ExplainedUnit | None:
        """None: the columns say it all."""
        return None

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """How far held-out rows are from what is expected given the rest: two thirds are nearer; see :class:`Fact`."""
        ids = self.held_out_samples()
        frame = self.frame(ids)
        all_parts = np.arange(len(self.parts))
        places = np.stack(
            [
                self.reference.expected(self.reference.part_distances(unit), all_parts, id)
                for unit, id in zip(self.reader.explained(ids), ids.tolist(), strict=True)
            ]
        )
        return self.usual.spreads(frame, self.typical[places], WITHIN)

    def values_of(self, ids: NDArray[np.int64]) -> list[dict[str, str]]:
        """The columns of some rows, as people read them."""
        frame = self.frame(ids)
        texts = {name: [_shown(value) for value in frame[name].array] for name in self.parts}
        return [{name: texts[name][i] for name in self.parts} for i in range(len(ids))]

    def _expected(self, one: Explained) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What rows like this one have, and what the network rebuilds of each column that is shown to it so."""
        back = self.trained.encoder.inverse(one.rebuilt)
        return (
            row_of_places(self.usual.frame[list(self.parts)], self.typical[one.source]),
            row_of_places(back, np.arange(len(self.parts))),
        )


def _reason(fact: Fact, rebuilt: pd.DataFrame, contribution: float) -> FeatureReason:
    value = _number(rebuilt[fact.feature].iloc[0]) if fact.kind == "number" else math.nan
    text = amount(value) if not math.isnan(value) else _text(rebuilt[fact.feature].iloc[0])
    apart = abs(fact.actual_value - fact.expected_value)
    return FeatureReason(
        feature=fact.feature,
        kind=fact.kind,
        actual=fact.actual,
        expected=fact.expected,
        rebuilt=text,
        actual_value=fact.actual_value,
        expected_value=fact.expected_value,
        rebuilt_value=value,
        spread=fact.spread,
        off=apart / fact.spread if fact.spread > 0 else math.nan,
        contribution=contribution,
        phrase=phrase(fact),
    )


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _text(value: Any) -> str:
    import pandas as pd

    return "" if pd.isna(value) else str(value)


def _shown(value: Any) -> str:
    import pandas as pd

    if pd.isna(value):
        return ""
    number = isinstance(value, Number) and not isinstance(value, bool | np.bool_)
    return amount(value) if number else str(value)
