"""Series as a kind of data: how sure it is of a file, how it reads, encodes, explains and shows moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from core.errors import DataError
from core.modalities import MODALITIES
from core.modalities.base import Modality, Recognition
from core.modalities.series.config import SeriesConfig, SeriesReading

if TYPE_CHECKING:
    from core.explain.position_explainer import PositionExplainer
    from core.index.schema import Schema
    from core.modalities.contract import Encoder
    from core.modalities.series.content import Moments
    from core.modalities.series.encoder import SeriesEncoder
    from core.modalities.series.examples import ExampleSeries
    from core.modalities.series.renderer import SeriesRenderer
    from core.modalities.series.samples import SeriesSamples
    from core.readers.reading.options import ReadOptions
    from core.readers.reading.report import Progress
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts
    from core.store.records import Dataset
    from core.store.workspace import Workspace

NAME = "series"
FILE = "file"
"""The column that names the file of each moment, where several files are series of one dataset."""


@MODALITIES.register(NAME)
class SeriesModality(Modality):
    """Moments of time series; a moment is a sample, a window of moments is a unit."""

    title = "Time series"
    noun = "moment"
    order = 10
    axes = ("time", "channel")
    reads_columns = True
    draws_samples = True
    in_time = True
    reads_with_options = True
    takes_second = True
    takes_several = True
    Config = SeriesConfig
    Reading = SeriesReading
    flags: ClassVar[Mapping[str, tuple[str, str]]] = {
        "window": ("encoding.window", "Moments of a window of a series; auto finds one by its period.")
    }

    def examples(self) -> Mapping[str, ExampleSeries]:
        """The series that ship with the app."""
        from core.modalities.series.examples import EXAMPLES

        return dict(EXAMPLES.items())

    def recognises(self, files: Sequence[Path]) -> Recognition:
        """By even steps of a time column, and by values that follow from the ones before."""
        from core.modalities.series.recognising import recognised

        return recognised(files)

    def ingest(
        self,
        space: Workspace,
        files: Sequence[Path],
        *,
        name: str = "",
        names: Sequence[str] = (),
        origin: str = "",
        test_name: str = "",
        second_is: str = "test",
        options: ReadOptions | None = None,
        replaces: str = "",
        progress: Progress | None = None,
        reading: SeriesReading | None = None,
        **options_of_others: Any,
    ) -> Dataset:
        """Read files into the workspace: one with all series, several with a series each, or one that is judged.

        Parameters
        ----------
        names
            What the user calls each file, where that is not its name.
        test_name
            What the user calls the last file, where that one is judged.
        reading
            What is said of stamps, series, gaps and labelled ranges.
        """
        from core.modalities.series.ingest_files import ingest

        return ingest(
            space,
            files,
            name=name,
            names=names,
            origin=origin,
            test_name=test_name,
            second_is=second_is,
            options=options,
            replaces=replaces,
            progress=progress,
            reading=reading or SeriesReading(),
        )

    def open(self, dataset: Dataset, artifacts: Artifacts, schema: Schema | None = None) -> SeriesSamples:
        """The moments of a stored dataset; values are mapped into memory, not read."""
        import numpy as np

        from core.index.schema import Schema
        from core.index.table import Table
        from core.modalities.series.samples import ABOUT, TIMES, VALUES, SeriesFacts, SeriesSamples
        from core.readers.reading.trained.interpretation import Interpretation

        folder = f"datasets/{dataset.id}"
        values, seconds = (np.load(artifacts.local(f"{folder}/{name}"), mmap_mode="r") for name in (VALUES, TIMES))
        about = SeriesFacts.from_dict(artifacts.read_json(f"{folder}/{ABOUT}"))
        return SeriesSamples(
            Table.open(dataset, artifacts),
            schema or Schema.from_dict(dataset.schema),
            about,
            values,
            seconds,
            interpretation=Interpretation.of(dataset.report),
        )

    def read_new(
        self,
        file: Path,
        encoder: Encoder,
        folder: Path,
        *,
        name: str = "",
        options: ReadOptions | None = None,
        progress: Progress | None = None,
    ) -> tuple[SeriesSamples, tuple[str, ...]]:
        """The moments of a file that is in no dataset, put in order as the encoder's own were."""
        from core.modalities.series.ingest_files import read_new

        return read_new(file, _own(encoder), folder, name=name, options=options, progress=progress)

    def check_schema(self, schema: Schema) -> None:
        """One column at least must be a channel."""
        schema.refuse_without_features()

    def encoder(self, config: Any, schema: Schema) -> SeriesEncoder:
        """An encoder that has seen no moments yet."""
        from core.modalities.series.encoder import SeriesEncoder

        # What is no number may have the role of a feature and is no channel all the same.
        numbers = ("integer", "float", "boolean")
        return SeriesEncoder(config, tuple(column.name for column in schema.features if column.type in numbers))

    def encoding_notes(self, encoder: Encoder) -> tuple[str, ...]:
        """The window and why it is as long as that, the channels that the networks do not read, and when scores know.

        Causal scores know nothing later than their moment; the others have hindsight. That a long series is scored by
        fewer windows is said too.
        """
        from core.modalities.series.encoder import LONG

        own = _own(encoder)
        minor = [name for name, main in zip(own.channels, own.main.tolist(), strict=True) if not main]
        causal = own.config.pooling == "causal"
        notes = [
            f"A window has {own.window:,} moments. {own.reason}",
            "Scores are causal: each knows nothing later than its moment; the first moments of a stretch have the "
            "score of its first whole window."
            if causal
            else "Scores have hindsight: a moment's windows reach up to a window's length behind it.",
        ]
        stride = own.stride(own.moments)
        if own.moments > LONG and stride > 1 and not own.config.stride:
            notes.append(
                f"The series has more than {LONG:,} moments, so that they are scored by windows {stride:,} moments "
                "apart, an eighth of a window, and not by every window. A stride of 1 in the encoding scores by all."
            )
        if minor:
            listed = ", ".join(repr(name) for name in minor[:8]) + (" …" if len(minor) > 8 else "")
            notes.append(
                f"{len(minor):,} of {len(own.channels):,} channels take two values at most while training, so that "
                f"the networks do not read them; scores that look at windows themselves do: {listed}."
            )
        return tuple(notes)

    def load_encoder(self, artifacts: Artifacts, folder: str) -> SeriesEncoder:
        """The encoder of a run."""
        from core.modalities.series.encoder import SeriesEncoder

        return SeriesEncoder.load(artifacts, folder)

    def explainer(self, run: FinishedRun) -> PositionExplainer:
        """Answers why moments are odd, by their channels."""
        from core.explain.position_explainer import PositionExplainer

        channels = self.load_encoder(run.space.artifacts, run.folder).channels
        samples = self.open(run.dataset, run.space.artifacts, run.schema)
        assert samples.channels == channels
        return PositionExplainer.open(run, samples, noun=self.noun)

    def renderer(self) -> SeriesRenderer:
        """Draws moments channel by channel."""
        from core.modalities.series.renderer import SeriesRenderer

        return SeriesRenderer()

    def decode(self, body: bytes, content_type: str) -> Moments:
        """Moments from JSON (a list of objects, one a moment) or from CSV with a header, in the order of time."""
        import numpy as np

        from core.modalities.series.content import Held, Moments
        from core.modalities.tabular.modality import TabularModality

        frame = TabularModality().decode(body, content_type).select_dtypes(["number", "bool"])
        if not len(frame.columns):
            raise DataError("A moment needs a number for each channel, and the request holds none. Send numbers.")
        held = Held(tuple(map(str, frame.columns)), frame.to_numpy(np.float64, na_value=np.nan))
        return Moments(held, np.arange(len(frame)))

    def inject(self, raw: Moments, schema: Schema, seed: int) -> Mapping[str, Moments]:
        """Moments in the middle of a spike, a shift, a flat stretch, noise."""
        from core.modalities.series.injected import injected

        return injected(raw, seed)


def _own(encoder: Encoder) -> SeriesEncoder:
    from core.modalities.series.encoder import SeriesEncoder

    assert isinstance(encoder, SeriesEncoder)
    return encoder
