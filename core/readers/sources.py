"""Files on the server and behind addresses: only what the operator allows, and no more of it than an upload may have.

``ANOMALENS_ALLOWED_SOURCES`` lists folders and address prefixes. A folder allows what lies in it once links and ``..``
are resolved; a prefix allows what continues it at a boundary, and no redirect leads out of it.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import SplitResult, unquote, urlsplit

from core.errors import DataError
from core.readers.reading.report import Progress
from core.scratch import scratch_folder
from core.settings import Settings
from core.settings import settings as current_settings

_CHUNK = 1 << 20
_TIMEOUT_S = 30
_WEB = ("https", "http")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Fetched:
    """A source that lies on this machine now."""

    path: Path
    name: str
    """What the file is called."""


def check_source(address: str, settings: Settings | None = None) -> None:
    """Say nothing where the operator allows this address.

    Parameters
    ----------
    address
        A path on the server, or an address that begins with ``s3://`` or ``https://``.

    Raises
    ------
    DataError
        Where it is not allowed, or is no address at all.
    """
    _checked(address, settings or current_settings())


@contextmanager
def fetched(address: str, settings: Settings | None = None, progress: Progress | None = None) -> Iterator[Fetched]:
    """A file from an allowed source, as a file on this machine; a copy is deleted afterwards.

    Parameters
    ----------
    progress
        Called with the share that is here, where the size is known.

    Raises
    ------
    DataError
        Where the source is not allowed, cannot be reached, or is larger than an upload may be.
    """
    chosen = settings or current_settings()
    found = _checked(address, chosen)
    if isinstance(found, Path):
        yield Fetched(_local_file(found, address, chosen), found.name)
        return
    with scratch_folder(chosen.home / "reading") as folder:
        target = folder / "source"
        fetch = _fetch_web if found.scheme in _WEB else _fetch_object
        fetch(address, target, chosen, progress or (lambda _: None))
        yield Fetched(target, PurePosixPath(unquote(found.path)).name or found.netloc)


def _checked(address: str, settings: Settings) -> Path | SplitResult:
    """The path or the parts of an allowed address."""
    address = address.strip()
    if not address:
        raise DataError("A source must be a path on the server or an address. It is empty. Type one, or upload a file.")
    if "://" not in address:
        return _checked_path(address, settings)
    parts = _split(address)
    for allowed in settings.allowed_sources:
        if "://" in allowed and _continues(_split(allowed), parts):
            return parts
    raise _forbidden(address, settings)


def _checked_path(address: str, settings: Settings) -> Path:
    if "\x00" in address:
        raise _forbidden(address.replace("\x00", ""), settings)
    path = Path(address).expanduser()
    if not path.is_absolute():
        raise DataError(f"A path on the server must begin with a slash. Got {address!r}. Write the whole path.")
    # With its links followed, or a link in an allowed folder would lead anywhere.
    resolved = path.resolve()
    for allowed in settings.allowed_sources:
        if "://" not in allowed and resolved.is_relative_to(Path(allowed).expanduser().resolve()):
            return resolved
    raise _forbidden(address, settings)


def _forbidden(address: str, settings: Settings) -> DataError:
    if settings.allowed_sources:
        return DataError(
            f"The source {address!r} must lie in what the operator of this server allows: "
            f"{', '.join(settings.allowed_sources)}. Choose a file there, upload yours, or ask the operator to add it."
        )
    return DataError(
        f"The source {address!r} cannot be read: the operator of this server allows uploads only. Upload the file, or "
        "ask the operator to name its folder or address in ANOMALENS_ALLOWED_SOURCES."
    )


def _split(address: str) -> SplitResult:
    """The parts of an address, or an error for one that could be read in two ways."""
    if any(ord(character) <= 32 or character in '\\"<>^`{|}\x7f' for character in address):
        raise DataError(
            f"An address must not hold blanks or backslashes. Got {address!r}. Write them as %20 and so on."
        )
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise DataError(f"The address {address!r} must be complete, such as https://host/file.csv: {error}.") from None
    if parts.scheme not in (*_WEB, "s3"):
        raise DataError(f"An address must begin with https:// or s3://. Got {address!r}. Upload the file in its place.")
    steps = _unquoted(parts.path).replace("\\", "/").split("/")
    if not parts.hostname or "@" in parts.netloc or ".." in steps or "." in steps:
        raise DataError(
            f"An address must name a host, no user, and no step such as '..'. Got {address!r}. Write it out in full."
        )
    return parts


def _unquoted(path: str) -> str:
    """The path as a server may read it, which could decode more than once."""
    for _ in range(3):
        path = unquote(path)
    return path


def _continues(allowed: SplitResult, wanted: SplitResult) -> bool:
    """Whether an address lies below an allowed one; ``/data`` allows ``/data/x`` and not ``/database``."""
    if (allowed.scheme, allowed.hostname) != (wanted.scheme, wanted.hostname):
        return False
    if (allowed.port or _PORTS.get(allowed.scheme)) != (wanted.port or _PORTS.get(wanted.scheme)):
        return False
    base = allowed.path.rstrip("/")
    return wanted.path == base or wanted.path.startswith(f"{base}/")


def _local_file(path: Path, address: str, settings: Settings) -> Path:
    if not path.is_file():
        raise DataError(f"There is no file {address!r} on the server, or it is a folder. Check the spelling.")
    try:
        with path.open("rb"):
            pass
    except PermissionError:
        raise DataError(f"The server may not read {address!r}. Ask the operator to allow it.") from None
    _check_size(path.stat().st_size, address, settings)
    return path


def _check_size(size: int, address: str, settings: Settings) -> None:
    if size > settings.upload_limit_mb << 20:
        raise DataError(
            f"A file may have {settings.upload_limit_mb:,} MB on this server. {address!r} has {size / 2**20:,.1f} MB "
            "or more. Take fewer rows, pack it (zst, gz), or ask the operator to raise ANOMALENS_UPLOAD_LIMIT_MB."
        )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where the operator allows."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        try:
            _checked(newurl, self._settings)
        except DataError:
            host = urlsplit(newurl).netloc
            raise DataError(
                f"The address {req.full_url!r} leads on to {host!r}, which the operator of this server does not allow. "
                "Download the file yourself and upload it."
            ) from None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch_web(address: str, target: Path, settings: Settings, progress: Progress) -> None:
    opener = urllib.request.build_opener(_Redirects(settings))
    request = urllib.request.Request(address, headers={"User-Agent": "anomalens", "Accept-Encoding": "identity"})
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            size = int(answer.headers.get("Content-Length") or 0)
            copied = _copy(answer, target, size, address, settings, progress)
    except urllib.error.HTTPError as error:
        raise DataError(
            f"The address {address!r} answered {error.code} ({error.reason}). Check it in a browser, or upload "
            "the file."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise DataError(f"The address {address!r} cannot be reached: {why}. Check it, or upload the file.") from error
    if size and copied < size:
        raise DataError(f"The address {address!r} sent {copied:,} of {size:,} bytes and then nothing more. Try again.")


def _fetch_object(address: str, target: Path, settings: Settings, progress: Progress) -> None:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(address)
        size = int(filesystem.info(path).get("size") or 0)
        with filesystem.open(path, "rb") as remote:
            _copy(remote, target, size, address, settings, progress)
    except ImportError:
        raise DataError(
            "Reading from s3:// needs the package s3fs, which this server lacks. Ask the operator to install it."
        ) from None
    except FileNotFoundError:
        raise DataError(f"There is no object {address!r}. Check the spelling.") from None
    except DataError:
        raise
    except Exception as error:
        # Every object store has exceptions of its own.
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(f"The object {address!r} cannot be read: {why}. Check the address and the keys.") from error


def _copy(source: Any, target: Path, size: int, address: str, settings: Settings, progress: Progress) -> int:
    """Copy in pieces, and stop as soon as it is more than an upload may have."""
    _check_size(size, address, settings)
    copied = 0
    with target.open("wb") as out:
        while piece := source.read(_CHUNK):
            out.write(piece)
            copied += len(piece)
            _check_size(copied, address, settings)
            if size:
                progress(min(copied / size, 1.0))
    return copied
