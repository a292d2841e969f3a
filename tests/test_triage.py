"""Deciding: whose word counts, which row comes next, and a ranking that few verdicts make better and never worse."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_fixture import FORMULA, write_run
from table_fixture import make_table

from core.errors import ConfigError, DataError
from core.index.table import Table
from core.metrics.evaluation import average_precision
from core.results.finished_run import FinishedRun
from core.settings import settings
from core.store.records import Entry
from core.store.workspace import Workspace, open_workspace
from core.triage.adoption import adopt, verdicts_on_same_rows
from core.triage.current_verdicts import CurrentVerdicts, RowVerdict
from core.triage.export import COLUMNS, as_csv, as_parquet, verdicts_frame
from core.triage.identity import contents
from core.triage.learn import RankingData, learn, reranked
from core.triage.order import highest_scored, most_informative, shuffled
from core.triage.precision import precision, wilson
from core.triage.recording import record
from core.triage.suggestion import suggest
from core.triage.summary import summarise
from core.triage.triage_rows import TriageRows

START = datetime(2026, 1, 1, tzinfo=UTC)


def entry(id: int, row: int, verdict: str, author: str = "Ada", **more: object) -> Entry:
    values: dict = {
        "dataset_id": "d", "content": "c", "comment": "", "tag": "", "at": START + timedelta(seconds=id),
        "run_id": "", "score": None, "shown_by": "score", "undoes": None, "copied_from": None,
    }  # fmt: skip
    return Entry(id=id, row=row, verdict=verdict, author=author, **(values | more))


# What holds


def test_the_latest_word_counts_and_others_who_disagree_stay_visible():
    log = [entry(1, 5, "normal", "Ada"), entry(2, 5, "anomaly", "Bob"), entry(3, 5, "anomaly", "Cy")]
    judged = CurrentVerdicts.of(log).rows[5]
    assert (judged.entry.author, [o.author for o in judged.others]) == ("Cy", ["Ada"])
    agreed = CurrentVerdicts.of([*log, entry(4, 5, "anomaly", "Ada")]).rows[5]
    assert not agreed.conflict


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["anomaly", "normal"]), st.sampled_from("AB")), max_size=12)
)
def test_undoing_everything_newest_first_leaves_each_earlier_standing_again(said: list[tuple[int, str, str]]):
    log = [entry(i + 1, *one) for i, one in enumerate(said)]
    for kept in range(len(said), -1, -1):
        expected = {row: one.entry for row, one in CurrentVerdicts.of(log[:kept]).rows.items()}
        undone = [entry(100 + i, log[i].row, "", undoes=i + 1) for i in range(len(said) - 1, kept - 1, -1)]
        assert {row: one.entry for row, one in CurrentVerdicts.of([*log, *undone]).rows.items()} == expected


def test_undo_takes_back_ones_own_last_verdict_and_not_what_was_brought_along():
    log = [entry(1, 5, "normal"), entry(2, 6, "normal", "Bob"), entry(3, 7, "normal", copied_from=9)]
    assert CurrentVerdicts.of(log).last_of("Ada") == log[0]
    assert CurrentVerdicts.of([*log, entry(4, 5, "", undoes=1)]).last_of("Ada") is None


def test_an_older_verdict_that_is_brought_along_later_does_not_outdo_a_newer_one():
    old = entry(2, 5, "normal", "Bob", at=START - timedelta(days=9), copied_from=1)
    judged = CurrentVerdicts.of([entry(1, 5, "anomaly"), old]).rows[5]
    assert (judged.entry.verdict, judged.others) == ("anomaly", (old,))


# Whose rows


def test_a_rows_digest_depends_on_what_it_holds_and_on_nothing_else(tmp_path: Path):
    rows = {"n": [1, 2, None, 4], "t": ["a", "b", "", "é"], "f": [0.1, np.nan, 2.0, -0.0]}
    frame = pd.DataFrame(rows).assign(n=lambda f: f["n"].astype("Int64"))
    table = make_table(tmp_path, frame, group=2)
    every = contents(table, [0, 1, 2, 3, 9, -1])
    assert sorted(every) == [0, 1, 2, 3]
    assert len(set(every.values())) == 4
    assert contents(table, [2]) == {2: every[2]}
    (tmp_path / "more").mkdir()
    longer = make_table(tmp_path / "more", pd.concat([frame, frame.tail(1)], ignore_index=True))
    assert contents(longer, range(5)) == every | {4: every[3]}
    (tmp_path / "renamed").mkdir()
    renamed = make_table(tmp_path / "renamed", frame.rename(columns={"n": "m"}))
    assert not set(contents(renamed, range(4)).values()) & set(every.values())


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return open_workspace(
        replace(settings(), home=tmp_path, database_url=f"sqlite:///{tmp_path}/a.db", storage=str(tmp_path / "s"))
    )


def verdicts_on(space: Workspace, dataset_id: str, table: Table) -> CurrentVerdicts:
    return CurrentVerdicts.of(space.store.verdict_log(dataset_id), lambda rows: contents(table, rows))


def give(space: Workspace, run_id: str, said: dict[int, str], author: str = "Ada", **more: str) -> list[Entry]:
    return record(FinishedRun.open(space, run_id), said, author, **more)


def test_verdicts_survive_retraining_and_a_second_upload_finds_them(space: Workspace):
    first = write_run(space, 300, name="First")
    give(space, first.run_id, {3: "anomaly", 4: "normal", 299: "unsure"}, comment="odd")
    give(space, first.run_id, {3: "normal"}, "Bob")
    again = space.store.create_run(first.dataset_id, space.store.run(first.run_id).recipe, "Retrained")
    space.delete_run(first.run_id)
    table = Table.open(space.store.dataset(again.dataset_id), space.artifacts)
    current_verdicts = verdicts_on(space, again.dataset_id, table)
    assert {row: one.entry.verdict for row, one in current_verdicts.rows.items()} == {
        3: "normal",
        4: "normal",
        299: "unsure",
    }

    second = write_run(space, 300, name="Uploaded again")
    table = FinishedRun.open(space, second.run_id).table
    found = verdicts_on_same_rows(space.store, second.dataset_id, table)
    assert len(found) == 4
    adopt(space.store, second.dataset_id, found)
    brought = verdicts_on(space, second.dataset_id, table)
    assert brought.rows[3].entry.author == "Bob"
    assert [other.author for other in brought.rows[3].others] == ["Ada"]
    assert brought.rows[4].entry.at == current_verdicts.rows[4].entry.at
    assert verdicts_on_same_rows(space.store, second.dataset_id, table) == []
    table = Table.open(space.store.dataset(first.dataset_id), space.artifacts)
    assert verdicts_on_same_rows(space.store, first.dataset_id, table) == []


def test_verdicts_do_not_stick_to_other_rows_under_the_same_numbers(space: Workspace):
    first, other = write_run(space, 300), write_run(space, 300, seed=1)
    give(space, first.run_id, {3: "anomaly", 4: "normal"})
    table = FinishedRun.open(space, other.run_id).table
    assert verdicts_on_same_rows(space.store, other.dataset_id, table) == []
    current_verdicts = verdicts_on(space, first.dataset_id, table)
    assert (dict(current_verdicts.rows), current_verdicts.set_aside) == ({}, 2)


def test_what_cannot_be_recorded_is_refused_in_a_sentence(space: Workspace):
    run = write_run(space, 300).run_id
    with pytest.raises(DataError, match="no row 300"):
        give(space, run, {2: "normal", 300: "normal"})
    with pytest.raises(ConfigError, match="anomaly, normal or unsure"):
        give(space, run, {2: "odd"})
    with pytest.raises(ConfigError, match="name of who gives it"):
        give(space, run, {2: "normal"}, " ")
    with pytest.raises(ConfigError, match="at most 2,000"):
        give(space, run, {2: "normal"}, comment="x" * 2001)
    assert space.store.verdict_log(space.store.run(run).dataset_id) == []


# A ranking that learns


def planted(seed: int, n: int = 1000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows in a crowd, a group of anomalies with middling scores, and a group of harmless rows with high ones."""
    rng = np.random.default_rng(seed)
    kind = np.where(np.arange(n) < 60, 1, np.where(np.arange(n) < 160, 2, 0))
    centre = np.array([[0, 0, 0, 0], [3, 3, 0, 0], [0, 0, 3, -3]], dtype=np.float32)
    x = (rng.normal(size=(n, 4)) * 0.6 + centre[kind]).astype(np.float32)
    score = rng.normal(size=n) + np.array([0.0, 2.0, 2.6])[kind]
    return x, score, (kind == 1)


