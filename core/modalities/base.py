"""What a kind of data must know: its samples, the units that a network reads, the way from one to the other and back.

People judge *samples* (a row, a moment, an image, a line of a log), a network sees *units* (the encoded row, a window
of moments, a tile), and a modality knows both. All that speaks of samples by number (scores, thresholds, maps, filters,
triage, reports) knows the index and nothing of content; all that speaks of content asks the modality.

A modality is one folder beside this file whose module registers a :class:`Modality`; nothing outside the folder names
it. What several kinds of data share is here and in the files beside: units (:mod:`core.modalities.units`), what the
positions of a unit mean (:mod:`core.modalities.layout`), errors and shares with named axes
(:mod:`core.modalities.attribution`). Imports no torch, so that the dashboard's server can ask a modality for its forms
and its pictures.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    import numpy as np
    from markupsafe import Markup
    from numpy.typing import NDArray
    from torch import Tensor

    from core.explain.explanation import Explanation, FeatureReason
    from core.index.schema import Schema
    from core.index.table import Table
    from core.modalities.layout import Layout
    from core.readers.reading.report import Progress
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts
    from core.store.records import Dataset
    from core.store.workspace import Workspace

if TYPE_CHECKING:
    Ids = NDArray[np.int64]
    """Numbers of samples: their rows in the index."""
Raw = Any
"""Content as the modality has it: a frame, arrays, texts, sparse rows. It has a length, the number of samples."""


class Samples(Protocol):
    """A dataset, opened: its index, and its content a few samples at a time. Safe to share between threads."""

    @property
    def index(self) -> Table:
        """One row a sample: label, time, group, part, file name, anything to filter or colour by."""

    @property
    def schema(self) -> Schema:
        """What the columns of the index are."""

    def __len__(self) -> int: ...

    def read(self, ids: Ids) -> Raw:
        """The content of some samples, in the order asked for."""

    def name(self, id: int) -> str:
        """What people call a sample: "row 17", "valve_003.png", "pump 4, 12:05"."""


class Units(Protocol):
    """What a network is fed, made of some samples; gathered a batch at a time, never stacked whole."""

    @property
    def layout(self) -> Layout:
        """What the positions of a unit mean."""

    def __len__(self) -> int: ...

    @property
    def resident(self) -> Tensor | None:
        """All units as one tensor, where they lie in memory as such; a device with room for it may keep a copy."""

    def take(self, ids: Tensor, out: Tensor | None = None) -> Tensor:
        """Some units, shape (n, *layout.shape), float32 on the CPU, in memory of their own or in ``out``."""

    def join(self, values: NDArray[Any], how: str = "") -> NDArray[Any]:
        """From numbers per unit, shape (..., units), to numbers per sample, shape (..., samples).

        ``how`` is "mean" or "max" of the units that cover a sample, the modality's own choice by default; codes and
        shares are always averaged.
        """

    def loaded(self) -> Units:
        """These units, ready to be taken many times in any order, as training does."""


class Unfamiliar(Protocol):
    """What new samples hold that can be read as nothing that training samples held."""

    def add(self, raw: Raw) -> None:
        """Look at further samples."""

    def notes(self) -> tuple[str, ...]:
        """What was found, in sentences for the user."""


class Encoder(Protocol):
    """From samples to units and back, fitted on the training part alone; saved with the run as JSON and safetensors."""

    @property
    def layout(self) -> Layout:
        """What the positions of a unit mean."""

    @property
    def output_range(self) -> str:
        """Where the numbers of training samples lie: "unit" is between 0 and 1, "real" is anywhere."""

    def fit(self, samples: Samples, ids: Ids) -> Encoder:
        """Learn the encoding from training samples.

        Raises
        ------
        DataError
            When there is nothing to learn from.
        """

    def units(self, samples: Samples, ids: Ids) -> Units:
        """The units of some samples."""

    def encode(self, raw: Raw) -> Units:
        """The units of content that is in no dataset: new samples, synthetic anomalies, a request."""

    def inverse(self, x: NDArray[np.float32], of: Units | None = None) -> Raw:
        """Units, such as reconstructions, as content in the user's units.

        Parameters
        ----------
        x
            All units of some samples, in the order of :class:`Units`, shape (units, *layout.shape).
        of
            The units in whose place they stand: these know how many each sample has, and where in it they lie. None
            where there are none, so that each unit is a sample of its own.

        Returns
        -------
        The content of these samples, as :meth:`Samples.read` gives it.
        """

    def vectors(self, samples: Samples, ids: Ids) -> NDArray[np.float32]:
        """Samples as vectors, shape (n, d): for classical detectors, suspects, triage and nearest samples."""

    @property
    def vector_parts(self) -> NDArray[np.int64] | None:
        """The part that each number of a vector belongs to, shape (d,); None where a vector knows no parts."""

    def part_values(self, raw: Raw) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        """Content part by part, shape (samples, parts): as numbers (NaN where it is none) and as people read it."""

    def unfamiliar(self) -> Unfamiliar:
        """Counts what new samples hold that training samples did not."""

    def save(self, artifacts: Artifacts, folder: str) -> None:
        """Write ``encoder.json``, and ``encoder.safetensors`` where there are tensors."""


class Explainer(Protocol):
    """Why samples of a finished run have their scores."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What people call the parts (features, channels, tiles, tokens)."""

    def explain(self, id: int, method: str = "exchange") -> Explanation:
        """Why one sample has its score; ``method`` says how the score is shared among the parts."""

    def reasons(self, ids: Ids, most: int = 3) -> dict[int, list[tuple[str, float]]]:
        """The parts that contribute most to each score, with their shares."""

    def signatures(self, ids: Ids) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """What sets each sample apart, for families: directions of length 1, shape (n, d), and shares (n, parts)."""


class Renderer(Protocol):
    """Samples as escaped markup, the same on a page and in a report; plain HTML and SVG, no script."""

    part: ClassVar[str]
    """What a part is called above a column of them: "Column", "Channel"."""

    def preview(self, samples: Samples, id: int) -> Markup:
        """A sample as it is, small enough for a list or a card."""

    def compare(self, explanation: Explanation) -> Markup:
        """What a sample is beside what was expected of it."""

    def reasons(self, reasons: Sequence[FeatureReason]) -> Markup:
        """Some parts that made a sample's score, small enough for a cell of a list."""


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
    reads_with_options: ClassVar[bool] = False
    """Whether people may say how a file of it is written (:class:`core.readers.reading.options.ReadOptions`: delimiter,
    character set, sheet …), which its ``ingest`` then takes as ``options``."""
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

    def generated_files(
        self, encoder: Encoder, new: NDArray[np.float32], real: Raw, schema: Schema
    ) -> Mapping[str, bytes]:
        """What a run keeps of new units that a variational network drew, beside real samples: files by name."""
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
