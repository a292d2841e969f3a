"""Selected rows and the time line as the explorer's own JavaScript counts them, step by step, against numpy."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.metrics.grid import ScoreGrid
from core.metrics.groups import PARTS, ScoreGroups
from core.results.grid_payload import pack
from core.results.selected_payload import pack_selected
from core.results.timeline import Timeline, bin_of, highest_per_interval

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).resolve().parents[2] / "assets" / "explorer"


def case(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, labels and parts of a kind of data."""
    rng = np.random.default_rng(5)
    n = {"three rows": 3, "ties": 900, "many": 9000}[name]
    scores = rng.gamma(1.5, 1.0, n) * rng.choice([1, 1, 1, 30], n)
    scores = np.round(scores) if name == "ties" else scores
    return scores, rng.choice([0, 0, 1, -1], n), rng.integers(0, len(PARTS), n).astype(np.uint8)


@pytest.mark.parametrize("name", ["three rows", "ties", "many"])
def test_selected_rows_are_counted_as_numpy_counts_them_between_a_band_and_in_a_class(page: Any, name: str):
    scores, labels, parts = case(name)
    rng = np.random.default_rng(2)
    groups = ScoreGroups.build(scores, labels, parts)
    packed, grid = pack(ScoreGrid.build(groups), "run")
    chosen, shown = rng.random(scores.size) < 0.6, np.isin(parts, [0, 2])
    own = ScoreGroups.build(scores[chosen & shown], labels[chosen & shown], parts[chosen & shown])
    typed = float(grid.steps[grid.steps.size // 2 - 1 : grid.steps.size // 2 + 1].mean())
    places = rng.random(scores.size) * 3000
    told = Timeline.build("order", places, scores, labels, parts)
    if told is None:
        pytest.fail("three places are a time line")
    n = told.rows.shape[1]
    own_bins = bin_of(places, told.start, told.width, n)[chosen & shown]
    highest = highest_per_interval(own_bins, scores[chosen & shown], n)
    selected = pack_selected(own.above(grid.steps).sum(axis=0), highest, key="run", token="t", parts=("train", "test"))
    band = sorted(rng.choice(grid.steps, 2))
    scripts = "".join(
        (FOLDER / f"{one}.js").read_text(encoding="utf-8") for one in ("grid", "pen", "selected", "times")
    )
    page.add_script_tag(content=f"{scripts}\nObject.assign(window, {{Grid, Selected, Times, countedOn, live}})")
    found = page.evaluate(
        """async ({payloads, typed, wanted, band}) => {
          const [grid, selected, times] = payloads.map(p => Uint8Array.from(atob(p), c => c.charCodeAt(0)));
          const base = await Grid.read(grid);
          live.grids.set("run", base);
          live.selected = await Selected.read(selected);
          const parts = ["train", "test"], whole = base.with(...typed);
          const counted = countedOn(whole, wanted, parts), none = countedOn(whole, {...wanted, token: "other"}, parts);
          const part = counted.between(whole.step(band[0]), whole.step(band[1]), 1);
          const time = (await Times.read(times)).of(parts);
          return {none, steps: [...whole.steps].map(String), counted: counted.sums(parts).kinds.map(k => [...k]),
            part: [...part.sums(parts).all], tops: [...live.selected.tops].map(String), rows: [...time.rows],
            top: [...time.top].map(String), odd: [...time.anomalies]};
        }""",
        {
            "payloads": [base64.b64encode(one).decode() for one in (packed, selected, told.pack("run"))],
            "typed": [typed, groups.above(typed)[:, :, 0].tolist()],
            "wanted": {"token": "t", "threshold": typed, "above": own.above(typed)[:, :, 0].sum(axis=0).tolist()},
            "band": band,
        },
    )
    assert found["none"] is None
    steps = np.array([float(step) for step in found["steps"]])
    for j, kind in enumerate((0, 1, -1)):
        values = np.sort(scores[chosen & shown & (labels == kind)])
        assert found["counted"][j] == (values.size - np.searchsorted(values, steps, side="right")).tolist()
    values = scores[chosen & shown & (labels == 1) & (scores > band[0]) & (scores <= band[1])]
    assert found["part"] == [int((values > max(step, band[0])).sum()) for step in steps]
    assert np.array_equal(np.array(found["tops"], float), highest, equal_nan=True)
    assert found["rows"] == told.rows[[0, 2]].sum(axis=0).tolist()
    assert found["odd"] == told.anomalies[[0, 2]].sum(axis=0).tolist()
    both = np.where(np.isnan(told.top), -np.inf, told.top)[[0, 2]].max(axis=0)
    assert np.array_equal(np.nan_to_num(np.array(found["top"], float), nan=-np.inf), both)
