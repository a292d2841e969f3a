"""The files that a command is given: the user's own, or an address that the operator allows."""

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DataError

if TYPE_CHECKING:
    from core.readers.sources import Fetched


def check_file(source: str, *, folders: bool = False) -> None:
    """Say at once when a file is not there, or an address is not allowed; a folder is none unless ``folders``.

    Raises
    ------
    DataError
        With a near miss where there is one.
    """
    if "://" in source:
        from core.readers.sources import check_source

        check_source(source)
        return
    path = Path(source).expanduser()
    if path.is_file():
        return
    if path.is_dir() and folders:
        if not files_in(path):
            raise DataError(f"The folder {source} holds no file. Name another.")
        return
    if path.is_dir():
        raise DataError(f"{source} is a folder. Name one file in it.")
    near = difflib.get_close_matches(path.name, _files_beside(path), n=1)
    hint = f"Did you mean {path.parent / near[0]}?" if near else "Check the spelling and the folder."
    raise DataError(f"There is no file {source}. {hint}")


def files_in(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, in the order of their names; hidden ones are left out."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))


def is_folder(source: str) -> bool:
    """Whether a source is a folder on this machine."""
    return "://" not in source and Path(source).expanduser().is_dir()


def named_files(sources: Sequence[str]) -> dict[str, Path]:
    """The files of some sources by name, folders opened: a file in a folder by its place there."""
    found: dict[str, Path] = {}
    for source in sources:
        path = Path(source).expanduser()
        own = (
            {file.relative_to(path).as_posix(): file for file in files_in(path)} if path.is_dir() else {path.name: path}
        )
        # Two of the same name have their paths.
        found |= {str(file) if name in found else name: file for name, file in own.items()}
    return found


def check_target(out: Path, example: str) -> None:
    """Say before the work when the result cannot be written; ``example`` is a name that such a file could have.

    Raises
    ------
    DataError
        When the folder is not there or the path is a folder.
    """
    if out.is_dir():
        raise DataError(f"{out} is a folder. Name a file: --out {out / example}")
    if not out.parent.is_dir():
        raise DataError(f"There is no folder {out.parent} to write {out.name} into. Make it first.")


@contextmanager
def local_file(source: str) -> Iterator["Fetched"]:
    """A source as a file on this machine. What lies here already is the user's to read; the system guards it."""
    from core.readers.sources import Fetched, fetched

    if "://" in source:
        with fetched(source) as file:
            yield file
        return
    path = Path(source).expanduser()
    yield Fetched(path, path.name)


def _files_beside(path: Path) -> list[str]:
    try:
        return [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return []
