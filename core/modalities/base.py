"""The base class of a kind of data: how it recognises, reads, opens, encodes, explains and draws samples.

People judge *samples* (a row, a moment, an image, a line of a log), a network sees *units* (the encoded row, a window
of moments, a tile), and a modality knows both. All that speaks of samples by number (scores, thresholds, maps, filters,
triage, reports) knows the index and nothing of content; all that speaks of content asks the modality.

A modality is one folder beside this file whose module registers a :class:`Modality`; nothing outside the folder names
it. What its parts must answer is in :mod:`core.modalities.contract`; what several kinds share is in the files beside:
units (:mod:`core.modalities.units`), what the positions of a unit mean (:mod:`core.modalities.layout`), errors and
shares with named axes (:mod:`core.modalities.attribution`). Imports no torch, so that the dashboard's server can ask a
modality for its forms and its pictures.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from core.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.detector.trained import TrainedDetector
    from core.index.schema import Schema
    from core.modalities.contract import Encoder, Explainer, Raw, Renderer, Samples
    from core.modalities.pictures import Pictures
    from core.readers.reading.report import Progress
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts
    from core.store.records import Dataset
    from core.store.workspace import Workspace


@dataclass(frozen=True)
class Recognition:
    """How sure a modality is that files are its own."""

    confidence: float
    """0 is not at all, 1 is certain; the highest wins."""
    reason: str
    """Why, as a sentence for the user."""


@dataclass(frozen=True, kw_only=True)
class Example(ABC):
    """A dataset that ships with the app, to try things on."""

    title: str
    description: str
    """One line: what the samples are and what is odd among them."""
    size: int
    """How many samples it has."""
    source: str
    """Where they come from."""
    order: int = 100
    """Its place in the list of all; the lowest comes first."""

    @abstractmethod
    def ingest(self, space: Workspace, source: str, seed: int) -> Dataset:
        """Make its samples from a seed, and put them into the workspace as a dataset that came from ``source``."""


class Modality(ABC):
    """A kind of data: one folder in ``core/modalities``, registered with ``MODALITIES.register("name")``."""

    title: ClassVar[str]
    """Its name on screen: "Table"."""
    noun: ClassVar[str]
    """What a sample is called: "row". Texts get it, and its plural, from :mod:`core.modalities.nouns`."""
    order: ClassVar[int] = 100
    """Its place in a list; the lowest comes first."""
    axes: ClassVar[tuple[str, ...]]
    """The axes of a unit: ``("feature",)``, ``("time", "channel")``, ``("channel", "height", "width")``."""
    Config: ClassVar[type]
    """The frozen dataclass of its encoding settings, each a :func:`core.params.param`; ``recipe.encoding`` holds its
    values, and its form is made of it."""

    reads_columns: ClassVar[bool] = False
    """Whether the network reads the index itself, as it does of a table: then it needs columns with the role feature.
    Of every other kind the index is what is known beside the content: labels, times, names, anything to filter by."""
    draws_samples: ClassVar[bool] = True
    """Whether a sample has a name and a picture of its own, beside what the index says of it; a row of a table has
    none."""
    in_time: ClassVar[bool] = False
    """Whether its samples follow each other in time: parts are then divided in time only, and what is fitted to many
    of them is fitted to stretches, not to a sample drawn at random."""
    reads_with_options: ClassVar[bool] = False
    """Whether people may say how a file of it is written (:class:`core.readers.reading.options.ReadOptions`: delimiter,
    character set, sheet …), which its ``ingest`` then takes as ``options``."""
    Reading: ClassVar[type | None] = None
    """The frozen dataclass of what may be said of how files become samples, each a :func:`core.params.param`; its
    ``ingest`` then takes such an object as ``reading``. Page and command line make a form and flags of it."""
    flags: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Settings of a recipe that have a word of their own on the command line: from the word to the setting and its
    help."""
    takes_several: ClassVar[bool] = False
    """Whether several files that are no second one make one dataset of it, even where ``takes_second``."""
    takes_second: ClassVar[bool] = False
    """Whether its ``ingest`` takes a second file with a meaning of its own, said by ``second_is``: it is judged, or
    holds the anomalies."""
    vector_encoding: ClassVar[Mapping[str, Any]] = {}
    """Settings of the encoding whose vectors say how alike samples are, whatever a run's own encoding is."""

    def examples(self) -> Mapping[str, Example]:
        """The datasets of its kind that ship with the app, by name; none by default."""
        return {}

    @abstractmethod
    def recognises(self, files: Sequence[Path]) -> Recognition:
        """How sure it is that these are files of its kind, and why; looks at their beginnings alone."""

    @abstractmethod
    def ingest(self, space: Workspace, files: Sequence[Path], **options: Any) -> Dataset:
        """Read files into the workspace as a dataset, its index included.

        Raises
        ------
        DataError
            When they cannot be read.
        """

    @abstractmethod
    def open(self, dataset: Dataset, artifacts: Artifacts, schema: Schema | None = None) -> Samples:
        """A stored dataset; under the schema that a run was trained with where one is given."""

    @abstractmethod
    def read_new(
        self, file: Path, encoder: Encoder, folder: Path, *, name: str = "", progress: Progress | None = None
    ) -> tuple[Samples, tuple[str, ...]]:
        """The samples of a file that is in no dataset, for an encoder to encode, and sentences on how it was read.

        Parameters
        ----------
        file, name
            The file, and what the user calls it.
        encoder
            The encoder that is going to read them.
        folder
            An empty folder that is there as long as the samples are.
        progress
            Called with the share that is done.

        Raises
        ------
        DataError
            When the file cannot be read, or lacks what the encoder needs.
        """

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
        **options: Any,
    ) -> Dataset:
        """Read a later file into the workspace as a dataset of its own, for a detector that was trained on another.

        Parameters
        ----------
        encoder, schema
            The encoder that is going to read it, and the columns of the dataset that was trained on: where people know
            how a file is written, the later one is read as the first was.
        options
            What :meth:`ingest` takes.
        """
        return self.ingest(space, files, name=name, origin=origin, progress=progress, **options)

    def check_schema(self, schema: Schema) -> None:
        """Refuse a schema that leaves nothing to learn from; where content lies beside the index there is none.

        Raises
        ------
        DataError
            Says what to change.
        """
        return

    @abstractmethod
    def encoder(self, config: Any, schema: Schema) -> Encoder:
        """An encoder that has seen no samples yet."""

    def encoding_notes(self, encoder: Encoder) -> tuple[str, ...]:
        """What a fitted encoder could not keep apart, in sentences for the user; nothing by default."""
        return ()

    def within(self, encoder: Encoder, wider: Encoder) -> Encoder:
        """The encoder, by the scale of one fitted to more samples where its own are all alike; as it is by default.

        Asked where training samples were set aside: those that are left may be equal, and then say nothing of how large
        a difference is.
        """
        return encoder

    @abstractmethod
    def load_encoder(self, artifacts: Artifacts, folder: str) -> Encoder:
        """The encoder that :meth:`Encoder.save` wrote."""

    @abstractmethod
    def explainer(self, run: FinishedRun) -> Explainer:
        """Answers why samples of a finished run are odd.

        Raises
        ------
        DataError
            When the run kept no networks, or its dataset is not the one that it was trained on.
        """

    @abstractmethod
    def renderer(self) -> Renderer:
        """Draws samples."""

    def pictures(self, run: FinishedRun) -> Pictures | None:
        """The pictures of a run's samples, for a gallery; None where samples are no pictures.

        Raises
        ------
        DataError
            When the dataset is gone.
        """
        return None

    def map_files(self, run: FinishedRun, samples: Samples) -> Iterator[tuple[str, bytes]]:
        """Where each of some samples is odd, as pictures with their names, on the run's own scale.

        Raises
        ------
        DataError
            When samples of this kind have no such map.
        """
        raise DataError(f"There are no heat maps of {self.title.lower()}. Leave out --maps.")

    def generated_files(
        self, encoder: Encoder, new: NDArray[np.float32], real: Raw, schema: Schema
    ) -> Mapping[str, bytes]:
        """What a run keeps of new units that a variational network drew, beside real samples: files by name."""
        return {}

    def run_files(
        self, detector: TrainedDetector, samples: Samples, scores: NDArray[np.float64], normal: NDArray[np.int64]
    ) -> Mapping[str, bytes]:
        """What a run keeps beside its scores that only this kind of data has: files by name; nothing by default.

        Parameters
        ----------
        detector, samples, scores
            The run's own.
        normal
            Samples that were not trained on and are not known to be anomalies, which say what is usual.
        """
        return {}

    @abstractmethod
    def decode(self, body: bytes, content_type: str) -> Raw:
        """The content of a request.

        Raises
        ------
        DataError
            When it is not what was promised.
        """

    @abstractmethod
    def inject(self, raw: Raw, schema: Schema, seed: int) -> Mapping[str, Raw]:
        """Synthetic anomalies of each kind, made from ordinary samples: the search without labels chooses by them."""
