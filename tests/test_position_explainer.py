"""Why samples that are no rows of a table are odd: curves of several windows each, explained by their channels."""

from typing import Any

import numpy as np
import pytest
from torch import Tensor
from window_model import WindowModel

from core.detector.trained import TrainedDetector
from core.errors import DataError
from core.explain import position_explainer
from core.explain.code_units import STEPS, code_units, walk
from core.explain.families.grouping import OTHERS, group, shift_invariant, shortened
from core.explain.families.stored import compute_families
from core.explain.methods import METHODS
from core.explain.part_words import phrase
from core.explain.position_explainer import PositionExplainer
from core.explain.reference_units import ReferenceUnits
from core.metrics.groups import PARTS
from core.modalities.layout import Layout
from core.modalities.units.pooling import Pooling
from core.modalities.units.rows import ResidentRows
from core.recipe import Recipe, ScoreConfig
from core.results.scored import ScoredRows
from core.scoring.scorer import Scorer

TIME, WINDOWS, CHANNELS = 4, 3, ("rpm", "heat")
N = 120
ODD = {7: "heat", 8: "heat", 9: "rpm"}
"""Curves with a channel that is off in their second window."""


class Curves:
    """Samples in memory: each of three windows of four moments and two channels."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def read(self, ids: np.ndarray) -> np.ndarray:
        return self.values[ids]


class Windowed(ResidentRows):
    """Windows whose numbers become those of a curve by the largest."""

    def join(self, values: np.ndarray, how: str = "") -> np.ndarray:
        curve = np.repeat(np.arange(len(self) // WINDOWS), WINDOWS)
        n = len(self)
        return Pooling(np.arange(n), curve, units=n, samples=n // WINDOWS, how=how or "max").join(values)


class CurveEncoder:
    """Curves are encoded as they are; a channel is a part, and people read its mean."""

    layout = Layout(("time", "channel"), (TIME, 2), {"channel": CHANNELS}, CHANNELS, np.tile(np.arange(2), (TIME, 1)))
    output_range = "real"

    def units(self, samples: Curves, ids: np.ndarray) -> Windowed:
        return self.encode(samples.read(ids))

    def encode(self, raw: np.ndarray) -> Windowed:
        return Windowed(self.layout, raw.reshape(-1, TIME, 2).astype(np.float32))

    def inverse(self, x: np.ndarray, of: Any = None) -> np.ndarray:
        return x.reshape(-1, WINDOWS * TIME, 2)

    def vectors(self, samples: Curves, ids: np.ndarray) -> np.ndarray:
        return samples.read(ids).mean(axis=1).astype(np.float32)

    def part_values(self, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values = raw.mean(axis=1).astype(np.float64)
        return values, np.array([[f"{value:.3g}" for value in row] for row in values], dtype=object)


class Flat(WindowModel):
    """Expects of every window a code's worth of the mean of its channels."""

    first_gain = 0.01

    def encode(self, x: Tensor) -> Tensor:
        return x.mean(dim=1) * self.gain

    def decode(self, z: Tensor) -> Tensor:
        return z[:, None, :].expand(-1, self.shape[0], -1)


class CurveDetector(TrainedDetector):
    """Scores content that is no frame."""

    def score(self, raw: np.ndarray) -> Any:
        from core.scoring.errors import RowErrors, row_errors

        units = self.encoder.encode(raw)
        errors = row_errors(self.members, units.x, self.recipe.score).errors
        return self.scorer.scores(RowErrors(units.join(errors), None))


@pytest.fixture(scope="module")
def explainer() -> PositionExplainer:
    values = np.random.default_rng(0).normal(size=(N, WINDOWS * TIME, 2)).astype(np.float32) / 10
    for id, channel in ODD.items():
        values[id, TIME : 2 * TIME, CHANNELS.index(channel)] += 4
    samples, config = Curves(values), ScoreConfig(kind="mse", beside="none", third="none")
    member = Flat.create({}, (TIME, 2)).eval()
    detector = CurveDetector(Recipe(score=config), CurveEncoder(), [member], Scorer(config), threshold=0.5)
    part = np.where(np.arange(N) < 60, "train", np.where(np.arange(N) < 90, "validation", "test")).astype("U10")
    part[list(ODD)] = "test"
    label = np.where(np.isin(np.arange(N), list(ODD)), 1, 0).astype(np.int8)
    places = np.argmax(part[:, None] == np.array(PARTS), axis=1)
    scored = ScoredRows(detector.score(values).score, label, places.astype(np.uint8))
    return PositionExplainer(detector, samples, scored, np.flatnonzero(part == "train"), "curve")


def test_part_that_is_off_is_named_first_by_every_method(explainer: PositionExplainer) -> None:
    for method in METHODS:
        for id, channel in ODD.items():
            found = explainer.explain(id, method)
            assert found.reasons[0].feature == channel
            assert found.reasons[0].contribution > 0.9
            assert sum(reason.contribution for reason in found.reasons) == pytest.approx(1)


def test_explanation_says_what_curves_like_it_have(explainer: PositionExplainer) -> None:
    found = explainer.explain(7)
    assert found.sentence.startswith("heat is 1.3")
    assert "where curves like it have" in found.sentence
    assert found.reasons[0].off > 5
    assert found.rank <= len(ODD)
    assert found.p_value == pytest.approx(1 / (1 + found.held_out))
    assert found.enough == 1
    assert found.steps[0].score < found.threshold < found.score
    assert len(found.nearest) == 5
    assert 7 not in [near.row for near in found.nearest]
    assert set(found.nearest[0].values) == set(CHANNELS)
    assert "unit" not in found.to_dict()


