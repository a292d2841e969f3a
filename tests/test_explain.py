"""Why a row is odd: planted faults are found, stories hold together, families are families, words are plain."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiment_helpers import QUICK, people
from run_fixture import HOSTILE

from core.bench.explanations import BUNDLED, bundled, named_first, trained_on
from core.errors import DataError
from core.explain.families.grouping import OTHERS, group, signatures
from core.explain.families.stored import compute_families, read_families, write_families
from core.explain.methods import METHODS
from core.explain.reference_units import ReferenceUnits
from core.explain.score_attribution import attribution, candidates
from core.index.table import Table
from core.modalities.layout import Layout
from core.modalities.tabular.explainer import TabularExplainer
from core.modalities.tabular.samples import TabularSamples
from core.modalities.tabular.sentences import amount, phrase, sentence
from core.modalities.tabular.usual_values import Fact, LevelContext, UsualValues
from core.presets import PRESETS
from core.recipe import ScoreConfig
from core.store.artifacts import Artifacts

SMALL = replace(PRESETS["Recommended"].recipe, members=1)
SMALL = replace(
    SMALL, training=replace(SMALL.training, steps=200), model_settings={**SMALL.model_settings, "hidden_dims": (64,)}
)


@pytest.fixture(scope="module")
def trained() -> dict[str, TabularExplainer]:
    return {name: trained_on(bundled(name), SMALL, 0) for name in BUNDLED}


@pytest.fixture(scope="module")
def folk() -> TabularExplainer:
    """People whose table has a category, blanks, a column called like a script, and a few odd ones."""
    return trained_on(odd_people(), replace(QUICK, encoding={"numbers": "dual"}), 0)


def odd_people(n: int = 400) -> pd.DataFrame:
    frame = people(n).drop(columns="label")
    rng = np.random.default_rng(1)
    frame[HOSTILE] = rng.normal(size=n).round(3)
    frame.loc[rng.random(n) < 0.05, "age"] = np.nan
    return frame


@pytest.mark.parametrize(("kind", "least"), [("one", 0.95), ("two", 0.9)])
def test_column_with_a_planted_fault_is_named_first(
    trained: dict[str, TabularExplainer], kind: str, least: float
) -> None:
    found = [named_first(explainer, kind, 100, 0) for explainer in trained.values()]
    assert sum(f["cases"] for f in found) == 400
    assert np.mean([f["exchange"] for f in found]) >= least


def test_shuffled_weights_destroy_the_explanation() -> None:
    recipe = replace(SMALL, score=ScoreConfig())
    for name in ("wine", "diabetes"):
        explainer = trained_on(bundled(name), recipe, 0)
        before = named_first(explainer, "inside", 100, 0)["exchange"]
        after = named_first(explainer, "inside", 100, 0, shuffled=True)["exchange"]
        chance = 2 / len(explainer.parts)
        assert before > 0.75
        assert after < chance + 0.2


def test_expected_value_is_one_that_rows_like_it_have() -> None:
    rng = np.random.default_rng(0)
    side = np.repeat([-2.0, 2.0], 200)
    x = np.column_stack([side, side * 3 + rng.normal(size=400) / 10, np.eye(2)[(side > 0).astype(int)]]).astype(
        np.float32
    )
    layout = Layout(("feature",), (4,), part_of=np.array([0, 1, 2, 2]))
    usual = ReferenceUnits(x, layout, np.arange(400))
    row = np.array([2.0, -6.0, 0.0, 1.0], np.float32)
    places = usual.expected(usual.part_distances(row), np.array([0, 1, 2]))
    assert x[places[1], 1] == pytest.approx(6, abs=0.5)
    assert x[places[2], 3] == 1
    assert usual.nearest(usual.part_distances(x[7]), 1, exclude=7)[0] != 7
    assert (usual.nearest(usual.part_distances(x[7]), 5) < 200).all()


def test_row_is_blamed_alike_alone_and_among_others_and_far_out(trained: dict[str, TabularExplainer]) -> None:
    explainer = trained["wine"]
    x = explainer.reference.x[:6] + 1.5
    x[0, 0] = 1e30
    together = attribution(x, explainer.score_of, explainer.reference)
    alone = attribution(x[3:4], explainer.score_of, explainer.reference)
    np.testing.assert_allclose(together.contributions[3], alone.contributions[0], atol=1e-4)
    assert np.isfinite(together.contributions).all()
    assert together.contributions[0].argmax() == 0
    some = attribution(x, explainer.score_of, explainer.reference, candidates(together.contributions, 3))
    assert ((some.source >= 0).sum(axis=1) == 3).all()
    assert (some.contributions[some.source < 0] == 0).all()


def test_story_of_a_row_holds_together(folk: TabularExplainer) -> None:
    row = int(folk.scored.score.argmax())
    explanation = folk.explain(row)
    assert explanation.rank == 1
    assert sum(reason.contribution for reason in explanation.reasons) == pytest.approx(1)
    assert [r.contribution for r in explanation.reasons] == sorted(
        (r.contribution for r in explanation.reasons), reverse=True
    )
    assert explanation.sentence.startswith(explanation.reasons[0].feature)
    assert 0 < explanation.p_value <= 1
    assert explanation.p_value == pytest.approx(1 / (1 + explanation.held_out), abs=2 / explanation.held_out)
    assert explanation.steps[-1].explained > 0.9
    assert explanation.enough is not None
    assert explanation.steps[explanation.enough - 1].score <= explanation.threshold
    assert row not in [neighbour.row for neighbour in explanation.nearest]
    assert json.dumps(explanation.to_dict())


def test_story_is_in_the_users_units(folk: TabularExplainer) -> None:
    values = folk.frame(np.array([11])).iloc[0]
    reasons = {reason.feature: reason for reason in folk.explain(11).reasons}
    assert reasons["height"].actual_value == pytest.approx(values["height"])
    assert 120 < reasons["height"].expected_value < 220
    assert 120 < reasons["height"].rebuilt_value < 220
    assert 0 < reasons["height"].spread < 20
    assert reasons["size"].expected in {"small", "middle", "large"}
    assert reasons[HOSTILE].actual == amount(values[HOSTILE])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_names_the_column_that_is_off(
    folk: TabularExplainer, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = folk.samples.read
    spoilt = rows(np.array([5])).assign(weight=250.0)
    monkeypatch.setattr(folk.samples, "read", lambda ids: spoilt if list(ids) == [5] else rows(ids))
    explanation = folk.explain(5, method)
    assert explanation.reasons[0].feature == "weight"
    assert explanation.method == method
    assert sum(reason.contribution for reason in explanation.reasons) == pytest.approx(1)


def test_row_that_is_not_there_and_a_method_that_is_not_known_are_refused(folk: TabularExplainer) -> None:
    with pytest.raises(DataError, match="between 0 and 399"):
        folk.explain(400)
    with pytest.raises(DataError, match="Known: exchange"):
        folk.explain(1, "tea leaves")


def test_p_values_of_ordinary_rows_are_even(trained: dict[str, TabularExplainer]) -> None:
    explainer = trained["breast_cancer"]
    rows = np.flatnonzero(explainer.scored.among(("validation",)))
    p = np.sort([explainer.scored.p_value(int(row))[1] for row in rows])
    assert np.abs(p - (np.arange(len(p)) + 1) / (len(p) + 1)).max() < 0.02


def test_rows_with_the_same_fault_are_a_family(trained: dict[str, TabularExplainer]) -> None:
    explainer = trained["wine"]
    rng = np.random.default_rng(0)
    x = explainer.reference.x[rng.integers(len(explainer.reference), size=300)].copy()
    fault = np.repeat([0, 5, 9], 100)
    for feature in (0, 5, 9):
        x[fault == feature, explainer.reference.positions_of(feature)] += rng.uniform(5, 50, size=(100, 1))
    found = attribution(x, explainer.score_of, explainer.reference)
    family = group(signatures(x, found, explainer.reference))
    for feature in (0, 5, 9):
        own = family[fault == feature]
        assert (own == np.bincount(own[own >= 0]).argmax()).mean() > 0.95
    assert len(set(family) - {OTHERS}) == 3


def test_few_rows_or_equal_ones_are_one_family() -> None:
    assert set(group(np.ones((200, 4), np.float32) / 2)) == {0}
    assert set(group(np.eye(6, dtype=np.float32))) == {0}
    assert len(group(np.zeros((0, 6), np.float32))) == 0


def test_families_account_for_every_flagged_row_and_come_back_from_disk(folk: TabularExplainer, tmp_path: Path) -> None:
    threshold = float(np.quantile(folk.scored.score, 0.7))
    found = compute_families(folk, folk.scored, threshold, ("test", "train"))
    flagged = (folk.scored.score > threshold) & folk.scored.among(("test", "train"))
    assert set(found.row) == set(np.flatnonzero(flagged))
    assert found.flagged == flagged.sum() == sum(family.rows for family in found.families)
    assert (np.diff(folk.scored.score[found.row]) <= 0).all()
    for family in found.families:
        own = found.rows_of(family.number)
        assert len(own) == family.rows
        assert family.typical in own
    sizes = [family.rows for family in found.families if family.number]
    assert sizes == sorted(sizes, reverse=True)
    store = Artifacts(str(tmp_path))
    write_families(store, "runs/x/families/own/test 1", found)
    again = read_families(store, "runs/x/families/own/test 1")
    assert again.families == found.families
    assert np.array_equal(again.family, found.family)
    assert (again.feature == found.feature).all()


def test_nothing_flagged_is_no_family(folk: TabularExplainer) -> None:
    found = compute_families(folk, folk.scored, math.inf, ("test",))
    assert (found.families, found.flagged, len(found.row)) == ((), 0, 0)


def number(value: float, wanted: float, **more: object) -> Fact:
    values = {
        "feature": "dst_bytes", "kind": "number", "actual": amount(value), "expected": amount(wanted),
        "actual_value": value, "expected_value": wanted, "spread": 1.0, "compared": 1000, "below": 999, "above": 1,
        "times": 0, "rows": 1000,
    }  # fmt: skip
    return Fact(**(values | more))


def category(actual: str, **more: object) -> Fact:
    values = {
        "feature": "flag", "kind": "category", "actual": actual, "expected": "SF", "actual_value": math.nan,
        "expected_value": math.nan, "spread": 0.1, "compared": 1000, "below": 0, "above": 0, "times": 300, "rows": 1000,
    }  # fmt: skip
    return Fact(**(values | more))


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (number(43_100, 10), "dst_bytes is 4,310 times what rows like it have (43,100 instead of 10)"),
        (number(1, 10), "dst_bytes is 10 % of what rows like it have (1 instead of 10)"),
        (number(5, 0), "dst_bytes is 5 where rows like it have 0"),
        (number(-5, 4), "dst_bytes is -5 where rows like it have 4, 9 times as far off as usual"),
        (number(5, 0, above=0), "dst_bytes is 5 where rows like it have 0, more than any of 1,000 normal rows"),
        (number(1, 3, below=0), "33 % of what rows like it have (1 instead of 3), less than any of 1,000 normal rows"),
        (number(5, 5), "dst_bytes 5 is unusual beside the other columns"),
        (number(0, 5, actual="", times=4), "dst_bytes is missing, as in 4 of 1,000 normal rows"),
        (number(0, 5, actual="", times=0), "dst_bytes is missing, as in none of 1,000 normal rows"),
        (number(5, math.nan, expected=""), "dst_bytes is 5 where rows like it have none"),
        (category("S9", times=0), "flag S9 occurs in none of 1,000 normal rows"),
        (category("S0", times=3), "flag S0 is rare (3 of 1,000 normal rows)"),
        (category("S0", context=LevelContext("service", "http", 410, 2)), "flag S0 is rare with service http (2 of"),
        (category("S0", context=LevelContext("service", "http", 410, 0)), "flag S0 never occurs with service http (0"),
        (category("S0"), "flag S0 is unusual here, where rows like it have SF"),
        (
            number(9, 1, kind="date", actual="2031-03-04", above=0),
            "dst_bytes 2031-03-04 is later than any of 1,000 normal rows",
        ),
    ],
)  # fmt: skip
def test_phrase_says_in_plain_words_what_is_odd(fact: Fact, words: str) -> None:
    assert words in phrase(fact)


def test_sentence_names_what_matters_and_says_once_that_it_is_beyond_all() -> None:
    beyond = number(9, 1, above=0)
    said = sentence([beyond, replace(beyond, feature="count"), category("S0"), number(5, 0)], [0.4, 0.3, 0.2, 0.1])
    assert said.count("than any of") == 1
    assert "flag S0" in said
    assert said.count(";") == 2
    assert said.endswith(".")
    assert sentence([number(5, 0)], [0.0]) == ""
    assert len(sentence([number(5, 0, feature="x" * 500)], [1.0])) < 150


def encoder_of(**types: str) -> object:
    columns = [{"name": name, "type": kind, "unit": ""} for name, kind in types.items()]
    return type("Encoder", (), {"to_dict": lambda self: {"columns": columns}})()


def test_date_is_placed_among_the_normal_ones() -> None:
    columns = UsualValues(pd.DataFrame({"seen": pd.date_range("2025-01-01", periods=100)}), encoder_of(seen="moment"))
    late = pd.DataFrame({"seen": pd.to_datetime(["2031-03-04"])})
    fact = columns.fact(late, columns.frame.iloc[[50]], "seen", 1.0, None)
    assert (fact.kind, fact.above, fact.below, fact.compared) == ("date", 0, 100, 100)
    assert phrase(fact) == "seen 2031-03-04 00:00:00 is later than any of 100 normal rows"
    gone = columns.fact(pd.DataFrame({"seen": pd.to_datetime([None])}), late, "seen", 1.0, None)
    assert phrase(gone) == "seen is missing, as in none of 100 normal rows"


def test_category_is_rare_beside_another_only_where_there_are_rows_to_say_so(folk: TabularExplainer) -> None:
    frame = pd.DataFrame({"flag": ["SF", "S0"] * 300, "service": ["http"] * 297 + ["smtp"] * 303})
    frame.loc[:296, "flag"] = "SF"
    columns = UsualValues(frame, encoder_of(flag="onehot", service="onehot"))
    row = pd.DataFrame({"flag": ["S0"], "service": ["http"]})
    fact = columns.fact(row, row, "flag", 0.0, {"service": "http", "flag": "S0"})
    assert fact.context == LevelContext("service", "http", 297, 0)
    assert columns.fact(row, row, "flag", 0.0, {"service": "smtp"}).context is None


def test_dataset_of_another_length_is_refused(folk: TabularExplainer, tmp_path: Path) -> None:
    odd_people(50).to_parquet(tmp_path / "other.parquet")
    samples = TabularSamples(Table(tmp_path / "other.parquet"), folk.samples.schema)
    with pytest.raises(DataError, match=r"with 400 rows\. It has 50 now"):
        TabularExplainer(folk.trained, samples, folk.scored, np.arange(10))
