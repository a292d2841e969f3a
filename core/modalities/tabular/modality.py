"""Tables as a kind of data: how sure it is of a file, how it reads, encodes, explains and shows rows."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from core.errors import DataError
from core.modalities import MODALITIES
from core.modalities.base import Modality, Recognition
from core.modalities.tabular.config import EncodingConfig
from core.readers.reading.trained.matching import matched

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from core.index.schema import Schema
    from core.modalities.contract import Encoder
    from core.modalities.tabular.encoder import TabularEncoder
    from core.modalities.tabular.examples import ExampleTable
    from core.modalities.tabular.explainer import TabularExplainer
    from core.modalities.tabular.renderer import TabularRenderer
    from core.modalities.tabular.samples import TabularSamples
    from core.readers.reading.options import ReadOptions
    from core.readers.reading.report import Progress
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts
    from core.store.records import Dataset
    from core.store.workspace import Workspace

_HEAD = 1 << 16


@MODALITIES.register("tabular")
class TabularModality(Modality):
    """Rows of a table; a row is a sample and a unit."""

    title = "Table"
    noun = "row"
    order = 0
    axes = ("feature",)
    reads_columns = True
    draws_samples = False
    reads_with_options = True
    takes_second = True
    Config = EncodingConfig
    vector_encoding: ClassVar[Mapping[str, Any]] = {"numbers": "dual"}

    def examples(self) -> Mapping[str, ExampleTable]:
        """The tables that ship with the app."""
        from core.modalities.tabular.examples import EXAMPLES

        return dict(EXAMPLES.items())

    def recognises(self, files: Sequence[Path]) -> Recognition:
        """Half sure of what a reader of tables takes: another kind of data may know such files better."""
        from core.readers.reading.archives import packing

        titles = []
        for path in files:
            with path.open("rb") as file:
                head = file.read(_HEAD)
            if packing(head):
                titles.append("packed file")
                continue
            title = _reader_title(head, path)
            if not title:
                return Recognition(0.0, f"{path.name} is in no format of tables that is known here.")
            titles.append(title)
        if not titles:
            return Recognition(0.0, "There is no file.")
        if len(titles) > 2:
            return Recognition(0.0, f"A table is one file, or two with the same columns, and these are {len(titles)}.")
        return Recognition(0.5, f"It can be read as a table ({', '.join(dict.fromkeys(titles))}).")

    def ingest(self, space: Workspace, files: Sequence[Path], **options: Any) -> Dataset:
        """Read a file, or two with the same columns; see :func:`core.readers.ingest.ingest` for the options."""
        from core.readers.ingest import ingest

        if not 1 <= len(files) <= 2:
            raise DataError(f"A table is one file, or two with the same columns. Got {len(files)}. Choose one or two.")
        second = files[1] if len(files) == 2 else None
        return ingest(space.store, space.artifacts, files[0], test=second, **options)

    def open(self, dataset: Dataset, artifacts: Artifacts, schema: Schema | None = None) -> TabularSamples:
        """The rows of a stored table."""
        from core.index.schema import Schema
        from core.index.table import Table
        from core.modalities.tabular.samples import TabularSamples
        from core.readers.reading.trained.interpretation import Interpretation

        schema = schema or Schema.from_dict(dataset.schema)
        kept = Interpretation.of(dataset.report)
        return TabularSamples(Table.open(dataset, artifacts), schema, interpretation=kept)

    def read_new(
        self,
        file: Path,
        encoder: Encoder,
        folder: Path,
        *,
        name: str = "",
        options: ReadOptions | None = None,
        progress: Progress | None = None,
    ) -> tuple[TabularSamples, tuple[str, ...]]:
        """The rows of a file that is in no dataset, read as the encoder's own were, and what there is to say of it."""
        from core.index.schema import infer_schema
        from core.index.table import Table
        from core.modalities.tabular.samples import TabularSamples
        from core.notes.reading import reading_notes
        from core.readers.later import read_later

        own = _own(encoder)
        out, features = folder / "data.parquet", tuple(own.features)
        kept = own.interpretation
        read = read_later(file, out, kept, features, name=name, options=options, progress=progress)
        table = Table(out)
        notes = tuple(note.text for note in reading_notes(read.to_dict()))
        return TabularSamples(table, infer_schema(table), features), notes

    def keep_new(
        self,
        space: Workspace,
        files: Sequence[Path],
        encoder: Encoder,
        schema: Schema,
        *,
        name: str = "",
        origin: str = "",
        progress: Progress | None = None,
        options: ReadOptions | None = None,
        **options_of_others: Any,
    ) -> Dataset:
        """A later table as a dataset, read as the first was; its columns do what those of the first do."""
        from core.index.schema import infer_schema
        from core.index.table import Table
        from core.readers.ingest import keep
        from core.readers.later import read_later

        if len(files) != 1:
            raise DataError(f"A table is judged file by file. Got {len(files)}. Choose one.")
        own, called, file = _own(encoder), name or files[0].name, files[0]
        with tempfile.TemporaryDirectory(prefix="anomalens-later-") as folder:
            out, features = Path(folder) / "data.parquet", tuple(own.features)
            read = read_later(file, out, own.interpretation, features, name=called, options=options, progress=progress)
            table = Table(out)
            return keep(
                space.store,
                space.artifacts,
                (out, None),
                table=table,
                name=called,
                source=origin or called,
                schema=schema.for_later(infer_schema(table)),
                report=read.to_dict(),
            )

    def check_schema(self, schema: Schema) -> None:
        """One column at least must be a feature."""
        schema.refuse_without_features()

    def encoder(self, config: Any, schema: Schema) -> TabularEncoder:
        """An encoder that has seen no rows yet."""
        from core.modalities.tabular.encoder import TabularEncoder

        return TabularEncoder(config, schema)

    def encoding_notes(self, encoder: Encoder) -> tuple[str, ...]:
        """The categories of which rare values share one place."""
        return _own(encoder).notes

    def within(self, encoder: Encoder, wider: Encoder) -> TabularEncoder:
        """Numbers that all training rows have alike are scaled by the rows that were set aside too."""
        return _own(encoder).within(_own(wider))

    def load_encoder(self, artifacts: Artifacts, folder: str) -> TabularEncoder:
        """The encoder of a run; where blanks are masked, without the columns that once said where they are."""
        from core.modalities.tabular.encoder import TabularEncoder
        from core.recipe import Recipe

        encoder = TabularEncoder.load(artifacts, folder)
        recipe = artifacts.read_json(f"{folder}/recipe.json") if artifacts.exists(f"{folder}/recipe.json") else {}
        return encoder.masked() if Recipe.from_dict(recipe).encoding.get("blanks") == "mask" else encoder

    def explainer(self, run: FinishedRun) -> TabularExplainer:
        """Answers why rows are odd, in the columns' own units."""
        from core.modalities.tabular.explainer import TabularExplainer
        from core.modalities.tabular.samples import TabularSamples

        # Its columns as the run took them, whatever roles they have now.
        features = tuple(self.load_encoder(run.space.artifacts, run.folder).features)
        return TabularExplainer.open(run, TabularSamples(run.table, run.schema, features))

    def renderer(self) -> TabularRenderer:
        """Draws rows column by column."""
        from core.modalities.tabular.renderer import TabularRenderer

        return TabularRenderer()

    def generated_files(
        self, encoder: Encoder, new: NDArray[np.float32], real: pd.DataFrame, schema: Schema
    ) -> Mapping[str, bytes]:
        """New rows, and each column's values beside those of real rows."""
        from core.modalities.tabular.generated import generated_files

        return generated_files(encoder.inverse(new), real, schema)

    def decode(self, body: bytes, content_type: str, encoder: Encoder | None = None) -> pd.DataFrame:
        """Rows from JSON (an object, a list of objects, or lists by column) or from CSV with a header.

        Given an encoder the CSV is read as its training rows were, and columns get the names that it knows.
        """
        own = None if encoder is None else _own(encoder)
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "application/json":
            rows = _from_json(body)
            return rows if own is None else rows.rename(columns=matched(map(str, rows.columns), own.features))
        if kind in {"text/csv", "application/csv", "text/plain"}:
            return _from_csv(body, own)
        raise DataError(f"Rows are sent as application/json or text/csv. Got {content_type!r}. Name one of these.")

    def inject(self, raw: pd.DataFrame, schema: Schema, seed: int) -> Mapping[str, pd.DataFrame]:
        """Rows that are odd each in its own way: see :mod:`core.modalities.tabular.injected`."""
        from core.modalities.tabular.injecting import injected

        return injected(raw, schema, seed)


