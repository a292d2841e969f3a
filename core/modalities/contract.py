"""What the parts of a kind of data must answer: samples, units, encoder, explainer, renderer, each with its shapes.

People judge samples, a network reads units; see :mod:`core.modalities.base` for the whole that holds them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from markupsafe import Markup
    from numpy.typing import NDArray
    from torch import Tensor

    from core.explain.explanation import Explanation, FeatureReason
    from core.index.schema import Schema
    from core.index.table import Table
    from core.modalities.layout import Layout
    from core.store.artifacts import Artifacts

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


@runtime_checkable
class TimedSamples(Protocol):
    """Samples that are moments of series, so that they can be drawn as lanes over time; beside :class:`Samples`.

    Those of a stretch follow each other in the order of time.
    """

    channels: tuple[str, ...]
    """What is measured at each moment."""
    seconds: NDArray[np.float64]
    """When each sample was."""
    spans: NDArray[np.int64]
    """First sample and the one behind the last of each stretch, shape (stretches, 2); together they are all."""

    @property
    def kind(self) -> str:
        """What ``seconds`` are: "time" (since 1970), "number" or "order"."""

    def channel(self, name: str) -> NDArray[np.float64]:
        """One channel of all samples; NaN where it is missing. May be mapped from a file."""

    def series_of(self, id: int) -> str:
        """The name of the series that a sample is of; empty where there is one."""


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
