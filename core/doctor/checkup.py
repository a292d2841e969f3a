"""Looks over a workspace: database, stored files and their checksums, orphans, leftovers. It changes nothing."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from core.doctor.findings import StoreFault
from core.errors import DamagedError, MissingError
from core.scratch import LONGEST_SECONDS, abandoned
from core.store.workspace import Workspace

SETTLED_SECONDS = 3600.0
"""Files are written before the store knows of them: nothing younger is called an orphan."""


def examine(space: Workspace, progress: Callable[[str], None] = lambda path: None) -> list[StoreFault]:
    """Everything that is not as it should be, the database first.

    Parameters
    ----------
    space
        The workspace; it may be at work meanwhile.
    progress
        Told the name of each file before it is read.
    """
    return [*_database(space), *_files(space, progress), *_runs(space), *_orphans(space), *leftovers(space)]


def _database(space: Workspace) -> Iterator[StoreFault]:
    try:
        problems = space.store.check()
    except SQLAlchemyError as error:
        problems = [str(getattr(error, "orig", None) or error).splitlines()[0]]
    for problem in problems:
        yield StoreFault("database", "database", f"The database is damaged: {problem}. Put it back from a copy.")


def _files(space: Workspace, progress: Callable[[str], None]) -> Iterator[StoreFault]:
    unsummed = []
    for path in space.artifacts.list():
        progress(path)
        try:
            if not space.artifacts.verify(path) and space.artifacts.has_sum(path):
                unsummed.append(path)
        except DamagedError as error:
            yield StoreFault("damaged", path, str(error))
        except MissingError:
            pass  # deleted since it was listed
    for path in space.artifacts.lost():
        yield StoreFault("missing", path, f"The file {path} is gone, and nothing of ours deleted it.")
    yield from _uploads(space)
    if unsummed:
        count = f"{len(unsummed):,} files have" if len(unsummed) > 1 else "One file has"
        yield StoreFault(
            "unsummed", unsummed[0], f"{count} no checksum, as earlier versions wrote none: {_listed(unsummed)}."
        )


def _uploads(space: Workspace) -> Iterator[StoreFault]:
    """Uploaded files that are not what was sent."""
    for note in sorted((space.settings.home / "uploads").glob("*/upload.json")):
        with suppress(OSError, ValueError, KeyError):
            said = json.loads(note.read_text(encoding="utf-8"))
            files = [file for file in (note.parent / "file").iterdir() if file.is_file()]
            with files[0].open("rb") as file:
                if said["sha256"] != hashlib.file_digest(file, "sha256").hexdigest():
                    sentence = f"The uploaded file {said['name']} is not what was sent. Upload it again."
                    yield StoreFault("damaged", str(note.parent), sentence)


def _runs(space: Workspace) -> Iterator[StoreFault]:
    lost = set(space.artifacts.lost())
    for run in space.store.runs():
        if run.problem:
            yield StoreFault("unreadable", run.id, f"Run {run.name} ({run.id}): {run.problem}")
        elif run.state == "done":
            for name in ("scores.parquet", "result.json", "model.json"):
                path = f"runs/{run.id}/{name}"
                if not space.artifacts.exists(path) and path not in lost:
                    yield StoreFault("missing", path, f"Run {run.name} ({run.id}) is done and has no file {name}.")
    for dataset in space.store.datasets():
        if not space.artifacts.list(f"datasets/{dataset.id}"):
            path = f"datasets/{dataset.id}/data.parquet"
            if path not in lost:
                yield StoreFault("missing", path, f"The rows of the dataset {dataset.name} ({dataset.id}) are gone.")


def _orphans(space: Workspace) -> Iterator[StoreFault]:
    known = {"runs": space.store.run_ids(), "datasets": {one.id for one in space.store.datasets()}}
    known["searches"] = {one.id for one in space.store.searches()}
    folders = {tuple(path.split("/")[:2]) for path in space.artifacts.list() if path.count("/") >= 2}
    for kind, id in sorted(folders):
        if id not in known.get(kind, {id}) and space.artifacts.age(f"{kind}/{id}") > SETTLED_SECONDS:
            yield StoreFault(
                "orphan", f"{kind}/{id}", f"The folder {kind}/{id} belongs to nothing that the store knows."
            )


def leftovers(space: Workspace) -> list[StoreFault]:
    """What processes that ended left behind, and uploads that nobody read within a day."""
    found = [str(path) for path in space.artifacts.half_written()]
    for name in ("reading", "scratch"):
        found += [str(path) for path in abandoned(space.settings.home / name)]
    uploads = space.settings.home / "uploads"
    with suppress(OSError):
        found += [str(path) for path in sorted(uploads.iterdir()) if _age(path) > LONGEST_SECONDS]
    return [StoreFault("leftover", path, f"{path} was left behind.") for path in found]


def _age(path: Path) -> float:
    return time.time() - path.lstat().st_mtime


def _listed(paths: list[str]) -> str:
    shown = ", ".join(paths[:3])
    return shown + (f" and {len(paths) - 3:,} more" if len(paths) > 3 else "")