def judge(x: np.ndarray, score: np.ndarray, odd: np.ndarray, order: str, count: int) -> tuple[float, float]:
    """Average precision of the rows that were not judged, before and after."""
    threshold = float(np.quantile(score, 0.9))
    ranking, shown = RankingData.of(x, score, threshold), np.ones(len(score), dtype=bool)
    asked = highest_scored(score, threshold, shown)
    judged = np.empty(0, dtype=np.int64)
    for _ in range(count):
        left = asked[~np.isin(asked, judged)]
        judged = np.append(
            judged, most_informative(ranking, judged, odd[judged], left)[0] if order == "teach" else left[0]
        )
    rest = np.setdiff1d(np.arange(len(score)), judged)
    learnt = reranked(ranking, judged, odd[judged])
    labels = odd.astype(np.int8)
    return average_precision(labels[rest], score[rest]), average_precision(labels[rest], learnt[rest])


@pytest.mark.parametrize("order", ["teach", "score"])
def test_twenty_verdicts_put_a_group_of_false_alarms_behind_the_anomalies(order: str):
    for seed in range(2):
        before, after = judge(*planted(seed), order, 20)
        assert after > before + 0.05


@pytest.mark.parametrize("order", ["teach", "score"])
@pytest.mark.parametrize("count", [3, 20])
def test_verdicts_that_teach_nothing_do_no_harm(order: str, count: int):
    # The score says all that there is to know; likeness is noise.
    losses = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        score, x = rng.normal(size=800), rng.normal(size=(800, 6)).astype(np.float32)
        odd = score + rng.normal(size=800) * 0.5 > 1.9
        before, after = judge(x, score, odd, order, count)
        losses.append(before - after)
    assert np.mean(losses) < 0.01


