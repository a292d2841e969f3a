"""The figures of the Explore page: what they draw, that they stay small, and that user content stays text."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics.grid import ScoreGrid
from core.metrics.groups import ScoreGroups
from core.results.colouring import by_level, by_number
from dashboard import theme
from dashboard.charts.error_histogram import error_histogram
from dashboard.charts.latent import Solid, crowd, far_out, flagged, latent_map
from dashboard.charts.samples.contributions import MOST, row_contributions
from dashboard.charts.words import safe


@pytest.fixture(params=["light", "dark"], autouse=True)
def colours(request, monkeypatch):
    """Each figure in both themes; there is no browser that could be asked."""
    palette = theme.DARK if request.param == "dark" else theme.LIGHT
    monkeypatch.setattr(theme, "palette", lambda: palette)
    return palette


def groups(n=4000, labelled=True, shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    odd = rng.random(n) < 0.05
    scores = np.exp(rng.normal(size=n) + 2 * odd) + shift
    labels = odd.astype(np.int8) if labelled else np.full(n, -1, np.int8)
    return ScoreGroups.build(scores, labels, np.full(n, 2, np.uint8))


def grid(**options):
    return ScoreGrid.build(groups(**options))


@pytest.mark.parametrize("log_score", [True, False])
@pytest.mark.parametrize("log_count", [True, False])
@pytest.mark.parametrize("stacked", [True, False])
def test_the_histogram_draws_each_class_with_its_counts_and_the_line(log_score, log_count, stacked):
    histogram = grid().histogram(log=log_score)
    figure = error_histogram(histogram, 2.5, log_score=log_score, log_count=log_count, stacked=stacked)
    assert [trace.name.split(" (")[0] for trace in figure.data] == ["Normal", "Anomaly"]
    for trace, counts in zip(figure.data, histogram.counts, strict=False):
        assert list(trace.customdata[:-1]) == list(counts)
    assert figure.layout.xaxis.type == ("log" if log_score else "linear")
    assert figure.layout.yaxis.type == ("log" if log_count else "linear")
    line = next(shape for shape in figure.layout.shapes if shape.type == "line")
    assert line.x0 == 2.5
    if stacked and not log_count:
        assert np.allclose(figure.data[1].y[:-1], histogram.counts.sum(axis=0))
    if log_count:
        assert min(trace.y.min() for trace in figure.data) > 0


@pytest.mark.parametrize("threshold", [-5.0, 0.0, 1e9])
@pytest.mark.parametrize("log_score", [True, False])
def test_a_threshold_outside_the_scores_stays_visible_or_is_left_out(threshold, log_score):
    figure = error_histogram(
        grid().histogram(log=log_score), threshold, log_score=log_score, log_count=False, stacked=False
    )
    if log_score and threshold <= 0:
        assert not figure.layout.shapes
        return
    low, high = figure.layout.xaxis.range
    assert low <= (np.log10(threshold) if log_score else threshold) <= high


def test_without_labels_the_rows_are_one_class_in_the_accent(colours):
    figure = error_histogram(
        grid(labelled=False).histogram(log=True), 2.5, log_score=True, log_count=False, stacked=False
    )
    assert len(figure.data) == 1
    assert figure.data[0].name == "Rows (4,000)"
    assert figure.data[0].line.color == colours.accent


def test_the_histogram_of_a_million_rows_is_as_small_as_that_of_four_thousand():
    sizes = [
        len(
            error_histogram(grid(n=n).histogram(log=True), 2.5, log_score=True, log_count=True, stacked=False).to_json()
        )
        for n in (4000, 1_000_000)
    ]
    assert max(sizes) < 30_000


@given(st.floats(-1e6, 1e6), st.integers(1, 30), st.booleans())
def test_any_scores_can_be_drawn(shift, n, log_count):
    figure = error_histogram(
        grid(n=n, shift=shift).histogram(log=False), shift, log_score=False, log_count=log_count, stacked=True
    )
    assert np.isfinite(figure.layout.xaxis.range).all()


HOSTILE = '<img src=x onerror="alert(1)"> & <b>co</b>'


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    places = rng.normal(size=(3000, 3)).astype(np.float32)
    return Solid(places, np.arange(3000), np.sort(rng.lognormal(size=3000)))


def colourings(points):
    rng = np.random.default_rng(1)
    holey = np.where(rng.random(3000) < 0.1, np.nan, points.score)
    named = np.where(rng.random(3000) < 0.5, HOSTILE, "plain")
    return [flagged(points, 1.0), by_number("Score", points.score), by_number("Size", holey), by_level("Kind", named)]


@pytest.mark.parametrize("kind", range(4))
def test_the_latent_map_shows_every_row_once_with_number_and_score(points, kind):
    figure = latent_map(points, colourings(points)[kind], axes=("1", HOSTILE, "3"), marked=17)
    drawn = figure.data[:-1]
    assert sorted(np.concatenate([trace.customdata[:, 0] for trace in drawn])) == list(range(3000))
    assert {trace.type for trace in drawn} == {"scatter3d"}
    assert figure.data[-1].name == "Row 17"
    assert "<img" not in figure.to_json().replace("\\u003c", "<")
    if kind == 0:
        assert drawn[1].name == f"Flagged ({int((points.score > 1.0).sum()):,})"


def test_a_few_rows_far_out_do_not_squeeze_the_others(points):
    points.places[5, :2] = [1e6, -1e6]
    low, high = crowd(points.places)[0]
    assert -6 < low < high < 6
    assert far_out(points.places) == 1
    assert far_out(points.places[:1]) == 0


def test_contributions_are_summed_up_beyond_the_largest():
    shares = np.arange(20, 0, -1) / 210
    figure = row_contributions([f"f{i}" for i in range(20)], shares, ["1"] * 20, ["2"] * 20)
    assert len(figure.data[0].x) == MOST + 1
    assert figure.data[0].x.sum() if hasattr(figure.data[0].x, "sum") else sum(figure.data[0].x) == pytest.approx(1)
    assert figure.layout.yaxis.ticktext[-1] == "8 more features"


def test_a_column_named_like_markup_stays_text_in_the_figure():
    figure = row_contributions([HOSTILE], [1.0], [HOSTILE], [HOSTILE])
    words = [*figure.layout.yaxis.ticktext, *figure.data[0].customdata]
    for text in words:
        assert "<img" not in text
        assert "&lt;img" in text
    assert "<img" not in json.dumps(figure.to_plotly_json(), default=str)


@given(st.text())
def test_no_tag_and_no_entity_survives(text):
    shown = safe(text)
    assert "<" not in shown
    assert ">" not in shown
    assert len(shown) <= 60 * 5
