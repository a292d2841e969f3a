"""The Data page's figures: pure functions of what was counted."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from table_fixture import make_table

from core.index.by_class import count_by_class
from core.index.profile import Correlation, profile
from core.index.schema import infer_schema
from dashboard import theme
from dashboard.charts.column_values import column_values_figure
from dashboard.charts.correlation import MOST, correlation_figure
from dashboard.charts.missing_values import missing_values_figure
from dashboard.charts.split_parts import split_parts_figure
from dashboard.components.show import file_name


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=400),
            "far": np.append(rng.normal(size=399), 1e6),
            "when": pd.date_range("2026-01-01", periods=400, freq="h"),
            "kind": rng.choice(["a", "b", "a very long level that does not fit beside the axis"], 400),
            "hole": np.where(rng.random(400) < 0.3, np.nan, 1.5 * rng.random(400)),
            "label": rng.random(400) < 0.1,
        }
    )
    table = make_table(tmp_path_factory.mktemp("charts"), frame)
    schema = infer_schema(table)
    return table, schema, profile(table, schema)


@pytest.mark.parametrize("name", ["x", "far", "when", "kind", "hole", "label"])
@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("log", [True, False])
def test_every_column_has_a_figure_with_its_name(case, name, labelled, log):
    table, schema, known = case
    column = known.column(name)
    fig = column_values_figure(column, count_by_class(table, schema, column) if labelled else None, log=log)
    assert fig.layout.title.text == name
    assert [trace.name for trace in fig.data] == (["Normal", "Anomaly"] if labelled else ["Rows"])
    fig.to_json()


def test_shares_of_a_class_sum_to_all_of_it(case):
    table, schema, known = case
    fig = column_values_figure(known.column("x"), count_by_class(table, schema, known.column("x")))
    for trace in fig.data:
        assert sum(trace.y) == pytest.approx(100)


def test_far_values_are_told_and_not_drawn(case):
    _, _, known = case
    assert "far values" in column_values_figure(known.column("far")).layout.title.subtitle.text


def test_the_emptiest_column_comes_first(case):
    _, _, known = case
    assert list(missing_values_figure(known).data[0].y) == ["hole"]


def test_correlations_show_at_most_what_can_be_read():
    n = MOST + 5
    names = tuple(f"c{i}" for i in range(n))
    matrix = tuple(tuple(None if i == 3 else float(i == j) for j in range(n)) for i in range(n))
    fig = correlation_figure(Correlation(names, matrix, matrix, 100, left_out=7), "Spearman")
    assert len(fig.data[0].x) == MOST
    assert "12 further features" in fig.layout.title.subtitle.text
    assert fig.layout.title.text == "Spearman correlation"


def test_parts_are_stacked_by_class_and_unused_rows_shown_only_where_there_are_some():
    counts = {"train": {"normal": 80, "anomaly": 0}, "validation": {"normal": 20}, "test": {"normal": 50, "anomaly": 9}}
    fig = split_parts_figure(counts)
    assert {trace.name: list(trace.x) for trace in fig.data} == {"Normal": [80, 20, 50], "Anomaly": [0, 0, 9]}
    assert "Unused" in split_parts_figure(counts | {"unused": {"anomaly": 3}}).data[0].y


def test_a_figure_gets_our_template_and_a_solid_ground():
    fig = theme.figure_layout(go.Figure(), "Title", "Below it")
    assert fig.layout.template.layout.paper_bgcolor == theme.LIGHT.background
    assert (fig.layout.title.text, fig.layout.title.subtitle.text) == ("Title", "Below it")


def test_both_themes_have_the_same_number_of_colours():
    for name in ("series", "sequential", "diverging"):
        assert len(getattr(theme.LIGHT, name)) == len(getattr(theme.DARK, name))


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK])
def test_text_and_classes_stand_out_from_the_ground(palette):
    assert contrast(palette.text, palette.background) > 7
    assert contrast(palette.muted, palette.background) > 4.5
    for colour in (palette.normal, palette.anomaly, palette.accent):
        assert contrast(colour, palette.background) > 3


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("blindness", ["protan", "deutan", "tritan"])
def test_normal_and_anomaly_differ_for_every_colour_vision(palette, blindness):
    """Simulated after Viénot, Brettel and Mollon (1999); their distance stays far above a just noticeable one."""
    a, b = (_simulate(_linear(colour), blindness) for colour in (palette.normal, palette.anomaly))
    assert np.linalg.norm(_lab(a) - _lab(b)) > 30


def test_a_picture_is_named_after_figure_and_run():
    assert file_name("ROC curve", "my run (2)") == "anomalens-roc-curve-my-run-2"
    assert file_name("<b>1/ε_b</b>", "../x") == "anomalens-1-ε_b-x"


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2."""
    high, low = sorted((float(_linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _linear(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


_BLIND = {
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
    "tritan": [[1, 0.14461, -0.14461], [0, 0.85924, 0.14076], [0, 0.85924, 0.14076]],
}


def _simulate(rgb: np.ndarray, blindness: str) -> np.ndarray:
    return np.clip(np.array(_BLIND[blindness]) @ rgb, 0, 1)


def _lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    f = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 1e-4))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
