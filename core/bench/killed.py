"""What a process does that is about to be killed: a step of the product's work, in a workspace of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from core.settings import Settings

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

# What stands above the benchmarks, dashboard and command line, is found by its name.
PRELOADED = (
    "core.bench.killed",
    "core.detector.experiment",
    "core.detector.rescore",
    "core.jobs.worker",
    "core.modalities.recognise",
    "core.modalities.tabular",
    "core.export.report",
    "alembic.command",
)
"""What the process that all others are forked from has loaded, so that none of them spends its life on imports."""
SCORE = "whitened"
TOKEN = "killed"
_PIECE = 1 << 16


def act(kind: str, settings: Settings, what: str, begun: Event) -> None:
    """Do one kind of work; ``begun`` is set right before the part that is worth being killed in."""
    ACTIONS[kind](settings, what, begun)


def _upload(settings: Settings, what: str, begun: Event) -> None:
    """Receive a file as the dashboard's route does."""
    os.environ["ANOMALENS_HOME"] = str(settings.home)
    content = Path(what).read_bytes()

    async def stream() -> AsyncIterator[bytes]:
        for start in range(0, len(content), _PIECE):
            yield content[start : start + _PIECE]
            await asyncio.sleep(0)

    uploads: Any = import_module("dashboard.server.uploads")
    uploads.PIECE = _PIECE
    begun.set()
    request = SimpleNamespace(query_params={"name": "table.csv"}, headers={}, stream=stream)
    asyncio.run(uploads._receive(request, TOKEN))


def _reading(settings: Settings, what: str, begun: Event) -> None:
    from core.modalities.recognise import ingest
    from core.store.workspace import open_workspace

    space = open_workspace(settings)
    begun.set()
    ingest(space, [Path(what)], name="table.csv")


def _run(settings: Settings, what: str, begun: Event) -> None:
    from core.jobs import training_job
    from core.jobs.worker import run_job

    training_job.CHECKPOINT_SECONDS = 0.05
    begun.set()
    run_job(what, settings)


def _derived(settings: Settings, what: str, begun: Event) -> None:
    from core.jobs.derived.score import DerivedScore
    from core.jobs.derived.work import derive_here
    from core.results.finished_run import FinishedRun
    from core.store.workspace import open_workspace

    run = FinishedRun.open(open_workspace(settings), what)
    begun.set()
    derive_here(run, DerivedScore(SCORE))


def _report(settings: Settings, what: str, begun: Event) -> None:
    cli = import_module("core.cli")
    os.environ["ANOMALENS_HOME"] = str(settings.home)
    begun.set()
    with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
        cli.main(["report", what, "--out", str(settings.home / "report.html")])


def _migration(settings: Settings, what: str, begun: Event) -> None:
    from core.store.workspace import open_workspace

    begun.set()
    open_workspace(settings)


ACTIONS: dict[str, Any] = {
    "upload": _upload,
    "reading": _reading,
    "training": _run,
    "checkpoint": _run,
    "scoring": _run,
    "derived": _derived,
    "report": _report,
    "migration": _migration,
}
"""Kind of work -> what a process does."""
