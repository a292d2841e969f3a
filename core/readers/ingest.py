"""From a file, or two, to a stored dataset: read, made to match, put among the artifacts, with a first schema."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError, DataError
from core.index.schema import Schema, infer_schema
from core.index.table import Table
from core.readers import read_table, readable_endings
from core.readers.later import read_like
from core.readers.pairs import match
from core.readers.reading.archives import ENDINGS as PACKED
from core.readers.reading.options import ReadOptions
from core.readers.reading.report import Progress, ReadReport
from core.readers.reading.trained.interpretation import Trained
from core.recipe import TABULAR
from core.scratch import scratch_folder
from core.settings import settings
from core.store.base import new_id

if TYPE_CHECKING:
    from core.store.artifacts import Artifacts
    from core.store.records import Dataset
    from core.store.runs import Store

SECOND_IS = ("test", "anomalies")


def ingest(
    store: Store,
    artifacts: Artifacts,
    source: Path | str,
    *,
    name: str = "",
    test: Path | str | None = None,
    test_name: str = "",
    second_is: str = "test",
    options: ReadOptions | None = None,
    test_options: ReadOptions | None = None,
    origin: str = "",
    replaces: str = "",
    progress: Progress | None = None,
) -> Dataset:
    """Read a file into the workspace as a dataset.

    Parameters
    ----------
    source, name
        The file, and what the user calls it.
    test, test_name
        A second file with the same columns in any order.
    second_is
        ``test``: the second file's rows are judged. ``anomalies``: the first file's rows are normal (background) and
        the second file's are anomalies (signal); neither needs a label.
    options, test_options
        The user's word about the files; the second file is read like the first, but for what is said about it.
    origin
        Where the file came from, as the dataset remembers it; the name by default.
    replaces
        The id of a dataset that this one takes the place of, because the same file is read in another way.
    progress
        Called with the share that is done.

    Raises
    ------
    DataError
        When a file cannot be read, or the two do not have the same columns.
    """
    if second_is not in SECOND_IS:
        raise ConfigError(f"The second file is {' or '.join(SECOND_IS)}. Got {second_is!r}.")
    if replaces and store.runs(replaces):
        raise DataError("A dataset can be read in another way while no run uses it. Upload the file as a new dataset.")
    with scratch_folder(settings().home / "reading") as folder:
        files = _Files(folder, Path(source), name or Path(source).name, options or ReadOptions(), progress)
        files.read(Path(test) if test else None, test_name, test_options, second_is)
        return files.store(store, artifacts, origin, replaces)


def keep(
    store: Store,
    artifacts: Artifacts,
    files: tuple[Path, Path | None],
    *,
    table: Table,
    name: str,
    source: str,
    schema: Schema,
    report: Mapping[str, Any],
    replaces: str = "",
    modality: str = TABULAR,
    content: Mapping[str, Path] | None = None,
) -> Dataset:
    """Put a dataset's files among the artifacts and the dataset into the store; neither stays when the other fails.

    Parameters
    ----------
    files
        The index as Parquet, and that of the second file where there is one.
    table
        The same, opened.
    name, source, schema, report
        What the dataset is called, where it came from, what its columns are, and how it was read.
    replaces
        The id of a dataset that this one takes the place of.
    modality
        Which kind of data it is.
    content
        What lies beside the index, by its name among the dataset's artifacts: images, curves, texts.
    """
    values: dict[str, Any] = {
        "source": source,
        "rows": table.main_rows,
        "test_rows": table.test_rows,
        "columns": len(table.columns),
        "schema": schema.to_dict(),
        "report": dict(report),
        "modality": modality,
    }
    dataset_id = replaces or new_id()
    folder = f"datasets/{dataset_id}"
    data, test = files
    try:
        artifacts.put_file(data, f"{folder}/data.parquet")
        if test is not None:
            artifacts.put_file(test, f"{folder}/test.parquet")
        elif replaces:
            artifacts.delete(f"{folder}/test.parquet")
        for beside, file in (content or {}).items():
            artifacts.put_file(file, f"{folder}/{beside}")
        if replaces:
            return store.update_dataset(dataset_id, **values)
        return store.add_dataset(name, id=dataset_id, **values)
    except Exception:
        if not replaces:
            artifacts.delete(folder)
        raise


def read_report(dataset: Dataset) -> ReadReport:
    """How a stored dataset's main file was read."""
    return ReadReport.from_dict(dataset.report)


class _Files:
    """One ingestion under way."""

    def __init__(self, folder: Path, source: Path, name: str, options: ReadOptions, progress: Progress | None) -> None:
        self.folder = folder
        self.source = source
        self.name = name
        self.options = options
        self.progress = progress or (lambda _: None)
        self.data = folder / "data.parquet"
        self.test: Path | None = None
        self.report: dict[str, Any] = {}
        self.second_is = "test"

    def read(self, test: Path | None, test_name: str, test_options: ReadOptions | None, second_is: str) -> None:
        end = 0.9 if test is None else 0.55
        main = read_table(self.source, self.data, name=self.name, options=self.options, progress=self._part(0.0, end))
        self.report = {**main.to_dict(), "options": self.options.to_dict()}
        if test is None:
            return
        self.second_is = second_is
        self.test = self.folder / "test.parquet"
        test_name = test_name or test.name
        assert main.interpretation is not None
        chosen = test_options or ReadOptions()
        trained = Trained(main.interpretation, main.columns, chosen, settled=False)
        second = read_like(test, self.test, trained, name=test_name, progress=self._part(end, 0.9))
        notes = match(self.data, self.test, test_name, second_is, positional=second.header is False)
        plain = {**second.to_dict(), "name": test_name, "options": chosen.over(self.options).to_dict()}
        self.report |= {"test": plain, "second_is": second_is, "columns": list(Table(self.data).columns)}
        self.report["notes"] = [*main.notes, *(f"Second file: {note}" for note in second.notes), *notes]

    def store(self, store: Store, artifacts: Artifacts, origin: str, replaces: str) -> Dataset:
        table = Table(self.data, self.test)
        schema = self._schema(table)
        dataset = keep(
            store,
            artifacts,
            (self.data, self.test),
            table=table,
            name=_title(self.name),
            source=origin or self.name,
            schema=schema,
            report=self.report,
            replaces=replaces,
        )
        self.progress(1.0)
        return dataset

    def _schema(self, table: Table) -> Schema:
        schema = infer_schema(table)
        if self.second_is != "anomalies":
            return schema
        if schema.label is not None:
            self.report["notes"] = [
                *self.report["notes"],
                f"Column '{schema.label}' looked like a label; it is ignored, because the file says what a row is.",
            ]
            schema = schema.with_label(None)
        return schema.with_test_as_anomaly()

    def _part(self, start: float, end: float) -> Progress:
        return lambda share: self.progress(start + (end - start) * share)


def _title(name: str) -> str:
    """The name without its endings: ``traffic.csv.gz`` is called ``traffic``."""
    known = [*(ending for endings in PACKED.values() for ending in endings), *readable_endings()]
    title = name
    for _ in range(2):
        ending = next((e for e in known if title.lower().endswith(e)), "")
        title = title[: len(title) - len(ending)]
    return title or name