def _own(encoder: Encoder) -> TabularEncoder:
    """An encoder of tables. Imported late: a page lists examples without a single row to encode."""
    from core.modalities.tabular.encoder import TabularEncoder

    assert isinstance(encoder, TabularEncoder)
    return encoder


def _reader_title(head: bytes, path: Path) -> str:
    """What reads a file that begins so; empty where nothing does."""
    from core.readers import READERS
    from core.readers.reading.refusals import refusal

    if not head or refusal(head, path.name):
        return ""
    readers = sorted((reader for _, reader in READERS.items()), key=lambda reader: reader.order)
    return next((reader.title for reader in readers if reader.recognises(head, path)), "")


def _from_json(body: bytes) -> pd.DataFrame:
    import pandas as pd

    remedy = 'Send a list of objects such as [{"age": 31, "income": 40000}].'
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise DataError(f"The rows must be JSON, and this is none, or is nested too deeply. {remedy}") from None
    if isinstance(values, dict) and not any(isinstance(value, list) for value in values.values()):
        values = [values]
    rows = isinstance(values, list) and all(isinstance(row, dict) for row in values)
    lists = isinstance(values, dict) and all(isinstance(value, list) for value in values.values())
    if not values or not (rows or lists):
        raise DataError(f"The JSON must hold one row at least, each an object of values by column. {remedy}")
    try:
        return pd.DataFrame(values)
    except ValueError:
        raise DataError(f"The columns of the JSON must be of one length. {remedy}") from None


def _from_csv(body: bytes, encoder: TabularEncoder | None) -> pd.DataFrame:
    from core.index.table import Table
    from core.readers import read_table
    from core.readers.later import read_later

    # As an uploaded file is read: by its own dialect, whole columns at a time.
    with tempfile.TemporaryDirectory(prefix="anomalens-request-") as folder:
        file = Path(folder) / "rows.csv"
        file.write_bytes(body)
        if encoder is None:
            read_table(file, Path(folder) / "rows.parquet")
        else:
            read_later(file, Path(folder) / "rows.parquet", encoder.interpretation, encoder.features)
        return Table(Path(folder) / "rows.parquet").frame()