def test_without_a_verdict_or_with_normal_ones_alone_the_order_is_the_scores():
    x, score, _ = planted(0)
    ranking = RankingData.of(x, score, 2.0)
    order = np.argsort(-score)
    none = np.empty(0, dtype=np.int64)
    assert (np.argsort(-reranked(ranking, none, none.astype(bool))) == order).all()
    assert (np.argsort(-reranked(ranking, order[:7], np.zeros(7, dtype=bool))) == order).all()
    assert (np.argsort(-learn(ranking, none, none.astype(bool)).odds) == order).all()


def test_equal_scores_share_their_odds_and_a_table_of_equal_rows_can_be_learnt_of():
    ranking = RankingData.of(np.ones((50, 3), dtype=np.float32), np.ones(50), 0.5)
    assert np.ptp(ranking.prior) == 0
    found = learn(ranking, np.array([1, 2]), np.array([True, False]))
    assert np.isfinite(found.odds).all()
    assert (found.variance > 0).all()


def test_many_verdicts_are_learnt_from_too():
    x, score, odd = planted(1)
    judged = np.random.default_rng(0).permutation(len(x))[:450]
    learnt = reranked(RankingData.of(x, score, 2.0), judged, odd[judged])
    rest = np.setdiff1d(np.arange(len(x)), judged)
    assert average_precision(odd[rest].astype(np.int8), learnt[rest]) > 0.9


# Which row comes next


def test_what_teaches_most_lies_near_the_threshold_and_away_from_what_was_judged():
    x, score, odd = planted(0)
    ranking = RankingData.of(x, score, 2.0)
    asked = highest_scored(score, 2.0, np.ones(len(score), dtype=bool))
    first = most_informative(ranking, np.empty(0, np.int64), np.empty(0, bool), asked)[0]
    assert abs(score[first] - 2.0) < 0.1
    second = most_informative(ranking, np.array([first]), odd[[first]], asked[asked != first])[0]
    assert np.linalg.norm(x[first] - x[second]) > 0.25 * ranking.reach


def test_a_random_order_is_the_same_for_everybody_and_draws_flagged_rows_alone():
    rows = np.array([9, 2, 5, 7])
    assert sorted(shuffled(rows, 3)) == [2, 5, 7, 9]
    assert (shuffled(rows, 3) == shuffled(rows[::-1], 3)).all()


