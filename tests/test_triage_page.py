"""The Triage page as a script: what it shows, what the bar's messages do, and what two sessions see of each other."""

from pathlib import Path

import numpy as np
import pytest
from run_fixture import HOSTILE, WrittenRun, write_run
from streamlit.testing.v1 import AppTest
from test_explore_page import said

from core.results.finished_run import FinishedRun
from core.store.workspace import Workspace, open_workspace
from core.triage.current_verdicts import CurrentVerdicts
from dashboard.explore.shared_run import open_run
from dashboard.format import plain
from dashboard.server import cache
from dashboard.state import page_url
from dashboard.triage import triage_card, triaging

KEPT = (
    triaging.AUTHOR, triaging._SEEN, triaging._PLACE, triaging._WHY, triaging._CHOSEN,
    triage_card._TURN, triage_card._MESSAGE, triage_card._PROBLEM, "current:run", "current:page",
)  # fmt: skip
MAIN = Path(__file__).resolve().parents[1] / "dashboard" / "main.py"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    import streamlit as st

    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    st.cache_resource.clear()
    return open_workspace()


@pytest.fixture
def run(workspace: Workspace) -> WrittenRun:
    return write_run(workspace, 400)


def page(**query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=240).run()
    at.switch_page("../pages/triage.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def message(
    monkeypatch: pytest.MonkeyPatch, run_id: str, at: AppTest, *, redraw: bool = True, **told: object
) -> AppTest:
    """What the page is after the bar has said something; the page as it was, when it shall not be drawn again."""
    import streamlit as st

    opened = open_run(cache.run(run_id), "")
    values = {name: at.session_state[name] for name in KEPT if name in at.session_state}
    one = {"row": shown(at), "turn": int(values.get("triage_turn", 0)) + 1} | told
    kept = {"author": one.pop("author", "Ada"), "said": one.pop("said", [one])}
    with monkeypatch.context() as patch:
        session = values | {triage_card._BAR: {"said": kept}}
        query = {name: said_of(at, name) for name in at.query_params}
        patch.setattr(st, "session_state", session)
        patch.setattr(st, "query_params", query)
        patch.setattr(st, "rerun", lambda *_: None)
        triage_card._take(opened)
    if not redraw:
        return at
    again = AppTest.from_file(str(MAIN), default_timeout=240)
    for name, value in session.items():
        if name != triage_card._BAR:
            again.session_state[name] = value
    again.run()
    again.switch_page("../pages/triage.py")
    for name, value in query.items():
        again.query_params[name] = value
    again.run()
    assert not again.exception, again.exception
    return again


def by_score(run: WrittenRun) -> list[int]:
    return [int(row) for row in np.lexsort((np.arange(400), -run.scores)) if run.parts[row] == "test"]


def shown(at: AppTest) -> int:
    return int(said_of(at, "row"))


def said_of(at: AppTest, name: str) -> str:
    value = at.query_params[name]
    return value if isinstance(value, str) else value[0]


def test_an_empty_session_is_invited(workspace: Workspace):
    at = page()
    assert "No run to look at yet" in said(at)


def test_without_the_dataset_that_was_trained_on_a_sentence_says_so(run, workspace):
    local = Path(workspace.settings.home) / "other.parquet"
    run.frame.head(100).to_parquet(local)
    workspace.artifacts.put_file(local, f"datasets/{run.dataset_id}/data.parquet")
    at = page(run=run.run_id)
    assert plain("It has 100 now. Train again.") in at.warning[0].value
    assert not [one for one in at.get("bidi_component") if one.key == triage_card._BAR]


