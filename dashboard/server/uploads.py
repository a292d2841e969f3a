"""Uploads of any size: a route that streams the request's body to disk, and the files that it has received.

Streamlit's own uploader keeps a file in the server's memory, twice. Here the body goes to a file in pieces, so that the
server's memory does not follow the file's size. A page hands its browser a ticket; only with one is anything
accepted, and the file that arrives is known to the page by a token.
"""

import asyncio
import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import DamagedError
from core.private import private_file, private_folder
from core.scratch import remove_abandoned
from core.settings import settings
from core.store.files.whole_files import beside, settle

if TYPE_CHECKING:
    from io import FileIO

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

PIECE = 1 << 20
"""Bytes that are gathered before they are written."""
IDLE_SECONDS = 60.0
"""An upload of which nothing arrives for so long is given up."""
LONGEST_SECONDS = 4 * 3600.0
"""An upload takes no longer than this in all, however slowly it trickles in."""
TICKET_SECONDS = 24 * 3600
LEFTOVER_SECONDS = 24 * 3600
FILE = "file"
"""The folder within an upload's own in which the file lies under its name: some kinds of data are known by that."""

_tickets: dict[str, float] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Upload:
    """A file that has arrived whole."""

    token: str
    name: str
    """The file's name on the user's machine, without its folder."""
    size: int
    path: Path


class UploadRefusedError(Exception):
    """The upload is not accepted; carries the HTTP status and the sentence for the user."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def issue_ticket() -> str:
    """A ticket that lets one browser session upload files for a day."""
    ticket = secrets.token_urlsafe(24)
    now = time.monotonic()
    with _lock:
        for old in [known for known, until in _tickets.items() if until < now]:
            del _tickets[old]
        _tickets[ticket] = now + TICKET_SECONDS
    return ticket


def ticket_is_valid(ticket: str) -> bool:
    """Whether this server has issued the ticket and it has not run out."""
    with _lock:
        return _tickets.get(ticket, 0.0) > time.monotonic()


def received(token: str) -> Upload | None:
    """The file that arrived under a token, or None when it is gone or never was."""
    folder = _folder(token)
    if folder is None or not (folder / "upload.json").is_file():
        return None
    facts = json.loads((folder / "upload.json").read_text(encoding="utf-8"))
    return Upload(token=token, name=facts["name"], size=facts["size"], path=_file(folder, facts["name"]))


def verify(upload: Upload) -> None:
    """Compare a file that arrived with its checksum before it is read.

    Raises
    ------
    DamagedError
        When it is not what was sent.
    """
    folder = _folder(upload.token)
    assert folder is not None
    said = json.loads((folder / "upload.json").read_text(encoding="utf-8")).get("sha256", "")
    with upload.path.open("rb") as file:
        # Uploads of an older version have none.
        if said and hashlib.file_digest(file, "sha256").hexdigest() != said:
            raise DamagedError(
                f"The uploaded file “{upload.name}” is not what was sent: the server's disk has changed it. Upload it "
                "again, and have the disk looked at."
            )


def discard(token: str) -> None:
    """Delete what arrived under a token."""
    folder = _folder(token)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def bind(token: str, dataset_id: str, part: str) -> None:
    """Remember which dataset the file became, so that it can be read again in another way while it is kept."""
    folder = _folder(token)
    if folder is not None and folder.is_dir():
        facts = {"dataset": dataset_id, "part": part}
        _write_facts(folder / "dataset.json", facts)


def kept_for(dataset_id: str) -> dict[str, Upload]:
    """The files that a dataset was read from, as far as they are still here: ``main`` and ``test``."""
    kept: dict[str, tuple[float, Upload]] = {}
    for note in root().glob("*/dataset.json"):
        with contextlib.suppress(OSError, ValueError):
            facts = json.loads(note.read_text(encoding="utf-8"))
            upload = received(note.parent.name)
            age = note.stat().st_mtime
            if facts["dataset"] == dataset_id and upload is not None and age >= kept.get(facts["part"], (0.0,))[0]:
                kept[facts["part"]] = (age, upload)
    return {part: upload for part, (_, upload) in kept.items()}


def discard_of(dataset_id: str) -> None:
    """Delete every file that a dataset was read from."""
    for note in root().glob("*/dataset.json"):
        with contextlib.suppress(OSError, ValueError):
            if json.loads(note.read_text(encoding="utf-8"))["dataset"] == dataset_id:
                discard(note.parent.name)


def remove_leftovers(older_than: float = LEFTOVER_SECONDS) -> None:
    """Delete uploaded files after a day."""
    remove_abandoned(root(), older_than)


def url() -> str:
    """The path to which the browser sends a file."""
    return f"{_base()}/upload"


def limit_sentence(limit_mb: int) -> str:
    """What is said on the page and in the refusal about the largest upload."""
    return f"{limit_mb / 1024:g} GB" if limit_mb >= 1024 else f"{limit_mb} MB"


def routes() -> "list[BaseRoute]":
    """Our own routes beside Streamlit's: the server's health and the upload."""
    from starlette.routing import Route

    return [
        Route(f"{_base()}/health", _health, methods=["GET"]),
        Route(f"{_base()}/upload", _upload, methods=["PUT"]),
    ]


async def _health(_: "Request") -> "Response":
    from importlib.metadata import PackageNotFoundError, version

    from starlette.responses import JSONResponse

    try:
        installed = version("anomalens")
    except PackageNotFoundError:
        installed = ""
    return JSONResponse({"status": "ok", "version": installed})


async def _upload(request: "Request") -> "Response":
    """Receive one file: ``PUT /upload?name=connections.csv`` with the file itself as the body."""
    from starlette.requests import ClientDisconnect
    from starlette.responses import JSONResponse, Response

    token = secrets.token_urlsafe(24)
    try:
        _check_sender(request)
        upload = await _receive(request, token)
    except UploadRefusedError as refused:
        discard(token)
        # The rest of the body is not read: the connection cannot carry another request.
        return JSONResponse({"error": refused.sentence}, status_code=refused.status, headers={"Connection": "close"})
    except ClientDisconnect:
        discard(token)
        return Response(status_code=499)
    except OSError as problem:
        discard(token)
        reason = problem.strerror or type(problem).__name__
        sentence = f"The server could not store the file ({reason}). Ask its operator to make room, then try again."
        return JSONResponse({"error": sentence}, status_code=507, headers={"Connection": "close"})
    return JSONResponse({"token": upload.token, "name": upload.name, "size": upload.size}, status_code=201)


def _check_sender(request: "Request") -> None:
    """Only a page of ours may send a file: same origin, Streamlit's XSRF cookie repeated in a header, and a ticket."""
    from streamlit.web.server.server_util import is_xsrf_enabled
    from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
    from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

    stranger = UploadRefusedError(
        403, "Files can be uploaded from this app's own pages only. Reload the page and try again."
    )
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise stranger
    origin = request.headers.get("origin")
    hosts = {request.headers.get("host", ""), request.headers.get("x-forwarded-host", "")}
    if origin and urlsplit(origin).netloc not in hosts:
        raise stranger
    if is_xsrf_enabled() and not validate_xsrf_token(
        request.headers.get("x-xsrftoken"), request.cookies.get(XSRF_COOKIE_NAME)
    ):
        raise stranger
    if not ticket_is_valid(request.headers.get("x-upload-ticket", "")):
        raise UploadRefusedError(403, "This page is out of date. Reload it, then upload the file again.")


