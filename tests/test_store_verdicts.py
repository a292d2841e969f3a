"""The log of verdicts: nothing is lost however many write, and what is taken back is taken back once."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import DataError, UnknownNameError
from core.settings import Settings
from core.store.records import Dataset
from core.store.runs import Store
from core.triage.current_verdicts import CurrentVerdicts

pytest_plugins = ["store_fixtures"]

ROOT = Path(__file__).parents[1]
WRITE = """
import sys
from core.store.database import open_database
from core.store.runs import Store

store = Store(open_database(sys.argv[1]))
for row in range(20):
    verdict = {"row": row, "content": "c", "verdict": sys.argv[4], "author": sys.argv[3]}
    store.add_verdicts(sys.argv[2], [verdict])
"""


def said(row: int, verdict: str, author: str = "Ada", **more: object) -> dict:
    return {"row": row, "content": "c", "verdict": verdict, "author": author, **more}


def test_processes_that_judge_at_once_lose_nothing(place: Settings, store: Store, dataset: Dataset):
    people = {"Ada": "normal", "Bob": "anomaly"}
    command = [sys.executable, "-c", WRITE, place.database_url, dataset.id]
    processes = [subprocess.Popen([*command, *pair], cwd=ROOT) for pair in people.items()]
    assert [process.wait(60) for process in processes] == [0, 0]
    log = store.verdict_log(dataset.id)
    for name, verdict in people.items():
        assert [entry.row for entry in log if (entry.author, entry.verdict) == (name, verdict)] == list(range(20))
    standing = CurrentVerdicts.of(log)
    assert len(standing.rows) == 20
    for row, judged in standing.rows.items():
        last = [entry for entry in log if entry.row == row][-1]
        assert judged.entry == last
        assert [other.author for other in judged.others] == [name for name in people if name != last.author]


def test_time_and_order_are_the_databases(store: Store, dataset: Dataset):
    before = datetime.now(UTC) - timedelta(seconds=5)
    first, second = store.add_verdicts(dataset.id, [said(1, "normal", comment="a\x00b"), said(2, "unsure")])
    (third,) = store.add_verdicts(dataset.id, [said(1, "anomaly")])
    assert before < first.at <= second.at <= third.at < datetime.now(UTC) + timedelta(seconds=5)
    assert first.id < second.id < third.id
    assert first.comment == "ab"


def test_of_several_who_take_one_verdict_back_at_once_one_succeeds(store: Store, dataset: Dataset):
    (entry,) = store.add_verdicts(dataset.id, [said(3, "anomaly")])
    outcomes: list[str] = []

    def undo(author: str) -> None:
        try:
            store.undo_verdict(dataset.id, entry.id, author)
            outcomes.append("done")
        except DataError as problem:
            outcomes.append(str(problem))

    threads = [threading.Thread(target=undo, args=(name,)) for name in ("Ada", "Bob", "Cy")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("done") == 1
    assert sum("taken back already" in outcome for outcome in outcomes) == 2
    assert len(store.verdict_log(dataset.id)) == 2
    assert not CurrentVerdicts.of(store.verdict_log(dataset.id)).rows


def test_what_was_said_before_counts_again_after_an_undo_and_an_undo_can_be_undone(store: Store, dataset: Dataset):
    store.add_verdicts(dataset.id, [said(3, "normal", "Ada")])
    (later,) = store.add_verdicts(dataset.id, [said(3, "anomaly", "Bob")])
    back = store.undo_verdict(dataset.id, later.id, "Bob")

    def now() -> str:
        return CurrentVerdicts.of(store.verdict_log(dataset.id)).rows[3].entry.verdict

    assert now() == "normal"
    store.undo_verdict(dataset.id, back.id, "Bob")
    assert now() == "anomaly"
    assert len(store.verdict_log(dataset.id)) == 4


def test_a_version_changes_with_each_entry_and_only_those_of_its_dataset(store: Store, dataset: Dataset):
    other = store.add_dataset("Other", rows=10, columns=3, schema={}, report={})
    seen = {store.verdicts_version(dataset.id)}
    (entry,) = store.add_verdicts(dataset.id, [said(1, "normal")])
    seen.add(store.verdicts_version(dataset.id))
    store.undo_verdict(dataset.id, entry.id, "Ada")
    seen.add(version := store.verdicts_version(dataset.id))
    store.add_verdicts(other.id, [said(1, "normal")])
    assert len(seen) == 3
    assert store.verdicts_version(dataset.id) == version
    assert [found.dataset_id for found in store.verdicts_elsewhere(dataset.id)] == [other.id]


def test_verdicts_go_with_their_dataset_and_stay_when_a_run_goes(store: Store, dataset: Dataset):
    from core.recipe import Recipe

    run = store.create_run(dataset.id, Recipe())
    store.add_verdicts(dataset.id, [said(1, "normal", run_id=run.id)])
    store.delete_run(run.id)
    assert len(store.verdict_log(dataset.id)) == 1
    store.delete_dataset(dataset.id)
    assert store.verdict_log(dataset.id) == []
    with pytest.raises(UnknownNameError, match="no dataset"):
        store.add_verdicts(dataset.id, [said(1, "normal")])


def test_an_entry_is_brought_along_once_and_all_or_none(store: Store, dataset: Dataset):
    store.add_verdicts(dataset.id, [said(1, "normal", copied_from=7)])
    with pytest.raises(DataError, match="taken over already"):
        store.add_verdicts(dataset.id, [said(2, "normal", copied_from=8), said(1, "normal", copied_from=7)])
    assert len(store.verdict_log(dataset.id)) == 1


def test_a_verdict_that_is_not_there_cannot_be_taken_back(store: Store, dataset: Dataset):
    other = store.add_dataset("Other", rows=10, columns=3, schema={}, report={})
    (entry,) = store.add_verdicts(other.id, [said(1, "normal")])
    with pytest.raises(DataError, match="no verdict number"):
        store.undo_verdict(dataset.id, entry.id, "Ada")