def test_the_highest_score_comes_first_and_a_verdict_brings_the_next(run, workspace, monkeypatch):
    order = by_score(run)
    at = page(run=run.run_id, order="score")
    assert shown(at) == order[0]
    assert "Nobody has judged this row" in said(at)
    assert f"rank **1** of {len(order)}" in said(at)
    at = message(monkeypatch, run.run_id, at, kind="verdict", verdict="anomaly", comment="seen *it*", tag="fraud")
    assert shown(at) == order[1]
    (entry,) = workspace.store.verdict_log(run.dataset_id)
    assert (entry.row, entry.verdict, entry.author, entry.comment) == (order[0], "anomaly", "Ada", "seen *it*")
    assert (entry.tag, entry.shown_by, entry.run_id, entry.score) == ("fraud", "score", run.run_id, run.scores.max())
    assert "**1** of " in said(at)
    assert "precision **100" in said(at)
    assert "Of the highest scores" in said(at)


def test_many_keys_at_once_are_about_the_rows_that_they_name_and_none_is_taken_twice(run, workspace, monkeypatch):
    order = by_score(run)
    at = page(run=run.run_id, order="score")
    keys = ["anomaly", "normal", "unsure", "anomaly"]
    verdicts = [{"turn": i + 1, "kind": "verdict", "verdict": key, "row": order[i]} for i, key in enumerate(keys)]
    at = message(monkeypatch, run.run_id, at, said=verdicts)
    assert shown(at) == order[4]
    # The answer was lost on the way: all is said again, with one more.
    at = message(monkeypatch, run.run_id, at, said=[*verdicts, {"turn": 5, "kind": "next", "row": order[4]}])
    assert shown(at) == order[5]
    at = message(
        monkeypatch,
        run.run_id,
        at,
        said=[
            {"turn": 6, "kind": "verdict", "verdict": "normal", "row": order[5]},
            {"turn": 7, "kind": "back", "row": None},
            {"turn": 8, "kind": "undo", "row": None},
        ],
    )
    assert shown(at) == order[5]
    log = workspace.store.verdict_log(run.dataset_id)
    told = [(entry.row, entry.verdict) for entry in log if entry.verdict]
    assert told[:5] == [*zip(order, keys, strict=False), (order[5], "normal")]
    assert {entry.shown_by for entry in log[:4]} == {"score"}
    rows = CurrentVerdicts.of(log).rows
    assert sorted(rows) == sorted(order[:4])


def test_progress_tells_of_the_rows_that_the_order_shows(run, workspace, monkeypatch):
    order = by_score(run)
    flagged = sum(run.scores[row] > run.threshold for row in order)
    at = page(run=run.run_id, order="score")
    assert f"also shows {len(order) - flagged:,} rows below the threshold" in said(at)
    at = message(monkeypatch, run.run_id, at, kind="verdict", verdict="normal", row=order[-1])
    assert f"**0** of {flagged:,} flagged rows judged" in said(at)
    assert "missed: 1 judged" in said(at)
    assert "below the threshold, where" not in said(page(run=run.run_id, order="random"))


def test_steps_go_on_and_back_and_undo_returns_to_the_row(run, workspace, monkeypatch):
    order = by_score(run)
    at = page(run=run.run_id, order="score")
    at = message(monkeypatch, run.run_id, at, kind="next")
    assert shown(at) == order[1]
    at = message(monkeypatch, run.run_id, at, kind="verdict", verdict="normal")
    assert shown(at) == order[2]
    at = message(monkeypatch, run.run_id, at, kind="back")
    assert shown(at) == order[1]
    assert "You say **normal**" in said(at)
    at = message(monkeypatch, run.run_id, at, kind="undo")
    assert shown(at) == order[1]
    assert "Nobody has judged this row" in said(at)
    assert len(workspace.store.verdict_log(run.dataset_id)) == 2
    at = message(monkeypatch, run.run_id, at, kind="undo")
    assert at.session_state["triage_message"] == "There is no verdict of yours to take back."


