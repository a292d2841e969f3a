"""Rows beside what was expected of them as HTML: everything is there, nothing of the user's runs, no inline style."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from run_fixture import HOSTILE

from core.explain.explanation import Explanation, FeatureReason
from core.explain.stored import METHOD, stored_explanation, stored_reasons
from core.index.schema import infer_schema
from core.index.table import Table
from core.modalities import MODALITIES
from core.modalities.tabular.samples import TabularSamples

RENDERER = MODALITIES["tabular"]().renderer()
REASON = FeatureReason(
    feature="count", kind="number", actual="160", expected="10", rebuilt="-10.03", actual_value=160.0,
    expected_value=10.0, rebuilt_value=-10.03, spread=3.0, off=50.0, contribution=0.6, phrase="",
)  # fmt: skip
OTHER = replace(
    REASON, feature="flag", kind="category", actual="S0", expected="SF", rebuilt="S1", actual_value=math.nan,
    expected_value=math.nan, rebuilt_value=math.nan, spread=0.1, off=math.nan, contribution=0.15,
)  # fmt: skip
EXPLANATION = Explanation(
    row=7, part="test", label=1, score=2.0, threshold=1.0, uncertainty=None, rank=1, rows=10, p_value=0.1, held_out=9,
    sentence="", method="exchange", reasons=(REASON, OTHER), steps=(), enough=None, nearest=(),
)  # fmt: skip
FOUND = pd.DataFrame(
    {
        "feature": ["src_bytes", "flag"], "actual": ["3.81709e+08", ""], "expected": ["43.17", "SF"],
        "actual_value": [381_709_090.0, math.nan], "expected_value": [43.1704, math.nan],
        "contribution": [0.979, 0.002],
    }
)  # fmt: skip


def test_every_column_stands_beside_what_was_expected_with_its_share() -> None:
    drawn = str(RENDERER.compare(EXPLANATION))
    for words in ("Column", "Share", "Actual", "Expected", "Off by", "10 ± 3", "50 ×", "60.0 %"):
        assert words in drawn
    assert "S0" in drawn
    assert "SF</td>" in drawn
    assert 'width="32.0"' in drawn
    assert 'width="8.0"' in drawn


def test_names_and_values_stay_text() -> None:
    hostile = replace(REASON, feature=HOSTILE, actual=HOSTILE, expected=HOSTILE, rebuilt=HOSTILE, actual_value=math.nan)
    drawn = RENDERER.compare(replace(EXPLANATION, reasons=(hostile,))) + RENDERER.reasons([hostile])
    assert "<img" not in drawn
    assert "&lt;img" in drawn


def test_nothing_is_styled_in_line_where_a_report_allows_its_own_sheets_alone() -> None:
    assert "style=" not in RENDERER.compare(EXPLANATION) + RENDERER.reasons(EXPLANATION.reasons)


def test_what_the_run_stored_is_drawn_without_what_only_the_networks_know() -> None:
    known = {"row": 7, "part": "test", "label": -1, "score": 3.0, "uncertainty": float("nan")}
    stored = stored_explanation(FOUND, known, threshold=1.0)
    assert stored.method == METHOD
    assert stored.uncertainty is None
    drawn = str(RENDERER.compare(stored))
    for words in ("Share of the error", "381,709,090", "43.17", "97.9 %"):
        assert words in drawn
    assert "Rebuilt" not in drawn
    assert "Off by" not in drawn


def test_line_of_a_list_says_what_is_missing() -> None:
    drawn = str(RENDERER.reasons(stored_reasons(FOUND)))
    assert "<b>src_bytes</b> 381,709,090 <i>expected 43.17 · 97.9 %</i>" in drawn
    assert "<b>flag</b> (missing) <i>expected SF · 0.2 %</i>" in drawn


def test_preview_shows_the_row_as_it_was_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"age": [31.0, np.nan], HOSTILE: ["a", "<b>"]})
    frame.to_parquet(tmp_path / "data.parquet")
    table = Table(tmp_path / "data.parquet")
    drawn = RENDERER.preview(TabularSamples(table, infer_schema(table)), 1)
    assert "&lt;b&gt;" in drawn
    assert "<td></td>" in drawn
    assert "<img" not in drawn