def test_unit_that_is_drawn_is_the_one_that_stands_out(explainer: PositionExplainer) -> None:
    unit = explainer.explain(7).unit
    assert unit is not None
    assert unit.actual.shape == unit.expected.shape == unit.rebuilt.shape == (TIME, 2)
    assert unit.actual[:, 1].mean() > 3
    assert abs(unit.expected[:, 1]).max() < 1
    np.testing.assert_allclose(unit.content[:, TIME : 2 * TIME], unit.actual[None])
    np.testing.assert_allclose(unit.expected_content[:, TIME : 2 * TIME], unit.expected[None])
    np.testing.assert_allclose(unit.expected_content[:, :TIME], unit.content[:, :TIME])
    assert unit.error.along("channel")[0].argmax() == 1


def test_reasons_are_those_of_the_explanation(explainer: PositionExplainer) -> None:
    found = explainer.reasons(np.array([9, 7, 60]))
    for id, first in found.items():
        assert first == [(r.feature, pytest.approx(r.contribution)) for r in explainer.explain(id).reasons]


def test_curves_that_are_odd_in_the_same_channel_have_the_same_signature(explainer: PositionExplainer) -> None:
    signed, shares = explainer.signatures(np.array([9, 7, 8]))
    assert signed.shape == (3, TIME * 2)
    np.testing.assert_allclose(np.linalg.norm(signed, axis=1), 1, atol=1e-5)
    assert signed[1] @ signed[2] > 0.95 > 0.3 > signed[0] @ signed[1]
    assert shares.argmax(axis=1).tolist() == [0, 1, 1]


def test_same_fault_at_another_time_is_of_the_same_family() -> None:
    layout, rng = Layout(("time", "channel"), (24, 2)), np.random.default_rng(0)
    found = np.zeros((60, 24, 2), dtype=np.float32)
    for k in range(60):
        # A peak and a dip, each in one channel, sooner or later; noise everywhere.
        found[k, (at := rng.integers(0, 20)) : at + 4, k % 2] = 1 if k % 2 else -1
    found += rng.normal(0, 0.02, found.shape)
    signed = found.reshape(60, -1) / np.linalg.norm(found.reshape(60, -1), axis=1, keepdims=True)
    family = group(shift_invariant(signed, layout))
    assert OTHERS not in family
    assert len(set(family)) == 2
    assert len(set(family[::2])) == len(set(family[1::2])) == 1
    # By position alone they are no families of two.
    assert len(set(group(signed)[::2])) > 1


def test_signatures_without_a_time_axis_are_left_as_they_are() -> None:
    signed = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    assert shift_invariant(signed, Layout(("feature",), (6,))) is signed


def test_families_need_no_table(explainer: PositionExplainer) -> None:
    found = compute_families(explainer, explainer.scored, 0.5, ("test",))
    assert found.flagged == len(ODD)
    assert set(found.row) == set(ODD)
    assert found.families[0].sentence.startswith(("heat", "rpm"))


def test_signatures_of_very_many_positions_become_short_ones(explainer: PositionExplainer) -> None:
    signed, _ = explainer.signatures(np.array([9, 7, 8]))
    short = shortened(signed, explainer.reference, most=4)
    assert short.shape == (3, 4)
    assert short[1] @ short[2] > 0.95 > 0.3 > short[0] @ short[1]


def test_code_of_a_curve_is_that_of_its_windows(explainer: PositionExplainer) -> None:
    found = code_units(explainer)
    assert found.total == 2
    assert set(found.exciting[found.units.tolist().index(2)][:2]) == {7, 8}
    walked = walk(explainer, 60, 7)
    assert walked.columns[0] == "heat"
    assert len(walked.scores) == len(walked.values[0]) == STEPS


def test_curve_that_is_not_there_is_refused(explainer: PositionExplainer) -> None:
    with pytest.raises(DataError, match=rf"The curve's number must be between 0 and {N - 1}\. Got {N}"):
        explainer.explain(N)
    with pytest.raises(DataError, match="no curve 500"):
        walk(explainer, 0, 500)


def test_parts_need_not_lie_side_by_side_to_be_exchanged() -> None:
    x = np.arange(24, dtype=np.float32).reshape(3, 8)
    reference = ReferenceUnits(x, CurveEncoder.layout, np.arange(3))
    assert reference.positions(1).tolist() == [1, 3, 5, 7]
    apart = reference.part_distances(x[0])
    assert apart.shape == (2, 3)
    assert reference.nearest(apart, 1, exclude=0).tolist() == [1]


def test_units_of_very_many_positions_are_compared_with_fewer_others(
    explainer: PositionExplainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(position_explainer, "FEWEST", 5)
    monkeypatch.setattr(position_explainer, "REFERENCE_BYTES", 10 * 4 * TIME * 2)
    few = PositionExplainer(explainer.trained, explainer.samples, explainer.scored, np.arange(60))
    assert len(few.normal_ids) == 10
    assert 0 < len(few.reference) <= 10
    assert few.explain(7).reasons[0].feature == "heat"


def test_phrase_says_only_what_is_known() -> None:
    assert phrase("heat", "", "3", 9.0, "curves like it") == "heat is unlike that of curves like it"
    assert phrase("heat", "5", "3", float("nan"), "curves like it") == "heat is 5 where curves like it have 3"
    assert phrase("heat", "5", "3", 4.0, "curves like it").endswith(", 4 times as far off as usual")
