"""From the files that a command names to a dataset of the workspace, with its labels."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.support.files import check_file, files_in, is_folder, local_file
from core.cli.support.kind_options import KindOptions
from core.cli.support.output import reading, say
from core.cli.support.recipes import unknown
from core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.readers.reading.options import ReadOptions
    from core.store.records import Dataset
    from core.store.workspace import Workspace

UNSAID = KindOptions()
DATA = (
    "The file with the data; a folder or several files where a dataset is several; or an address that the operator "
    "allows."
)
"""What the first argument of a command that reads data is."""


def check_sources(data: Sequence[str], second: str, *, label: str, normal: list[str] | None) -> None:
    """Say what is wrong with a command's files and labels before anything is read.

    Raises
    ------
    ConfigError, DataError
        For a normal value without a label, or a file that is not there.
    """
    if normal and not label:
        raise ConfigError(f"--normal {normal[0]} needs the column that it is a value of. Add --label COL.")
    for source in data:
        if len(data) > 1 and "://" in source:
            raise ConfigError(f"Several files must all be on this machine. Got {source}. Name it alone.")
        check_file(source, folders=True)
    if second:
        check_file(second)


def ingested(
    space: "Workspace",
    data: Sequence[str],
    second: str,
    *,
    second_is: str,
    options: "ReadOptions | None" = None,
    kind: KindOptions = UNSAID,
) -> "Dataset":
    """Files that belong together, and a second one where there is one, as a dataset; read as the options say."""
    from core.modalities.recognise import ingest

    # Several of one folder's files are a dataset of the folder's name; a single file has its own.
    one = data[0] if len(data) == 1 else ""
    with ExitStack() as files, reading(one or f"{len(data)} files") as progress:
        if one and not is_folder(one):
            main = files.enter_context(local_file(one))
            paths, name = [main.path], main.name
        else:
            paths = _together(data, kind.modality)
            name = Path(one).expanduser().resolve().name if one else Path(data[0]).name
        other = files.enter_context(local_file(second)) if second else None
        return ingest(
            space,
            [*paths, *([other.path] if other else [])],
            name=name,
            test_name=other.name if other else "",
            second_is=second_is,
            origin=", ".join(data),
            options=options,
            progress=progress,
            modality=kind.modality,
            reading=kind.reading,
        )


def kind_of(data: Sequence[str], second: str, kind: KindOptions = UNSAID) -> str:
    """The kind of data of a command's files, before they are read; files elsewhere are taken for tables until then."""
    if kind.modality:
        return kind.modality
    from core.modalities.recognise import recognise
    from core.recipe import TABULAR

    if any("://" in file for file in (*data, second)):
        return TABULAR
    return recognise([*_together(data), *([Path(second).expanduser()] if second else [])])[0]


def _together(data: Sequence[str], modality: str = "") -> list[Path]:
    """The files of some sources, folders opened; where these are several, a kind of data must take them together."""
    from core.modalities.recognise import modality_of, recognise

    found = [Path(source).expanduser() for source in data]
    files = [file for path in found for file in (files_in(path) if path.is_dir() else [path])]
    if modality or len(files) == 1 or not (len(data) > 1 or found[0].is_dir()):
        return files
    name, recognition = recognise(files)
    kind, what = modality_of(name), f"{data[0]} holds {len(files)} files" if len(data) == 1 else f"{len(files)} files"
    if not recognition.confidence:
        raise DataError(f"No kind of data here takes them together: {what}. Name one of them.")
    if kind.takes_second and not kind.takes_several:
        raise DataError(
            f"Each of them is read as a {kind.title.lower()} of its own: {what}. Name one; where a second is judged or "
            "holds the anomalies, say it with --test or --signal."
        )
    return files


def labelled(space: "Workspace", dataset: "Dataset", label: str, normal: list[str] | None) -> "Schema":
    """The dataset's schema with the label that a command names, stored with it.

    What was decided about the dataset is said here, before anything can fail for it, and when the label is refused too.
    """
    from core.index.schema import Schema

    schema = Schema.from_dict(dataset.schema)
    try:
        if label:
            names = [column.name for column in schema.columns]
            if label not in names:
                raise unknown("column", label, names)
            schema = schema.with_label(label, normal=normal)
            space.store.update_dataset(dataset.id, schema=schema.to_dict())
    finally:
        say(_noticed(space, dataset, schema))
    return schema


def _noticed(space: "Workspace", dataset: "Dataset", schema: "Schema") -> list[str]:
    """What was decided about a dataset without being asked, a sentence each, as the pages say it."""
    from core.index.table import Table
    from core.notes.run import notes_of_dataset

    notes = notes_of_dataset(dataset, schema, Table.open(dataset, space.artifacts))
    return [f"{n.text} Say otherwise with --normal VALUE." if n.kind == "label" else n.text for n in notes]