def test_who_disagrees_is_told_and_both_words_are_kept(run, workspace, monkeypatch):
    order = by_score(run)
    at = message(monkeypatch, run.run_id, page(run=run.run_id, row=str(order[3])), kind="verdict", verdict="normal")
    at = page(run=run.run_id, row=str(order[3]))
    assert "Ada said **normal**" in said(at)
    at = message(monkeypatch, run.run_id, at, kind="verdict", verdict="anomaly", author=HOSTILE)
    assert "Ada said normal, you say anomaly" in at.session_state["triage_message"]
    judged = CurrentVerdicts.of(workspace.store.verdict_log(run.dataset_id)).rows[order[3]]
    assert (judged.entry.author, judged.others[0].author) == (HOSTILE, "Ada")
    at = page(run=run.run_id, row=str(order[3]))
    assert "Ada said **normal**" in said(at)
    assert "<img" not in said(at).replace("\\<img", "")
    assert "People see 1 row differently" in said(at)


def test_what_others_say_of_the_row_meanwhile_is_told_beside_it(run, workspace):
    from core.triage.recording import record

    at = page(run=run.run_id, order="score")
    row = shown(at)
    drawn = at.session_state[triage_card._DRAWN]
    record(FinishedRun.open(workspace, run.run_id), {row: "unsure"}, "Bob")
    import streamlit as st

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "session_state", {triage_card._DRAWN: drawn, triaging.AUTHOR: "Ada"})
        assert triage_card.meanwhile(open_run(cache.run(run.run_id), ""), row).startswith("Bob said **unsure**")
        st.session_state[triaging.AUTHOR] = "Bob"
        assert triage_card.meanwhile(open_run(cache.run(run.run_id), ""), row) == ""
    assert "which you look at" not in said(page(run=run.run_id, row=str(row)))


def test_labels_are_hidden_until_they_are_asked_for(run, workspace):
    assert "label in the data" not in said(page(run=run.run_id, order="score"))
    assert "label in the data" in said(page(run=run.run_id, order="score", label="1"))


def test_a_message_that_makes_no_sense_changes_nothing(run, workspace, monkeypatch):
    at = page(run=run.run_id)
    for told in (
        {"kind": "verdict", "verdict": "odd"},
        {"kind": "verdict", "verdict": "normal", "row": None},
        {"kind": "verdict", "verdict": "normal", "row": 99_999},
        {"kind": "verdict", "verdict": "normal", "author": " "},
        {"kind": "undo", "author": ""},
        {"kind": "what"},
    ):
        message(monkeypatch, run.run_id, at, redraw=False, **told)
    assert workspace.store.verdict_log(run.dataset_id) == []


@pytest.mark.parametrize(
    "query",
    [{"order": "nonsense", "row": "999999"}, {"ranking": "learnt", "order": "score"}, {"order": "random", "row": "-1"}],
)
def test_a_link_that_makes_no_sense_still_opens(run, workspace, query):
    at = page(run=run.run_id, **query)
    assert shown(at) in range(400)


def test_a_dataset_uploaded_again_offers_the_verdicts_and_an_export_holds_them(run, workspace, monkeypatch):
    at = page(run=run.run_id, order="score")
    message(monkeypatch, run.run_id, at, kind="verdict", verdict="anomaly", comment="=1+1")
    again = write_run(workspace, 400, name="Again")
    at = page(run=again.run_id)
    at.button(key="triage_adopt").click().run()
    assert not at.exception
    assert [entry.comment for entry in workspace.store.verdict_log(again.dataset_id)] == ["=1+1"]
    from dashboard.triage.triage_side import file

    finished = open_run(workspace.store.run(again.run_id), "")
    current_verdicts = triaging.current_verdicts(finished)
    assert b"'=1+1" in file(current_verdicts, finished, 0.0, "csv")
    assert file(current_verdicts, finished, 0.0, "parquet").startswith(b"PAR1")


