"""What is decided about data and runs without being asked is said: one list for page, report and command line."""

import json
from html import unescape

import numpy as np
import pandas as pd
import pytest

from core.cli.app import main
from core.cli.support.workspace import workspace
from core.export.report import report_html
from core.index.schema import Schema, infer_schema
from core.index.table import Table
from core.notes.dataset import dataset_notes
from core.notes.note import KINDS, Note, in_order
from core.notes.run import notes_of_dataset, run_notes
from core.results.finished_run import FinishedRun

FAST = ("--model", "dense", "--set", "training.epochs=2")
"""Enough of a training for what is said about it."""
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def called(capsys, *words):
    """Exit code, and what stands on standard output and standard error."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    return ended.value.code or 0, out, err


def trained(capsys, *words):
    """The JSON that ``train`` prints."""
    code, out, err = called(capsys, "train", *words, *FAST, "--json")
    assert code == 0, err
    return json.loads(out)


def notes_of(tmp_path, columns, report=None, change=None):
    """The notes of a table with some columns, by kind."""
    pd.DataFrame(columns).to_parquet(tmp_path / "table.parquet")
    table = Table(tmp_path / "table.parquet")
    schema = infer_schema(table)
    found = {}
    for note in dataset_notes(report or {}, change(schema) if change else schema, table):
        found.setdefault(note.kind, []).append(note.text)
    return found


def test_texts_among_numbers_count_as_missing_and_are_named_with_column_and_rows(tmp_path):
    values = ["error"] * 10 + ["n/k"] + [f"{x:.3f}" for x in RNG.normal(size=389)]
    found = notes_of(tmp_path, {"a": values, "b": RNG.normal(size=400)})
    assert found == {"missing words": ["Column 'a': 'error' in 10 rows and 'n/k' in 1 row count as missing."]}


def test_texts_among_dates_count_as_missing_and_are_named(tmp_path):
    days = pd.date_range("2026-01-01", periods=100).strftime("%d.%m.%Y").tolist()
    found = notes_of(tmp_path, {"when": [*days, "soon"], "b": RNG.normal(size=101)})
    assert found["missing words"] == ["Column 'when': 'soon' in 1 row counts as missing."]


def test_columns_left_out_are_named_with_the_reason(tmp_path):
    rows = 60
    columns = {
        "x": RNG.normal(size=rows),
        "user_id": np.arange(rows) * 7 + 3,
        "name": [f"word{i} and {i} more in a sentence" for i in range(rows)],
        "same": np.full(rows, 9007199254740993),
        "nothing": np.full(rows, np.nan),
    }
    found = notes_of(tmp_path, columns)
    (identifier, text) = found["ignored"]
    assert identifier.startswith("Column 'user_id' is left out: ")
    assert text.startswith("Column 'name' is left out: ")
    same, nothing = found["constant"]
    assert "'same'" in same
    assert "9007199254740993" in same
    assert "It holds no value at all" in nothing


def test_what_the_user_chose_is_no_note(tmp_path):
    columns = {"x": RNG.normal(size=30), "y": RNG.normal(size=30)}
    assert notes_of(tmp_path, columns, change=lambda s: s.with_column("y", role="ignored")) == {}


def test_numbers_kept_as_categories_are_named(tmp_path):
    columns = {"x": RNG.normal(size=200), "status_code": np.tile([200, 301, 404, 500], 50)}
    (note,) = notes_of(tmp_path, columns)["codes"]
    assert note.startswith("Column 'status_code' holds numbers that are kept as categories: ")


def test_rows_without_a_label_and_the_guess_of_its_meaning_are_said(tmp_path):
    columns = {"x": RNG.normal(size=50), "label": ["normal"] * 30 + ["attack"] * 15 + [None] * 5}
    found = notes_of(tmp_path, columns)
    assert found["label"] == ["Column 'label' is the label: 'normal' is taken as normal, everything else as anomaly."]
    assert "Of 50 rows, 5 have no label in 'label'" in found["unlabelled"][0]


def test_duplicate_rows_are_counted(tmp_path):
    x = RNG.normal(size=40)
    found = notes_of(tmp_path, {"x": [*x, x[0], x[0], x[1]], "y": [*x, x[0], x[0], x[2]]})
    assert found["duplicates"] == ["Of 43 rows, 2 repeat an earlier one in every column. They are kept."]


def test_many_columns_of_one_kind_are_one_sentence_in_the_end(tmp_path):
    columns = {"x": RNG.normal(size=30)} | {f"c{i}": np.full(30, i) for i in range(20)}
    constant = notes_of(tmp_path, columns)["constant"]
    assert len(constant) == 9
    assert constant[-1].startswith("12 more constant columns left out: 'c8', ")


def test_notes_come_in_the_order_of_their_kinds_and_none_twice():
    some = [Note("judging", "b"), Note("reading", "z"), Note("reading", "a"), Note("judging", "b")]
    assert [note.text for note in in_order(some)] == ["z", "a", "b"]
    assert [note.kind for note in in_order(Note(kind, kind) for kind in reversed(KINDS))] == list(KINDS)
    assert Note.from_dict(Note("codes", "t", ("a",)).to_dict()) == Note("codes", "t", ("a",))


def test_command_line_page_and_report_say_the_same_notes(capsys, tmp_path):
    frame = pd.DataFrame(RNG.normal(size=(120, 2)), columns=["a", "b"]).round(3).astype(str)
    frame.loc[:5, "a"] = "error"
    frame.assign(same="7").to_csv("words.csv", index=False)
    code, out, err = called(capsys, "train", "words.csv", *FAST)
    assert code == 0
    space = workspace()
    (run,), (dataset,) = space.store.runs(), space.store.datasets()
    found = FinishedRun.open(space, run.id)
    said = err + out
    assert "'error' in 6 rows counts as missing" in said
    assert "Every row holds the same value, 7." in said
    for note in found.notes:
        assert note.text in said
    of_dataset = notes_of_dataset(dataset, Schema.from_dict(dataset.schema), Table.open(dataset, space.artifacts))
    assert set(of_dataset) <= set(found.notes) == set(run_notes(space, run))
    report = unescape(report_html(found))
    assert [note.text for note in found.notes if note.text not in report] == []
    # With the dataset gone the run knows them still.
    space.store.delete_dataset(dataset.id)
    assert set(of_dataset) <= set(run_notes(space, run))


def test_what_was_read_is_said_when_the_training_fails_too(capsys):
    columns = {"same": ["4"] * 40, "text": [f"a sentence of many words {i}" for i in range(40)]}
    pd.DataFrame(columns).to_csv("nothing.csv", index=False)
    code, _, err = called(capsys, "train", "nothing.csv", *FAST)
    assert code == 2
    assert "Note: Column 'same' is left out: Every row holds the same value, 4." in err
    assert "Note: Column 'text' is left out: " in err


@pytest.fixture
def noise():
    """A file of noise to train on and one to judge by, with labels that chance has drawn."""

    def file(name, rows, odd, *, labelled=True):
        frame = pd.DataFrame(RNG.normal(size=(rows, 4)), columns=list("abcd")).round(6)
        label = np.zeros(rows, dtype=int)
        label[:odd] = 1
        frame.assign(label=label if labelled else "").to_csv(name, index=False)
        return name

    return file


def test_rows_that_are_judged_without_labels_have_no_auroc_and_a_reason(capsys, noise):
    train, test = noise("train.csv", 150, 10), noise("test.csv", 60, 0, labelled=False)
    result = trained(capsys, train, "--test", test, "--label", "label")
    assert (result["auroc"], result["average_precision"]) == (None, None)
    assert "none of the 60 judged rows has a label" in result["unmeasured"]
    run = FinishedRun.open(workspace(), result["run"])
    assert result["judged"] == int(run.is_judged.sum()) == int(run.grid.rows(run.judged).sum()) == 60
    assert run.result["rows_judged"] == sum(run.result["parts"][part]["rows"] for part in run.judged) == 60


def test_noise_is_measured_on_the_judged_rows_alone(capsys, noise):
    train, test = noise("train.csv", 150, 10), noise("test.csv", 200, 100)
    result = trained(capsys, train, "--test", test, "--label", "label")
    assert 0.35 < result["auroc"] < 0.65
    assert result["judged"] == 200
    assert result["unmeasured"] == ""


def test_a_test_part_of_one_class_is_not_replaced_by_the_training_rows(capsys, noise):
    train, test = noise("train.csv", 150, 10), noise("test.csv", 60, 0)
    result = trained(capsys, train, "--test", test, "--label", "label")
    assert (result["auroc"], result["judged"]) == (None, 60)
    assert "all are normal" in result["unmeasured"]


def test_flagged_rows_among_the_training_rows_are_said(capsys):
    values = np.zeros(80)
    values[7] = 1000.0
    pd.DataFrame({"v": values, "w": RNG.normal(size=80).round(3)}).to_csv("spike.csv", index=False)
    code, out, _ = called(capsys, "train", "spike.csv", *FAST)
    assert code == 0
    (run,) = workspace().store.runs()
    parts = run.result["parts"]
    before = parts["train"]["flagged"] + parts["validation"]["flagged"]
    assert before >= 1
    # Without labels all rows are ranked together, and no flagged row is left out of the count.
    assert run.result["flagged"] == before + parts["test"]["flagged"]
    assert f"{run.result['flagged']} of 80 judged" in out
    judging = [note.text for note in run_notes(workspace(), run) if note.kind == "judging"]
    assert "No row has a label: all are ranked together, those that trained included." in judging


def test_where_nothing_is_kept_apart_all_rows_are_judged_and_it_is_said(capsys, noise):
    file = noise("all.csv", 100, 10)
    result = trained(capsys, file, "--label", "label", "--set", "split.test=0", "--set", "split.train_on=all")
    assert result["judged"] == 100
    assert any("No row was kept apart" in note["text"] for note in result["notes"])
