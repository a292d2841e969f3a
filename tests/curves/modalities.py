"""Curves as a kind of data: a curve is a sample, its windows are its units."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.index.schema import Schema, infer_schema
from core.index.table import Table
from core.modalities import MODALITIES
from core.modalities.base import Modality, Recognition
from curves.encoder import CurvesConfig, CurvesEncoder
from curves.files import Curves, joined, unpack
from curves.renderer import CurvesRenderer

if TYPE_CHECKING:
    from core.explain.position_explainer import PositionExplainer
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts
    from core.store.records import Dataset
    from core.store.workspace import Workspace

VALUES = "curves.npy"


class CurveSamples:
    """The curves of a dataset, and their index."""

    def __init__(self, index: Table, schema: Schema, values: NDArray[np.float32]) -> None:
        self.index, self.schema, self._values = index, schema, values

    def __len__(self) -> int:
        return len(self._values)

    def read(self, ids: NDArray[np.int64]) -> Curves:
        """Some curves."""
        return Curves(np.asarray(self._values[ids]))

    def name(self, id: int) -> str:
        """Curves have numbers."""
        return f"curve {id}"


@MODALITIES.register("press_curves")
class CurvesModality(Modality):
    """Curves of two channels."""

    title = "Curves"
    noun = "curve"
    order = 90
    axes = ("time", "channel")
    Config = CurvesConfig

    def recognises(self, files: Sequence[Path]) -> Recognition:
        """By what the file holds, whatever it is called."""
        try:
            for file in files:
                unpack(file)
        except DataError:
            return Recognition(0.0, "It holds no curves.")
        return Recognition(1.0, "It holds curves of two channels.")

    def ingest(self, space: Workspace, files: Sequence[Path], **options: Any) -> Dataset:
        """Files of curves, one after the other."""
        from core.readers.ingest import keep

        curves, index = joined([unpack(file) for file in files])
        name = str(options.get("name") or files[0].name)
        with tempfile.TemporaryDirectory(prefix="curves-") as folder:
            table, values = _indexed(Path(folder), index, len(curves)), Path(folder) / VALUES
            np.save(values, curves.values)
            return keep(
                space.store,
                space.artifacts,
                (Path(folder) / "data.parquet", None),
                table=table,
                name=name.removesuffix(".curves"),
                source=str(options.get("origin") or name),
                schema=infer_schema(table).without_features(),
                report={"name": name, "rows": len(curves), "notes": []},
                modality="press_curves",
                content={VALUES: values},
            )

    def open(self, dataset: Dataset, artifacts: Artifacts, schema: Schema | None = None) -> CurveSamples:
        """A stored dataset."""
        values = np.load(artifacts.local(f"datasets/{dataset.id}/{VALUES}"), mmap_mode="r")
        return CurveSamples(Table.open(dataset, artifacts), schema or Schema.from_dict(dataset.schema), values)

    def read_new(
        self, file: Path, encoder: Any, folder: Path, *, name: str = "", progress: Any = None
    ) -> tuple[CurveSamples, tuple[str, ...]]:
        """The curves of another file."""
        curves, index = unpack(file)
        table = _indexed(folder, index, len(curves))
        return CurveSamples(table, infer_schema(table).without_features(), curves.values), ()

    def encoder(self, config: CurvesConfig, schema: Schema) -> CurvesEncoder:
        """An encoder that has seen no curves yet."""
        return CurvesEncoder(config)

    def load_encoder(self, artifacts: Artifacts, folder: str) -> CurvesEncoder:
        """The encoder of a run."""
        return CurvesEncoder.load(artifacts, folder)

    def explainer(self, run: FinishedRun) -> PositionExplainer:
        """By channels; the explainer that every kind of data has."""
        from core.explain.position_explainer import PositionExplainer

        return PositionExplainer.open(run, self.open(run.dataset, run.space.artifacts), noun=self.noun)

    def renderer(self) -> CurvesRenderer:
        """Draws curves."""
        return CurvesRenderer()

    def decode(self, body: bytes, content_type: str) -> Curves:
        """Curves of a request."""
        return unpack(io.BytesIO(body))[0]

    def inject(self, raw: Curves, schema: Schema, seed: int) -> Mapping[str, Curves]:
        """Curves whose channels are those of two different curves, and curves that stop."""
        rng = np.random.default_rng(seed)
        mixed = raw.values.copy()
        mixed[:, :, 1] = raw.values[rng.permutation(len(raw)), :, 1]
        stopped = raw.values.copy()
        stopped[:, stopped.shape[1] // 2 :] = 0.0
        return {"mixed": Curves(mixed), "stopped": Curves(stopped)}


def _indexed(folder: Path, index: Mapping[str, NDArray[Any]], count: int) -> Table:
    import pandas as pd

    frame = pd.DataFrame({"curve": np.arange(count), **index})
    frame.to_parquet(folder / "data.parquet", index=False)
    return Table(folder / "data.parquet")
