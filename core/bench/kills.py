"""Benchmark of kills: SIGKILL at random moments of what writes, then the same again, compared bit for bit."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.bench import BENCHES, Result
from core.bench.killed import ACTIONS, PRELOADED, SCORE, TOKEN, act

if TYPE_CHECKING:
    from core.settings import Settings
    from core.store.workspace import Workspace

OLD = "0003"
"""The revision that a database is brought up from."""
_ROWS, _EPOCHS = 1500, 12
_LONGEST_SECONDS = 300.0


@BENCHES.register("kills")
def kills(*, kills: int = 100, seed: int = 1, rows: int = _ROWS, only: str = "") -> Result:
    """What is left when uploads, readings, trainings, scorings, reports and migrations are killed at random moments.

    After each SIGKILL the work is taken up again as the product does, and its outcome is compared with that of an
    undisturbed one to the last bit; then the doctor looks over the workspace. ``only`` names one kind of work.
    """
    kinds = [kind for kind in ACTIONS if only in ("", kind)]
    rng, outcomes, worst = random.Random(seed), [], []
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    with tempfile.TemporaryDirectory(prefix="anomalens-kills-") as folder:
        bench = _Bench(Path(folder), context, rows)
        for number in range(kills):
            kind = kinds[number % len(kinds)]
            alive, outcome = bench.kill(kind, rng.random())
            outcomes.append((kind, alive, outcome))
            if outcome not in _GOOD:
                worst.append({"number": number, "kind": kind, "outcome": outcome})
    table = []
    for kind in kinds:
        ones = [(alive, outcome) for known, alive, outcome in outcomes if known == kind]
        found = Counter(outcome for _, outcome in ones)
        good = {name: found.pop(name, 0) for name in _GOOD}
        table.append({"work": kind, "kills": len(ones), "while at it": sum(a for a, _ in ones), **good, **found})
    return {"kills": kills, "seed": seed, "lost": len(worst), "table": table, "what_was_lost": worst}


_HALF = "not whole"
_GOOD = ("bit-identical", "said")


class _Bench:
    """A folder with what is killed, and what undisturbed work came to."""

    def __init__(self, folder: Path, context: Any, rows: int) -> None:
        self._folder, self._context = folder, context
        self._table = folder / "table.csv"
        self._table.write_text(_csv(rows), encoding="utf-8")
        self._known: dict[str, tuple[str, float]] = {}
        self._count = 0
        self._finished = self._prepared()

    def kill(self, kind: str, moment: float) -> tuple[bool, str]:
        """Kill one kind of work at a moment of its usual time, 0 to 1; whether it was at it, and what became of it."""
        as_work = "training" if kind in ("checkpoint", "scoring") else kind
        if as_work not in self._known:
            settings, what = self._begin(kind)
            seconds = self._execute(kind, settings, what, None)
            self._known[as_work] = (self._outcome(as_work, settings, what), seconds)
            assert self._known[as_work][0] != _HALF, "undisturbed, a report is whole"
            shutil.rmtree(settings.home)
        known, seconds = self._known[as_work]
        settings, what = self._begin(kind)
        # The checkpoints fill the training, the scoring is its end.
        share = 0.7 + 0.3 * moment if kind == "scoring" else moment
        alive = self._execute(kind, settings, what, share * seconds) < 0
        said = self._taken_up(kind, settings, what)
        outcome = said or ("bit-identical" if self._outcome(as_work, settings, what) == known else "another outcome")
        harm = self._harm(kind, settings)
        shutil.rmtree(settings.home, ignore_errors=True)
        return alive, harm or outcome

    def _execute(self, kind: str, settings: Settings, what: str, kill_after: float | None) -> float:
        """Let a process do it; its seconds, or -1 if it was killed while at it."""
        begun = self._context.Event()
        process = self._context.Process(target=act, args=(kind, settings, what, begun))
        process.start()
        begun.wait(_LONGEST_SECONDS)
        begin = time.monotonic()
        process.join(_LONGEST_SECONDS if kill_after is None else kill_after)
        killed = process.exitcode is None
        if killed:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            process.join()
        return -1.0 if killed else time.monotonic() - begin

    def _begin(self, kind: str) -> tuple[Settings, str]:
        """A workspace in which a kind of work is about to begin, and what it is about."""
        self._count += 1
        home = self._folder / f"home{self._count}"
        settings = _settings(home)
        if kind in ("upload", "reading"):
            with _opened(settings):
                return settings, str(self._table)
        if kind == "migration":
            home.mkdir()
            _old_database(settings)
            return settings, ""
        shutil.copytree(self._finished[0], home)
        if kind in ("derived", "report"):
            return settings, self._finished[1]
        with _opened(settings) as space:
            run = space.store.create_run(self._finished[2], _recipe(), "Killed")
        return settings, run.id

    def _taken_up(self, kind: str, settings: Settings, what: str) -> str:
        """What the product does when it finds that somebody is gone; what it says where it gives up."""
        if kind == "upload":
            if not (settings.home / "uploads" / TOKEN / "upload.json").exists():
                shutil.rmtree(settings.home / "uploads", ignore_errors=True)
                self._execute(kind, settings, what, None)
            return ""
        if kind in ("training", "checkpoint", "scoring"):
            with _opened(settings) as space:
                lease = space.store.lease(what)
                if lease is not None and lease.state == "running":
                    from core.jobs.supervisor import Supervisor

                    Supervisor(space, lambda lease: True, lambda run_id: True).bring_back(lease, died=True)
        if kind == "reading":
            with _opened(settings) as space:
                if space.store.datasets():
                    return ""
        self._execute(kind, settings, what, None)
        if kind in ("training", "checkpoint", "scoring"):
            with _opened(settings) as space:
                run = space.store.run(what)
                return "said" if run.state == "failed" and run.reason else ""
        return ""

    def _outcome(self, kind: str, settings: Settings, what: str) -> str:
        """A digest of what a kind of work came to."""
        home = settings.home
        if kind == "upload":
            return _digest([path for path in sorted((home / "uploads").rglob("*")) if path.is_file()])
        if kind == "report":
            page = (home / "report.html").read_text(encoding="utf-8") if (home / "report.html").exists() else ""
            return "whole" if page.rstrip().endswith("</html>") else _HALF
        with _opened(settings) as space:
            if kind == "reading":
                return _digest(
                    [space.artifacts.local(f"datasets/{one.id}/data.parquet") for one in space.store.datasets()]
                )
            if kind == "migration":
                return repr(space.store.datasets())
            folder = f"runs/{what}/scores/{SCORE}" if kind == "derived" else f"runs/{what}"
            names = ("scores.parquet", "explanations.parquet")
            losses = [] if kind == "derived" else [one["train"]["loss"] for one in space.store.epochs(what)]
            return _digest([space.artifacts.local(f"{folder}/{name}") for name in names], repr(losses))

    def _harm(self, kind: str, settings: Settings) -> str:
        """What the doctor finds of it besides leftovers, in a word."""
        from core.doctor.checkup import examine

        with _opened(settings) as space:
            # The datasets of the old database have no files.
            found = [
                one for one in examine(space) if one.kind == "database" or not (one.harmless or kind == "migration")
            ]
        return f"harm: {found[0].sentence}" if found else ""

    def _prepared(self) -> tuple[Path, str, str]:
        """A workspace with a dataset and a finished run, to be copied: its folder and both ids."""
        settings = _settings(self._folder / "finished")
        with _opened(settings):
            self._execute("reading", settings, str(self._table), None)
        with _opened(settings) as space:
            dataset = space.store.datasets()[0].id
            run = space.store.create_run(dataset, _recipe(), "Finished").id
        self._execute("training", settings, run, None)
        with _opened(settings) as space:
            assert space.store.run(run).state == "done", space.store.run(run).reason
        return settings.home, run, dataset


@contextmanager
def _opened(settings: Settings) -> Iterator[Workspace]:
    """A workspace whose database is given back at the end."""
    from core.store.workspace import open_workspace

    space = open_workspace(settings)
    try:
        yield space
    finally:
        space.store.close()


def _settings(home: Path) -> Settings:
    from core.settings import settings

    return replace(
        settings(), home=home, database_url=f"sqlite:///{home / 'anomalens.db'}", storage=str(home / "storage")
    )


def _recipe() -> Any:
    from core.recipe import Recipe

    training = {"epochs": _EPOCHS, "batch_size": 64}
    return Recipe.from_dict({"model_settings": {"hidden_dims": [16], "dropout": 0.1}, "training": training})


def _old_database(settings: Settings) -> None:
    """A database as an earlier revision left it, with datasets in it."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, text

    import core.store

    config = Config()
    config.set_main_option("script_location", str(Path(core.store.__file__).parent / "migrations"))
    engine = create_engine(settings.database_url)
    insert = (
        "INSERT INTO datasets (id, name, source, rows, test_rows, columns, schema, report, created_at) "
        "VALUES (:id, :id, 'x.csv', 3, 0, 2, '{}', '{}', '2026-01-01 00:00:00.000000')"
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
        connection.execute(text(insert), [{"id": f"old{n}"} for n in range(200)])
    engine.dispose()


def _csv(rows: int) -> str:
    rng = random.Random(0)
    lines = (",".join(f"{rng.gauss(0, 1):.6f}" for _ in range(6)) for _ in range(rows))
    return "\n".join(["a,b,c,d,e,f", *lines]) + "\n"


def _digest(files: list[Path], more: str = "") -> str:
    found = hashlib.sha256(more.encode())
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()
