"""Maps of the latent space: what each of them keeps to, what is stored of them, and what a worker tells."""

import numpy as np
import pytest
from derived_helpers import asked_and_done, derived
from test_rescoring import write_run

from core.errors import DataError
from core.jobs.derived.map import DerivedMap
from core.metrics.groups import PARTS
from core.projections import PROJECTIONS
from core.projections.map_points import MapPoints, inside
from core.projections.request import DEFAULT, MapRequest
from core.results.row_filter import RowFilter
from core.results.scored import ScoredRows
from core.results.scored_map import ScoredMap

SETTINGS = {"umap": {"neighbours": 5}, "tsne": {"perplexity": 5, "iterations": 50}, "pacmap": {"neighbours": 5}}


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    """Three groups, and one row very far out."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(120, 6)) + 25 * np.eye(6)[np.arange(120) % 3]
    z[7] = 1e30
    return z.astype(np.float32)


@pytest.mark.parametrize("name", PROJECTIONS.names())
def test_a_map_keeps_groups_together_places_new_rows_among_them_and_repeats_itself(name, codes):
    first, again = (PROJECTIONS[name].create(SETTINGS.get(name, {}), dimensions=2, seed=3) for _ in range(2))
    ordinary = np.flatnonzero(np.arange(120) != 7) if name == DEFAULT else np.arange(120)
    places = first.fit(codes[ordinary])
    assert places.shape == (len(ordinary), 2)
    assert np.isfinite(places).all()
    group = ordinary % 3
    centres = np.stack([np.median(places[group == k], axis=0) for k in range(3)])
    near = np.linalg.norm(places[:, None] - centres, axis=2).argmin(axis=1)
    assert (near == group).mean() > 0.95
    new = codes[ordinary][:9] + np.float32(0.01)
    found = first.transform(new)
    assert (np.linalg.norm(found[:, None] - centres, axis=2).argmin(axis=1) == group[:9]).mean() > 0.8
    assert np.array_equal(again.fit(codes[ordinary]), places)


def test_a_learnt_map_in_three_dimensions_has_three(codes):
    places = PROJECTIONS["tsne"].create(SETTINGS["tsne"], dimensions=3).fit(codes)
    assert places.shape == (120, 3)


@pytest.mark.parametrize("name", [n for n in PROJECTIONS.names() if n != DEFAULT])
def test_too_few_rows_are_refused_with_a_remedy(name):
    with pytest.raises(DataError, match="Look at the PCA map"):
        PROJECTIONS[name].create({}).fit(np.zeros((5, 3), np.float32))


def test_a_request_is_read_as_it_was_written_and_nonsense_is_the_first_map():
    wanted = MapRequest.of("umap", {"neighbours": 30, "min_dist": 0.25, "metric": "cosine"}, 3)
    assert wanted.text == "umap:neighbours:30,min_dist:0.25,metric:cosine"
    assert MapRequest.from_text(wanted.text, 3) == wanted
    assert MapRequest.from_text("umap:neighbours:15") == MapRequest.from_text("umap")
    first = MapRequest.of(DEFAULT, {})
    for text in ("", "nonsense", "umap:neighbours:0", "umap:what:3", "umap:neighbours", "pca:x:1", "../etc"):
        assert MapRequest.from_text(text) == first
    assert first.text == ""
    folders = {MapRequest.from_text(text, d).folder for text in ("", "umap", wanted.text, "tsne") for d in (2, 3)}
    assert len(folders) == 7  # the first map is the same in two dimensions and in three


def test_places_keep_the_crowd_fine_and_rows_far_out(tmp_path):
    rng = np.random.default_rng(0)
    places = rng.normal(size=(5000, 3)).astype(np.float32)
    places[3] = [1e7, -1e7, 5]
    rows = np.arange(0, 10_000, 2)
    (tmp_path / "places.arrow").write_bytes(MapPoints.build(rows, places, 10_000, {"learnt": 7}).to_bytes())
    found = MapPoints.read(tmp_path / "places.arrow")
    assert np.array_equal(found.row, rows)
    assert (found.of, found.about) == (10_000, {"learnt": 7})
    for k in range(3):
        assert np.abs(found.along(k) - places[:, k])[np.arange(5000) != 3].max() < 0.005
    assert found.along(0)[3] == pytest.approx(1e7, rel=1e-3)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e30])
def test_places_of_rows_that_all_lie_in_one_spot_are_that_spot(value):
    placed = MapPoints.build(np.arange(4), np.full((4, 2), value, np.float32), 4)
    assert placed.along(0) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_an_area_holds_the_same_rows_by_cells_as_one_by_one(seed):
    rng = np.random.default_rng(seed)
    places = rng.standard_t(2, size=(20_000, 2)).astype(np.float32)
    placed = MapPoints.build(np.arange(20_000), places, 20_000)
    corners = [tuple(map(float, corner)) for corner in rng.normal(size=(int(rng.integers(3, 30)), 2))]
    assert np.array_equal(placed.within(corners), inside(placed.along(0), placed.along(1), corners))


def test_points_ascend_by_score_so_that_a_threshold_flags_the_last():
    rng = np.random.default_rng(0)
    scores, labels = rng.integers(0, 50, 1000) / 7, rng.integers(-1, 2, 1000).astype(np.int8)
    rows = np.sort(rng.choice(1000, 300, replace=False))
    points = ScoredMap.of(
        MapPoints.build(rows, rng.normal(size=(300, 2)).astype(np.float32), 1000),
        ScoredRows(scores, labels, np.zeros(1000, np.uint8)),
    )
    for threshold in (-1, 0, scores[3], 3.3, 99):
        assert set(points.row[points.below(threshold) :]) == set(rows[scores[rows] > threshold])
    assert [points.at(int(row)) for row in points.row] == list(range(300))
    assert points.at(None) is points.at(-1) is points.at(int(np.setdiff1d(np.arange(1000), rows)[0])) is None
    choice = RowFilter(low=1.0, high=5.0, label=1, rows=np.arange(0, 1000, 3))
    wanted = (scores > 1) & (scores <= 5) & (labels == 1) & (np.arange(1000) % 3 == 0)
    assert set(points.row[points.matches(choice)]) == set(rows[wanted[rows]])


@pytest.mark.parametrize("seed", range(3))
def test_a_page_of_chosen_rows_is_a_piece_of_all_of_them_from_the_highest_score_down(seed):
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(0, 9, 500) / 3, rng.integers(-1, 2, 500).astype(np.int8)
    part = rng.integers(0, 4, 500).astype(np.uint8)
    every, listed = ScoredRows(scores, labels, part), np.sort(rng.choice(500, 200, replace=False))
    order = np.lexsort((np.arange(500), -scores))
    for choice, chosen in (
        (RowFilter(), np.ones(500, bool)),
        (RowFilter(low=0.5, high=2.0), (scores > 0.5) & (scores <= 2.0)),
        (RowFilter(label=1, rows=listed), (labels == 1) & np.isin(np.arange(500), listed)),
        (RowFilter(rows=listed[:0]), np.zeros(500, bool)),
    ):
        for parts in (("test",), PARTS):
            wanted = chosen & np.isin(np.array(PARTS)[part], parts)
            found, size = every.page(parts, choice, 20, 10)
            assert (list(found), size) == ([row for row in order if wanted[row]][10:30], wanted.sum())
            assert every.size(parts, choice, 1.0) == (size, (wanted & (scores > 1.0)).sum())


@pytest.mark.parametrize("name", ["pca", "tsne"])
def test_a_map_is_laid_out_beside_its_run_the_same_in_a_process_of_its_own_and_in_this_one(tmp_path, monkeypatch, name):
    from core.store.workspace import open_workspace

    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    space = open_workspace()
    run_id, wanted = write_run(space), DerivedMap(MapRequest.of(name, SETTINGS.get(name, {})))
    assert asked_and_done(space, run_id, wanted).ready
    placed = derived(space, run_id, wanted)
    assert (len(placed.row), placed.of) == (240, 240)
    here = derived(space, run_id, wanted, again=True)
    assert all(np.array_equal(placed.along(k), here.along(k)) for k in range(2))
