"""`anomalens verdicts` as people and scripts call it, and the benchmark that says what verdicts are worth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from run_fixture import WrittenRun, write_run

from core.bench import BENCHES
from core.bench import triage as bench
from core.cli import main
from core.errors import ConfigError
from core.store.workspace import open_workspace


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WrittenRun:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return write_run(open_workspace(), 400)


def called(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["verdicts", *words])
    printed = capsys.readouterr()
    return int(end.value.code or 0), printed.out, printed.err


def test_verdicts_are_given_taken_back_and_told(run: WrittenRun, capsys: pytest.CaptureFixture[str]):
    top = [int(row) for row in np.argsort(-run.scores) if run.parts[row] == "test"][:2]
    words = ["--add", f"{top[0]}=anomaly", "--add", f"{top[1]}=NORMAL", "--comment", "seen it", "--author", "Ada"]
    code, out, err = called(capsys, run.run_id, *words, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["judged"], told["flagged_judged"]) == (2, 2)
    assert (told["precision"]["anomalies"], told["precision"]["decided"]) == (1, 2)
    assert told["flagged"] == ((run.scores > run.threshold) & (run.parts == "test")).sum()
    by_row = {one["row"]: one for one in told["verdicts"]}
    assert (by_row[top[1]]["verdict"], by_row[top[1]]["comment"]) == ("normal", "seen it")
    assert by_row[top[0]]["score"] == run.scores[top[0]]
    called(capsys, run.run_id, "--add", f"{top[0]}=normal", "--author", "Bob")
    code, out, _ = called(capsys, run.run_id)
    assert code == 0
    assert "Ada: anomaly" in out
    assert "disagreed" in out
    code, out, _ = called(capsys, run.run_id, "--undo", str(top[0]), "--author", "Bob", "--json")
    assert {one["row"]: one["verdict"] for one in json.loads(out)["verdicts"]} == {top[0]: "anomaly", top[1]: "normal"}


def test_verdicts_are_written_to_a_file_and_found_again_on_a_second_upload(
    run: WrittenRun, capsys: pytest.CaptureFixture[str]
):
    called(capsys, run.run_id, "--add", "3=unsure", "--tag", "=later")
    for name in ("out.csv", "out.parquet"):
        assert called(capsys, run.run_id, "--export", name)[0] == 0
    assert "'=later" in Path("out.csv").read_text(encoding="utf-8-sig")
    assert pd.read_parquet("out.parquet")["tag"].tolist() == ["=later"]
    again = write_run(open_workspace(), 400, name="Again")
    _, out, _ = called(capsys, again.run_id)
    assert "1 verdict on the same rows in another dataset; --adopt takes them over." in out
    told = json.loads(called(capsys, again.run_id, "--adopt", "--json")[1])
    assert ([one["row"] for one in told["verdicts"]], told["elsewhere"]) == ([3], 0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--add", "3"], "must have the form ROW=VERDICT"),
        (["--add", "3=odd"], "A verdict is anomaly, normal or unsure"),
        (["--add", "400=normal"], "There is no row 400. Rows are counted from 0 to 399."),
        (["--undo", "7"], "There is no verdict on row 7"),
        (["--comment", "why"], "belongs to a verdict"),
        (["--export", "out.xlsx"], "written as .csv or .parquet"),
    ],
)
def test_a_mistake_is_one_line_with_the_remedy(run: WrittenRun, capsys, words: list[str], sentence: str):
    code, out, err = called(capsys, run.run_id, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err


@pytest.mark.parametrize("words", [[], ["--add", "3=normal"], ["--json"]])
def test_without_its_dataset_or_with_another_one_a_sentence_says_so(run: WrittenRun, capsys, words: list[str]):
    space = open_workspace()
    local = Path("other.parquet")
    run.frame.head(100).to_parquet(local)
    space.artifacts.put_file(local, f"datasets/{run.dataset_id}/data.parquet")
    code, out, err = called(capsys, run.run_id, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "It has 100 now. Train again." in err
    space.artifacts.delete(f"datasets/{run.dataset_id}")
    code, out, err = called(capsys, run.run_id, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "There is no file" in err
    assert "put it back" in err


def test_the_benchmark_compares_the_rows_that_nobody_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(0)
    kind = np.repeat([0, 1, 2], [500, 30, 40])
    x = rng.normal(size=(570, 4)) + np.array([[0, 0, 0, 0], [4, 4, 0, 0], [0, 0, 4, -4]])[kind]
    frame = pd.DataFrame(x, columns=list("abcd")).assign(label=(kind == 1).astype(int))
    frame.to_csv(tmp_path / "groups.csv", index=False)
    pd.DataFrame({"a": [1.5, 2.5]}).to_csv(tmp_path / "unlabelled.csv", index=False)
    measured: list = []
    original = bench._worth
    monkeypatch.setattr(bench, "_worth", lambda *a: measured.append(original(*a)) or measured[-1])
    found = BENCHES["triage"](data=str(tmp_path), sets="all", seeds=1, preset="Power-of-two dense")
    assert [(line["set"], line["order"]) for line in found["table"]] == [("groups", "teach"), ("groups", "score")]
    for line, one in zip(found["table"], measured, strict=True):
        assert (line["rows"], line["anomalies"]) == (570, 30)
        assert line["gain"] == round(one.after - one.before, 4) > 0
    with pytest.raises(ConfigError, match="no set called"):
        BENCHES["triage"](data=str(tmp_path), sets="nothing")
    with pytest.raises(ConfigError, match="no order called"):
        BENCHES["triage"](data=str(tmp_path), sets="all", orders="alphabet")
    with pytest.raises(ConfigError, match="Say --data DIR"):
        BENCHES["triage"]()
