"""What a run stored of its samples with the highest scores: each part's share of the error, read without networks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from core.explain.explanation import Explanation, FeatureReason
from core.words import amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

METHOD = "error"
"""The method of such an explanation: no way that can be chosen, but all that there is without the networks."""


def stored_reasons(lines: pd.DataFrame) -> tuple[FeatureReason, ...]:
    """The lines of ``explanations.parquet`` of one sample, in their order."""
    return tuple(
        FeatureReason(
            feature=str(one.feature),
            kind="number" if math.isfinite(float(one.actual_value)) else "category",
            actual=str(one.actual),
            expected=str(one.expected),
            rebuilt="",
            actual_value=float(one.actual_value),
            expected_value=float(one.expected_value),
            rebuilt_value=math.nan,
            spread=math.nan,
            off=math.nan,
            contribution=float(one.contribution),
            phrase="",
        )
        for one in lines.itertuples()
    )


def stored_explanation(lines: pd.DataFrame, known: Mapping[str, Any], threshold: float) -> Explanation:
    """An explanation of one sample that says no more than its run stored.

    Parameters
    ----------
    lines
        Those of ``explanations.parquet`` of the sample.
    known
        What its line in ``scores.parquet`` says: row, part, label, score and uncertainty.
    threshold
        Samples that score above it are flagged.
    """
    from dataclasses import replace

    uncertainty = known.get("uncertainty")
    unknown = uncertainty is None or math.isnan(float(uncertainty))
    reasons = tuple(
        replace(
            one,
            actual=amount(one.actual_value, 6) if math.isfinite(one.actual_value) else one.actual,
            expected=amount(one.expected_value, 4) if math.isfinite(one.expected_value) else one.expected,
        )
        for one in stored_reasons(lines)
    )
    return Explanation(
        row=int(known["row"]),
        part=str(known["part"]),
        label=int(known["label"]),
        score=float(known["score"]),
        threshold=threshold,
        uncertainty=None if unknown else float(uncertainty),  # type: ignore[arg-type]
        rank=0,
        rows=0,
        p_value=math.nan,
        held_out=0,
        sentence="",
        method=METHOD,
        reasons=reasons,
        steps=(),
        enough=None,
        nearest=(),
    )
