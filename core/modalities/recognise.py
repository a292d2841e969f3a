"""Which kind of data some files are: every modality looks at them, and the one that is most sure reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError, DataError
from core.modalities import MODALITIES, Modality
from core.modalities.base import Recognition
from core.params import build

if TYPE_CHECKING:
    from core.readers.reading.options import ReadOptions
    from core.readers.reading.report import Progress
    from core.store.records import Dataset
    from core.store.workspace import Workspace

_SECONDS = 60.0
"""Looking at the beginning of files takes a moment; a page waits for it."""


def modality_of(name: str) -> Modality:
    """The modality of that name.

    Raises
    ------
    UnknownNameError
        When there is none.
    """
    return MODALITIES[name]()


def recognise(files: Sequence[Path]) -> tuple[str, Recognition]:
    """The name of the modality that is most sure of some files, and why; of equals the first in a list.

    Where none knows them it is the first of all: its reader says best what is wrong with a file. They are looked at in
    a process of its own, as they are read in one.
    """
    from core.readers.process.limits import Limits
    from core.readers.process.run import run_apart
    from core.scratch import scratch_folder
    from core.settings import settings

    name = files[0].name if len(files) == 1 else f"{len(files)} files"
    with scratch_folder(settings().home / "reading") as folder:
        asked = {"files": [str(file.absolute()) for file in files]}
        try:
            limits = replace(Limits.now(), seconds=_SECONDS)
            found = run_apart(f"{__name__}:recognise_files", name, asked, folder, limits=limits)
        except DataError as error:
            return _ordered()[0], Recognition(0.0, str(error))
    return str(found["name"]), Recognition(float(found["confidence"]), str(found["reason"]))


def recognise_files(values: Mapping[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    """What :func:`recognise` has done in a process of its own."""
    name, found = recognise_here([Path(file) for file in values["files"]])
    return {"name": name, "confidence": found.confidence, "reason": found.reason}


def recognise_here(files: Sequence[Path]) -> tuple[str, Recognition]:
    """The same as :func:`recognise`, by this process."""
    looked = [(name, MODALITIES[name]().recognises(files)) for name in _ordered()]
    return max(looked, key=lambda item: item[1].confidence)


def _ordered() -> list[str]:
    return [name for name, _ in sorted(MODALITIES.items(), key=lambda item: (item[1].order, item[0]))]


def refuse_unread(kind: Modality, options: ReadOptions | None, *, second: bool = False) -> None:
    """Refuse what is said of files that a kind of data cannot make use of: how they are written, or a second one.

    Raises
    ------
    ConfigError
        Names what was said.
    """
    if options is not None and options.said and not kind.reads_with_options:
        raise ConfigError(
            f"This is read as {kind.title.lower()}, of which nothing is said of how a file is written. Leave out "
            f"{', '.join(options.said)}."
        )
    if second and not kind.takes_second:
        raise ConfigError(f"This is read as {kind.title.lower()}, which take no second file. Leave it out.")


def ingest(
    space: Workspace,
    files: Sequence[Path],
    *,
    modality: str = "",
    reading: Mapping[str, Any] | None = None,
    **options: Any,
) -> Dataset:
    """Read files into the workspace as a dataset of the kind that they are, or of the one that is named.

    Why they were taken for that kind is kept in the dataset's report, but for tables, of which the report tells more.

    Parameters
    ----------
    space
        The workspace.
    files
        One or several that belong together.
    modality
        A name in :data:`core.modalities.MODALITIES`; recognised by default.
    reading
        What is said of how files become samples, settings of the modality's own ``Reading``.
    options
        What the modality's own ``ingest`` takes.

    Raises
    ------
    DataError
        When they cannot be read.
    """
    if not files:
        raise DataError("There is no file to read. Choose one at least.")
    name, found = (modality, None) if modality else recognise(files)
    kind = modality_of(name)
    refuse_unread(kind, options.get("options"), second=bool(options.get("test_name")))
    if kind.Reading is not None:
        options["reading"] = build(kind.Reading, reading or {})
    elif reading:
        raise ConfigError(
            f"This is read as {kind.title.lower()}, of which nothing is said of {', '.join(reading)}. Leave that out, "
            "or say which kind of data it is."
        )
    dataset = kind.ingest(space, files, **options)
    if found is None or not (kind.draws_samples or kind.Reading):
        return dataset
    return space.store.update_dataset(dataset.id, report={**dataset.report, "recognised": found.reason})