def test_reranking_tells_what_it_changed_and_leads_the_queue(run, workspace, monkeypatch):
    from core.triage.recording import record

    order = by_score(run)
    verdicts = {row: "anomaly" if run.labels[row] == 1 else "normal" for row in order[:12:2]}
    at = page(run=run.run_id, order="score", ranking="learnt")
    assert "until a row has been judged an anomaly" in said(at)
    record(FinishedRun.open(workspace, run.run_id), verdicts, "Ada")
    at = page(run=run.run_id, order="score", ranking="learnt")
    changes = triaging.changed(open_run(cache.run(run.run_id), ""))
    assert shown(at) == changes.rows[0]
    assert not set(changes.rows.tolist()) & set(verdicts)
    told = f"{changes.risen} of the first" if changes.risen else "are the same as by the score"
    assert told in said(at)


def test_everything_judged_is_said(workspace, monkeypatch):
    run = write_run(workspace, 40)
    from core.triage.recording import record

    every = dict.fromkeys(range(40), "normal")
    page(run=run.run_id)
    record(FinishedRun.open(workspace, run.run_id), every, "Ada")
    at = page(run=run.run_id)
    assert "All rows in this order have been judged" in said(at)
    assert "row" not in at.query_params


def test_the_page_is_in_the_navigation(workspace):
    page()
    assert "triage" in page_url.pages()


def test_a_tick_with_the_row_of_a_moment_ago_gives_no_chosen_row_away(monkeypatch):
    from types import SimpleNamespace

    from dashboard.triage import triaging

    opened = SimpleNamespace(record=SimpleNamespace(dataset_id="a dataset of its own"))
    monkeypatch.setattr(triaging, "_session", lambda: "Ada")
    for row in (380, 146, 380):
        triaging.look(opened, row)
    assert triaging._looked_at(opened) == set()
    monkeypatch.setattr(triaging, "_session", lambda: "Bob")
    assert triaging._looked_at(opened) == {146, 380}


def test_rows_come_by_the_score_that_was_chosen_and_compare_says_that_it_looks_at_the_runs_own(run, workspace):
    import pandas as pd

    place = f"runs/{run.run_id}"
    own = pd.read_parquet(workspace.artifacts.local(f"{place}/scores.parquet"))
    target = Path(workspace.artifacts.local(f"{place}/scores.parquet")).parent / "scores" / "whitened"
    target.mkdir(parents=True)
    turned = own.assign(score=own["score"].max() - own["score"])
    turned.to_parquet(target / "scores.parquet")
    told = workspace.artifacts.read_json(f"{place}/result.json") | {"threshold": float(turned["score"].quantile(0.9))}
    workspace.artifacts.write_json(f"{place}/scores/whitened/result.json", told)
    assert shown(page(run=run.run_id, order="score")) == by_score(run)[0]
    at = page(run=run.run_id, order="score", score="whitened")
    assert run.scores[shown(at)] == run.scores[run.parts == "test"].min()
    assert "By the score chosen on Explore: Whitened residual." in said(at)
    at.switch_page("../pages/compare.py").run()
    assert "not the one chosen on Explore (Whitened residual)" in said(at)
    at.switch_page("../pages/triage.py").run()
    assert said_of(at, "score") == "whitened"
    at.button(key="shown_score_reset").click().run()
    assert "score" not in at.query_params
    at.switch_page("../pages/compare.py").run()
    assert "chosen on Explore" not in said(at)
    assert not at.exception


def test_the_row_says_when_it_was_where_a_column_tells(workspace, run, monkeypatch):
    from core.index.row_times import RowTimes
    from dashboard.explore import timelines

    opened = open_run(cache.run(run.run_id), "")
    assert timelines.when(opened, 7) is None
    start = 1_741_000_000 - 1_741_000_000 % 3600
    values = start + 60.0 * np.arange(400)
    values[8] = np.nan
    monkeypatch.setattr(timelines, "places", lambda run: RowTimes("time", "logged_at", values))
    assert "logged\\_at **2025\\-03\\-03 11\\:07**" in said(page(run=run.run_id, row="7"))
    assert timelines.when(opened, 8) is timelines.when(opened, 400) is None
    monkeypatch.setattr(timelines, "places", lambda run: RowTimes("number", "step", values - start))
    assert timelines.when(opened, 30) == ("step", "1,800")
