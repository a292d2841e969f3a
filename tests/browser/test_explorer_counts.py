"""The counts of the threshold explorer as its own JavaScript makes them, step by step, against numpy on every row."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.metrics.grid import ScoreGrid
from core.metrics.groups import CLASSES, PARTS, ScoreGroups
from core.projections.map_points import MapPoints, inside
from core.results.grid_payload import pack
from core.results.scored import ScoredRows
from core.results.scored_map import ScoredMap

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).resolve().parents[2] / "assets" / "explorer" / "grid.js"
CHOICES = (["test"], ["train", "validation"], list(PARTS))
FIELDS = ("flagged", "truePositives", "falsePositives", "falseNegatives", "trueNegatives")
RATES = ("share", "precision", "recall", "f1", "falsePositiveRate")
RUN = """async ({payload, choices, fields, step}) => {
  const bytes = Uint8Array.from(atob(payload), c => c.charCodeAt(0));
  let grid = await Grid.read(bytes);
  if (step) grid = grid.with(...step);
  const steps = [...grid.steps.keys()];
  return {
    key: grid.key,
    steps: Array.from(grid.steps, String),
    at: choices.map(parts => Object.fromEntries(fields.map(f => [f, steps.map(i => grid.at(i, parts)[f])]))),
    bins: choices.map(parts => [false, true].map(log => {
      const {edges, counts, beyond} = grid.histogram(parts, log);
      return {edges: edges.map(String), counts: counts.map(c => [...c]), beyond};
    })),
  };
}"""


def case(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, labels and parts of a kind of data."""
    rng = np.random.default_rng(5)
    n = {"one row": 1, "three rows": 3, "ties": 900, "negative": 2500, "constant": 40, "many": 9000}[name]
    scores = rng.gamma(1.5, 1.0, n) * rng.choice([1, 1, 1, 30], n)
    if name == "ties":
        scores = np.round(scores)
    if name == "negative":
        scores = rng.normal(-2, 3, n)
    if name == "constant":
        scores = np.full(n, 0.25)
    return scores, rng.choice([0, 0, 1, -1], n), rng.integers(0, len(PARTS), n).astype(np.uint8)


@pytest.mark.parametrize("name", ["one row", "three rows", "ties", "negative", "constant", "many"])
def test_every_step_counts_what_numpy_counts(page: Any, name: str):
    scores, labels, parts = case(name)
    groups = ScoreGroups.build(scores, labels, parts)
    grid = ScoreGrid.build(groups)
    # Half-way between two steps, as somebody types it.
    place = float(grid.steps[grid.steps.size // 2 - 1 : grid.steps.size // 2 + 1].mean())
    typed = [place, groups.above(place)[:, :, 0].tolist()]
    page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8").replace("class Grid", "window.Grid = class Grid"))
    found = page.evaluate(
        RUN,
        {
            "payload": base64.b64encode(pack(grid, "a run")[0]).decode(),
            "choices": CHOICES,
            "fields": FIELDS + RATES,
            "step": typed,
        },
    )
    assert found["key"] == "a run"
    steps = np.array([float(step) for step in found["steps"]])
    assert np.array_equal(steps, grid.with_step(place, groups).steps)
    for choice, counted, drawn in zip(CHOICES, found["at"], found["bins"], strict=True):
        shown = np.isin(parts, [PARTS.index(part) for part in choice])
        above = {kind: [int(np.sum(scores[shown & (labels == kind)] > step)) for step in steps] for kind in (0, 1, -1)}
        alarms, caught = np.array(above[0]), np.array(above[1])
        normal, odd = int(np.sum(shown & (labels == 0))), int(np.sum(shown & (labels == 1)))
        wanted = (alarms + caught + np.array(above[-1]), caught, alarms, odd - caught, normal - alarms)
        for field, numbers in zip(FIELDS, wanted, strict=True):
            assert counted[field] == list(numbers), (choice, field)
        for i in range(0, steps.size, max(1, steps.size // 200)):
            counts = grid.with_step(place, groups).confusion(steps[i], choice)
            rates = (counts.precision, counts.recall, counts.f1, counts.false_positive_rate)
            assert tuple(counted[field][i] for field in RATES[1:]) == rates, (choice, i)
        for log, bins in zip((False, True), drawn, strict=True):
            expected = grid.histogram(choice, log=log)
            assert [float(edge) for edge in bins["edges"]] == list(expected.edges)
            assert bins["counts"] == expected.counts.tolist()
            assert bins["beyond"] == expected.beyond


def test_the_map_flags_and_selects_the_very_rows_that_numpy_does(page: Any):
    scores, labels, parts = case("ties")
    scores = np.where(np.arange(scores.size) % 3, scores, scores + 1e-12)
    grid = pack(ScoreGrid.build(ScoreGroups.build(scores, labels, parts)))[1]
    rng = np.random.default_rng(0)
    places = rng.standard_t(2, size=(scores.size, 2)).astype(np.float32)
    points = ScoredMap.of(
        MapPoints.build(np.arange(scores.size), places, scores.size), ScoredRows(scores, labels, parts)
    )
    folder = SCRIPT.parent
    scripts = "".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in ("grid", "map_points"))
    page.add_script_tag(content=scripts.replace("class MapPoints", "window.MapPoints = class MapPoints"))
    area = [tuple(map(float, corner)) for corner in rng.normal(size=(9, 2))]
    found = page.evaluate(
        """async ({payload, area}) => {
          const points = await MapPoints.read(Uint8Array.from(atob(payload), c => c.charCodeAt(0)).buffer);
          const all = [...Array(points.n).keys()];
          const at = [points.x(5), points.y(5)];
          return {lower: [...points.lower], x: all.map(i => points.x(i)), y: all.map(i => points.y(i)),
            inside: [...points.inside(area)], near: points.nearest(at, [1e-9, 1e-9]), home: points.home()};
        }""",
        {"payload": base64.b64encode(points.payload(grid.steps, "key")).decode(), "area": area},
    )
    assert found["lower"] == [int(np.sum(scores <= step)) for step in grid.steps]
    x, y = (points.points.along(k)[points.order] for k in (0, 1))
    assert np.allclose(found["x"], x, rtol=1e-5, atol=1e-6)
    assert np.array_equal(np.flatnonzero(found["inside"]), np.flatnonzero(inside(x, y, area)))
    assert (found["x"][found["near"]], found["y"][found["near"]]) == (found["x"][5], found["y"][5])
    shown = (x >= found["home"][0]) & (x <= found["home"][1])
    assert shown.mean() >= 0.99


def test_the_words_for_numbers_are_those_of_the_server(page: Any):
    from dashboard import format as words

    values = [0, 1, 0.5, 0.99951, 0.0004, 1e-7, 12.345, 999.96, 1234.6, 123456.789, 2.5e7, -3.25]
    script = SCRIPT.read_text(encoding="utf-8")
    page.add_script_tag(content=f"{script}\nwindow.said = v => [number(v, 4), share(v), count(v)]")
    found = page.evaluate("values => values.map(said)", json.loads(json.dumps(values)))
    for value, said in zip(values, found, strict=True):
        assert said == [words.number(value, 4), words.share(value), words.count(value)], value


def test_all_classes_are_known_to_the_script():
    script = SCRIPT.read_text(encoding="utf-8")
    assert f"const PARTS = {json.dumps(list(PARTS))}" in script
    assert f"const CLASSES = {json.dumps(list(CLASSES))}" in script