async def _receive(request: "Request", token: str) -> Upload:
    name = Path(request.query_params.get("name", "").replace("\\", "/")).name[:200] or "data"
    limit_mb = settings().upload_limit_mb
    too_large = UploadRefusedError(
        413,
        f"“{name}” is larger than the {limit_sentence(limit_mb)} that this server accepts. Compress it (gz, zst, zip), "
        "upload a part of it, or ask the operator to raise ANOMALENS_UPLOAD_LIMIT_MB.",
    )
    limit = limit_mb << 20
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise too_large
    folder = root() / token
    private_folder(folder)
    received_bytes, digest = 0, hashlib.sha256()
    stored = folder / FILE / _stored_name(name)
    private_folder(stored.parent)
    with private_file(stored).open("wb", buffering=0) as file:
        async for piece in _pieces(request):
            received_bytes += len(piece)
            # Counted here too: the announced length may be missing or wrong.
            if received_bytes > limit:
                raise too_large
            await asyncio.to_thread(_write_whole, file, piece)
            digest.update(piece)
    if not received_bytes:
        raise UploadRefusedError(422, f"“{name}” is empty. Choose a file that holds data.")
    if stored.stat().st_size != received_bytes:
        raise OSError(errno.ENOSPC, f"{stored.stat().st_size:,} of {received_bytes:,} bytes were kept")
    said = {"name": name, "size": received_bytes, "sha256": digest.hexdigest()}
    _write_facts(folder / "upload.json", said)
    return Upload(token=token, path=stored, name=name, size=received_bytes)


def _write_facts(target: Path, facts: dict[str, Any]) -> None:
    """Write a small file whole or not at all: where it is, an upload has arrived."""
    content = json.dumps(facts).encode()
    with beside(target) as temporary:
        temporary.write_bytes(content)
        settle(temporary, len(content))
        temporary.replace(target)


async def _pieces(request: "Request") -> AsyncIterator[bytes]:
    """The body in pieces large enough that handing each to a thread costs nothing."""
    gathered = bytearray()
    async for chunk in _in_time(request):
        gathered += chunk
        if len(gathered) >= PIECE:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


async def _in_time(request: "Request") -> AsyncIterator[bytes]:
    """The body as it arrives; who sends too slowly would keep a file and a connection open without end."""
    stream, end = request.stream(), time.monotonic() + LONGEST_SECONDS
    while True:
        try:
            async with asyncio.timeout(min(IDLE_SECONDS, end - time.monotonic())):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise UploadRefusedError(
                408, "The upload stalled and was given up. Try again; compressed (gz, zst, zip), a file is sent sooner."
            ) from None
        yield chunk


def _write_whole(file: "FileIO", piece: bytes) -> None:
    """Write all of a piece: on a disk that is full for a moment the system takes a part of it and says how much."""
    rest = memoryview(piece)
    while rest:
        written = file.write(rest)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]


def root() -> Path:
    """The folder in which uploads arrive."""
    return settings().home / "uploads"


def _folder(token: str) -> Path | None:
    """The folder of a token; None for anything that could leave the folder of uploads."""
    if not token or not all(c.isalnum() or c in "-_" for c in token):
        return None
    return root() / token


def _stored_name(name: str) -> str:
    """A file's name as it can be kept on any disk: its ending stays, as kinds of data may be known by that."""
    plain = "".join("_" if c in '<>:"/\\|?*' or not c.isprintable() else c for c in name).strip(" .") or "data"
    ending = Path(plain).suffix[:20]
    stem = plain.removesuffix(ending) if ending else plain
    return stem.encode()[: 200 - len(ending.encode())].decode(errors="ignore") + ending


def _file(folder: Path, name: str) -> Path:
    stored = folder / FILE / _stored_name(name)
    # Uploads of an older version lie there without a name.
    return stored if stored.exists() else folder / "data"


def _base() -> str:
    from streamlit import config

    prefix = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""