def test_the_queue_leaves_out_what_was_judged_and_other_parts(space: Workspace):
    run = write_run(space, 600)
    finished = FinishedRun.open(space, run.run_id)
    triage_rows = TriageRows.of(finished, run.threshold)
    order = np.lexsort((np.arange(600), -run.scores))
    assert (triage_rows.rows == order).all()
    assert (triage_rows.places(order[[5, 3]]) == [5, 3]).all()
    assert triage_rows.places(np.array([10_000, -3])).tolist() == [-1, -1]
    test = [int(row) for row in order if run.parts[row] == "test"]
    give(space, run.run_id, {test[0]: "anomaly", test[2]: "unsure"})
    current_verdicts = CurrentVerdicts.of_run(finished)
    ranking = triage_rows.ranking(run.threshold)
    queue = triage_rows.queue("score", current_verdicts, ranking, run.threshold, ("test",))
    assert [int(row) for row in queue[:3]] == [test[1], test[3], test[4]]
    assert triage_rows.decided(current_verdicts)[0].tolist() == triage_rows.places(np.array(test[:1])).tolist()
    flagged = {row for row in test if run.scores[row] > run.threshold}
    random = triage_rows.queue("random", current_verdicts, ranking, run.threshold, ("test",), seed=4)
    assert set(random.tolist()) == flagged - {test[0], test[2]}
    assert set(triage_rows.queue("teach", current_verdicts, ranking, run.threshold, ("test",)).tolist()) <= set(
        test
    ) - {
        test[0],
        test[2],
    }
    told = summarise(current_verdicts, triage_rows, ranking, run.threshold, ("test",), len(flagged))
    assert (told.judged, told.flagged, told.flagged_judged) == (2, len(flagged), 2)
    assert (told.precision.anomalies, told.precision.decided) == (1, 1)
    assert "2 more judged anomalous and 3 more judged normal" in told.suggestion.missing


# What it comes to


@given(st.integers(0, 60), st.integers(1, 60))
def test_wilsons_interval_holds_the_share_and_lies_between_nothing_and_all(hits: int, of: int):
    hits = min(hits, of)
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1
    assert wilson(of - hits, of) == pytest.approx((1 - high, 1 - low))


def test_wilsons_interval_is_the_published_one():
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_rows_drawn_at_random_alone_say_what_all_flagged_rows_are_like():
    top = [RowVerdict(entry(i, i, "anomaly", shown_by="score")) for i in range(10)]
    unsure = [RowVerdict(entry(50, 50, "unsure", shown_by="random"))]
    random = [RowVerdict(entry(20 + i, 20 + i, "anomaly" if i < 2 else "normal", shown_by="random")) for i in range(6)]
    first = precision(top + unsure, 200)
    assert (first.anomalies, first.decided) == (10, 10)
    assert "the highest scores" in first.about
    fair = precision(top + unsure + random, 200)
    assert (fair.anomalies, fair.decided) == (2, 6)
    assert "for all flagged rows" in fair.about
    whole = precision(top + random, 16)
    assert (whole.low, whole.value, whole.high) == (0.75, 0.75, 0.75)
    assert precision([], 5).value is None


def test_the_suggested_threshold_parts_what_was_judged():
    x, score, _ = planted(0)
    ranking = RankingData.of(x, score, 2.0)
    order = np.argsort(-score)
    judged = order[[0, 3, 6, 9, 30, 33, 36, 39]]
    anomalous = np.repeat([True, False], 4)
    found = suggest(ranking.prior[judged], score[judged], anomalous)
    assert score[order[30]] < found.threshold < score[order[9]]
    assert (found.caught, found.anomalies, found.alarms, found.normal) == (4, 4, 0, 4)
    noisy = suggest(ranking.prior[judged], score[judged], ~anomalous)
    assert score[judged].min() <= noisy.threshold <= score[judged].max()
    assert suggest(ranking.prior[judged[:5]], score[judged[:5]], anomalous[:5]).threshold is None


def test_an_export_is_complete_and_runs_no_formula(space: Workspace):
    run = write_run(space, 300)
    top = int(run.scores.argmax())
    give(space, run.run_id, {top: "anomaly"}, "=Ada()", comment=FORMULA, tag="+1")
    give(space, run.run_id, {top: "normal", 0: "unsure"}, "Bob")
    finished = FinishedRun.open(space, run.run_id)
    frame = verdicts_frame(CurrentVerdicts.of_run(finished), finished, run.threshold)
    assert tuple(frame.columns) == COLUMNS
    lines = list(csv.DictReader(io.StringIO(as_csv(frame).lstrip("\ufeff"))))
    assert [(line["row"], line["verdict"], line["author"]) for line in lines] == [
        ("0", "unsure", "Bob"),
        (str(top), "normal", "Bob"),
    ]
    assert lines[1]["others"] == "'=Ada(): anomaly"
    assert float(lines[1]["score"]) == run.scores[top]
    assert lines[1]["flagged"] == "1"
    again = pd.read_parquet(io.BytesIO(as_parquet(frame)))
    assert again["others"].tolist() == ["", "=Ada(): anomaly"]
    empty = verdicts_frame(CurrentVerdicts.of([]), finished, run.threshold)
    assert as_csv(empty).strip("\ufeff\r\n") == ",".join(COLUMNS)
    assert as_parquet(empty)
