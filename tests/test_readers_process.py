"""A file is read in a process of its own: within its limits, ended at once, and no harm to who asked."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
import reading_tasks
from waiting import until

from core.errors import AbsentPartError, DataError
from core.readers import read_table
from core.readers.process import requests, server
from core.readers.process.limits import Limits
from core.readers.process.run import Spent, run_apart

ROOT = Path(__file__).parents[1]
FEW = Limits(memory_mb=400, disk_mb=20, seconds=300.0)


def run(task, folder: Path, **options):
    """One of the tasks, within narrow limits."""
    return run_apart(f"{reading_tasks.__name__}:{task.__name__}", "odd.csv", {}, folder, **{"limits": FEW, **options})


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (reading_tasks.crash, r"'odd.csv' is damaged in a way that ended the process that read it \(SIGSEGV\)"),
        (reading_tasks.stop, "'odd.csv' is damaged in a way that ended the process"),
        (reading_tasks.grow, r"Reading 'odd.csv' takes more than .* of memory .*ANOMALENS_READ_MEMORY_MB"),
        (reading_tasks.reserve, "Reading 'odd.csv' takes more than .* of memory"),
        (reading_tasks.fill, "Reading 'odd.csv' takes more than .* of disk .*ANOMALENS_READ_DISK_MB"),
        (reading_tasks.open_files, "'odd.csv' needs more files open at once"),
        (reading_tasks.nest, "The values of 'odd.csv' are nested too deeply"),
        (reading_tasks.surprise, r"'odd.csv' cannot be read \(AttributeError: .*\)\. It may be damaged: save it"),
    ],
)
def test_whatever_a_reading_does_it_ends_in_a_sentence(tmp_path, task, sentence):
    with pytest.raises(DataError, match=sentence):
        run(task, tmp_path)


def test_a_single_file_may_not_be_larger_than_the_disk_that_is_allowed(tmp_path):
    with pytest.raises(DataError, match=r"more than .* of disk"):
        run_apart("reading_tasks:write", "odd.csv", {"bytes": 30 << 20}, tmp_path, limits=FEW)
    assert (tmp_path / "one").stat().st_size <= 20 << 20


def test_a_reading_that_takes_too_long_is_ended(tmp_path):
    with pytest.raises(DataError, match=r"Reading 'odd.csv' takes longer than .*ANOMALENS_READ_MINUTES"):
        run(reading_tasks.hang, tmp_path, limits=Limits(400, 20, seconds=0.2))


class _CancelledError(Exception):
    pass


def test_a_cancelled_reading_is_gone_when_the_call_returns(tmp_path):
    def cancel(share: float) -> None:
        if (tmp_path / reading_tasks.PID).is_file() and (tmp_path / reading_tasks.PID).read_text():
            raise _CancelledError

    with pytest.raises(_CancelledError):
        run(reading_tasks.hang, tmp_path, progress=cancel)
    assert not psutil.pid_exists(int((tmp_path / reading_tasks.PID).read_text()))


def test_nothing_of_a_cancelled_file_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(requests, "READ_FILE", "reading_tasks:hang")
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    out = tmp_path / "out" / "rows.parquet"

    def cancel(share: float) -> None:
        if list(out.parent.glob(f"*/{reading_tasks.PID}")):
            raise _CancelledError

    with pytest.raises(_CancelledError):
        read_table(tmp_path / "rows.csv", out, progress=cancel)
    assert list(out.parent.iterdir()) == []


def test_each_file_has_a_process_of_its_own_and_hands_back_plain_values(tmp_path):
    spent, shares = Spent(), []
    found = [
        run_apart("reading_tasks:about", "odd.csv", {"said": ["ä", 1.5, None]}, tmp_path, shares.append, spent=spent)
        for _ in range(2)
    ]
    assert len({one["pid"] for one in found} | {os.getpid()}) == 3
    assert [one["said"] for one in found] == [["ä", 1.5, None]] * 2
    assert 0.5 in shares
    assert spent.seconds > 0
    assert spent.memory_mb > 1


def test_a_fork_server_that_was_killed_is_started_anew(tmp_path):
    first = run_apart("reading_tasks:about", "odd.csv", {}, tmp_path)
    with server._lock:
        process = server._running()._process
    process.kill()
    process.wait()
    assert run_apart("reading_tasks:about", "odd.csv", {}, tmp_path)["pid"] != first["pid"]


def test_readings_end_with_the_fork_server(tmp_path):
    """Whoever loses the fork server loses what it had read, and is told."""
    caught: list[BaseException] = []

    def read() -> None:
        try:
            run(reading_tasks.hang, tmp_path)
        except DataError as error:
            caught.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    until(lambda: (tmp_path / reading_tasks.PID).is_file() and (tmp_path / reading_tasks.PID).read_text(), "it reads")
    server.end()
    thread.join()
    assert "ended the process that read it" in str(caught[0])
    pid = int((tmp_path / reading_tasks.PID).read_text())
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, "it is gone")


def test_the_kind_of_a_refusal_comes_back(tmp_path):
    import io
    import zipfile

    from core.readers import ReadOptions

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    (tmp_path / "two.zip").write_bytes(packed.getvalue())
    with pytest.raises(AbsentPartError, match=r"no file 'c\.csv'"):
        read_table(tmp_path / "two.zip", tmp_path / "out.parquet", options=ReadOptions(sheet="c.csv"))


def test_who_asks_for_a_file_parses_nothing_of_it(tmp_path):
    import openpyxl

    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b"])
    workbook.active.append([1, 2])
    workbook.save(tmp_path / "rows.xlsx")
    code = (
        "import sys; from pathlib import Path; from core.readers import read_table; "
        "from core.modalities.recognise import recognise; "
        "file = Path('rows.xlsx'); print(recognise([file])[0], read_table(file, 'out.parquet').rows); "
        "print([name for name in ('openpyxl', 'duckdb', 'pyarrow', 'lxml', 'h5py') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[:2] == ["tabular 1", "[]"]
    assert said.stderr == ""
