"""From the files that a command names to a dataset of the workspace, with its labels."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.support.files import check_file, local_file
from core.cli.support.output import reading, say
from core.cli.support.recipes import unknown
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.readers.reading.options import ReadOptions
    from core.store.records import Dataset
    from core.store.workspace import Workspace


def check_sources(data: str, second: str, *, label: str, normal: list[str] | None) -> None:
    """Say what is wrong with a command's files and labels before anything is read.

    Raises
    ------
    ConfigError, DataError
        For a normal value without a label, or a file that is not there.
    """
    if normal and not label:
        raise ConfigError(f"--normal {normal[0]} needs the column that it is a value of. Add --label COL.")
    for file in filter(None, (data, second)):
        check_file(file)


def ingested(
    space: "Workspace", data: str, second: str, *, second_is: str, options: "ReadOptions | None" = None
) -> "Dataset":
    """A file, and a second one where there is one, as a dataset of the workspace; read as the options say."""
    from core.modalities.recognise import ingest

    with ExitStack() as files, reading(data) as progress:
        main = files.enter_context(local_file(data))
        other = files.enter_context(local_file(second)) if second else None
        return ingest(
            space,
            [file.path for file in (main, other) if file],
            name=main.name,
            test_name=other.name if other else "",
            second_is=second_is,
            origin=data,
            options=options,
            progress=progress,
        )


def kind_of(*sources: str) -> str:
    """The kind of data of a command's files, before they are read; files elsewhere are taken for tables until then."""
    from core.modalities.recognise import recognise
    from core.recipe import TABULAR

    files = [source for source in sources if source]
    return TABULAR if any("://" in file for file in files) else recognise([Path(f).expanduser() for f in files])[0]


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
