"""Uploaded files that are being read into datasets, each by a thread of its own.

A page looks in from time to time. A rerun, a reloaded page or a closed browser disturbs none of them, and the address
``?reading=…`` finds one again.
"""

import itertools
import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import AnomalensError
from dashboard.server import uploads

if TYPE_CHECKING:
    from core.store.records import Dataset
    from core.store.workspace import Workspace

AT_ONCE = 2
"""Files that are read at the same time; the others wait for their turn."""
KEPT_SECONDS = 3600.0


@dataclass(frozen=True)
class ReadRequest:
    """What shall be read: tokens of uploads, or an address that the operator allows, and the user's word about it."""

    main: str = ""
    second: str = ""
    address: str = ""
    second_address: str = ""
    second_is: str = "test"
    options: Mapping[str, Any] = field(default_factory=dict)
    modality: str = ""
    """The kind of data that it is read as; recognised where it is empty."""
    reading: Mapping[str, Any] = field(default_factory=dict)
    """How rows become samples of that kind."""
    replaces: str = ""
    """The id of the dataset that is read in another way."""


@dataclass
class ReadTask:
    """One file, or pair of files, and how far it is."""

    id: str
    request: ReadRequest
    name: str
    share: float = 0.0
    state: str = "waiting"
    """waiting, reading, done, failed or cancelled."""
    sentence: str = ""
    """What went wrong, for the user."""
    dataset_id: str = ""
    touched: float = field(default_factory=time.monotonic)
    cancelled: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing happens any more."""
        return self.state in {"done", "failed", "cancelled"}


class _CancelledError(Exception):
    pass


_tasks: dict[str, ReadTask] = {}
_lock = threading.Lock()
_turn = threading.BoundedSemaphore(AT_ONCE)


def start(space: "Workspace", request: ReadRequest) -> ReadTask:
    """Begin to read; returns at once."""
    upload = uploads.received(request.main)
    name = upload.name if upload else request.address.rstrip("/").rsplit("/", 1)[-1]
    reading = ReadTask(secrets.token_urlsafe(16), request, name)
    with _lock:
        for old in [r.id for r in _tasks.values() if r.over and time.monotonic() - r.touched > KEPT_SECONDS]:
            del _tasks[old]
        _tasks[reading.id] = reading
    threading.Thread(target=_work, args=(space, reading), name="reading", daemon=True).start()
    return reading


def find(reading_id: str) -> ReadTask | None:
    """A reading by its id; None when it is forgotten or never was."""
    with _lock:
        return _tasks.get(reading_id)


def cancel(reading_id: str) -> None:
    """End a reading; nothing of it stays."""
    reading = find(reading_id)
    if reading is None:
        return
    with _lock:
        reading.cancelled = True
        if reading.state == "waiting":
            reading.state = "cancelled"


def _work(space: "Workspace", reading: ReadTask) -> None:
    with _turn:
        with _lock:
            if reading.over:
                return
            reading.state = "reading"
        try:
            reading.dataset_id = _ingest(space, reading)
            reading.share, reading.state = 1.0, "done"
        except _CancelledError:
            reading.state = "cancelled"
        except AnomalensError as problem:
            reading.sentence, reading.state = str(problem), "failed"
        except Exception as problem:
            reading.sentence = _sentence(reading.name, problem)
            reading.state = "failed"
        # Only seen here: an exception of the callback is turned into a refusal by some readers.
        if reading.cancelled and reading.state == "failed":
            reading.state = "cancelled"
        reading.touched = time.monotonic()


def _ingest(space: "Workspace", reading: ReadTask) -> str:
    from core.modalities.recognise import ingest
    from core.readers import ReadOptions

    request = reading.request

    def progress(share: float) -> None:
        if reading.cancelled:
            raise _CancelledError
        reading.share = share

    options: dict[str, Any] = {
        "second_is": request.second_is,
        "options": ReadOptions.from_dict(request.options),
        "replaces": request.replaces,
        "modality": request.modality,
        "reading": request.reading,
        "progress": progress,
    }
    if request.address:
        return _ingest_address(space, request, options)
    main, second = uploads.received(request.main), uploads.received(request.second)
    if main is None or (request.second and second is None):
        from core.errors import DataError

        raise DataError("The uploaded file is no longer here: the server keeps it for a day. Upload it again.")
    for upload in filter(None, (main, second)):
        uploads.verify(upload)
    files = [main.path]
    if second is not None:
        files.append(second.path)
        options["test_name"] = second.name
    dataset = ingest(space, files, name=main.name, **options)
    if not request.replaces:
        _number_name(space, dataset)
    for upload in (main, second):
        if upload is not None:
            uploads.bind(upload.token, dataset.id, "test" if upload is second else "main")
    return dataset.id


def _number_name(space: "Workspace", dataset: "Dataset") -> None:
    """Number a dataset whose name is taken: the same file is often uploaded twice."""
    taken = {other.name for other in space.store.datasets() if other.id != dataset.id}
    if dataset.name in taken:
        number = next(n for n in itertools.count(2) if f"{dataset.name} ({n})" not in taken)
        space.store.update_dataset(dataset.id, name=f"{dataset.name} ({number})")


def _ingest_address(space: "Workspace", request: ReadRequest, options: dict[str, Any]) -> str:
    """Read what the operator allows to be read from the server's side; a copy of it is deleted afterwards."""
    from core.modalities.recognise import ingest
    from core.readers.sources import fetched

    progress = options.pop("progress")
    addresses = [address for address in (request.address, request.second_address) if address]
    # Remote files are fetched first; those on this machine begin to be read at once.
    fetching = 0.5 if any("://" in address for address in addresses) else 0.0
    with ExitStack() as kept:
        found = []
        for index, address in enumerate(addresses):

            def fetch(share: float, index: int = index) -> None:
                progress(fetching * (index + share) / len(addresses))

            found.append(kept.enter_context(fetched(address, progress=fetch)))
        source, *second = found
        if second:
            options["test_name"] = second[0].name
        dataset = ingest(
            space,
            [file.path for file in found],
            name=source.name,
            origin=request.address,
            progress=lambda share: progress(fetching + (1 - fetching) * share),
            **options,
        )
    _number_name(space, dataset)
    return dataset.id


def _sentence(name: str, problem: Exception) -> str:
    if isinstance(problem, MemoryError):
        return f"“{name}” needs more memory than the server has. Upload a part of it, or save it as Parquet."
    if isinstance(problem, OSError) and shutil.disk_usage(uploads.root().parent).free < 50_000_000:
        return f"The server's disk is full, so that “{name}” could not be read. Ask its operator to make room."
    return (
        f"“{name}” could not be read ({type(problem).__name__}: {problem}). "
        "Save it as CSV or Parquet and upload that, or set the reading options below."
    )
