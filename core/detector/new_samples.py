"""Scores the samples of a file that no run has seen, in bounded memory, and says what in it is unlike the training.

Knows neither runs nor where a detector comes from.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from core.errors import DataError
from core.modalities import MODALITIES
from core.modalities.nouns import ROWS, Nouns, nouns_of
from core.modalities.recognise import refuse_unread
from core.modalities.units import units_per_batch

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.modalities.contract import Samples, Unfamiliar
    from core.readers.reading.options import ReadOptions
    from core.readers.reading.report import Progress

_NAMED = 4
"""Files that were left out which are named."""


@dataclass(frozen=True)
class ScoredFile:
    """How many samples there are, how many of them are flagged, and sentences for the user about the file."""

    rows: int
    flagged: int
    notes: tuple[str, ...]
    says: Nouns = ROWS
    """What a sample is called."""

    @property
    def counted(self) -> str:
        """How many there are, in words: "30 recordings"."""
        return self.says.count(self.rows)


def score_samples(detector: TrainedDetector, samples: Samples, out: Path) -> ScoredFile:
    """Write row, score, uncertainty (where there is one) and flagged of every sample as CSV, whole or not at all.

    Where content lies beside the index its name comes after its row: nobody knows a recording by its place in a file.
    """
    unfamiliar = detector.encoder.unfamiliar()
    with _whole(out) as target:
        flagged = _write_scores(detector, samples, target, unfamiliar)
    return ScoredFile(len(samples), flagged, unfamiliar.notes(), nouns_of(detector.recipe.modality))


def score_file(
    detector: TrainedDetector,
    file: Path,
    out: Path,
    *,
    name: str = "",
    options: ReadOptions | None = None,
    progress: Progress | None = None,
    each: Callable[[Samples], None] = lambda samples: None,
) -> ScoredFile:
    """Score the samples of a file of the kind that the detector was trained on; see :func:`score_samples`.

    ``each`` is called with the samples once they are scored, while their files are there.

    Raises
    ------
    DataError
        When the file cannot be read, lacks what the detector was trained on, or contradicts how that was written.
    """
    with tempfile.TemporaryDirectory(prefix="anomalens-score-") as folder:
        samples, notes = read_samples(detector, file, Path(folder), name=name, options=options, progress=progress)
        scored = score_samples(detector, samples, out)
        each(samples)
    return replace(scored, notes=(*notes, *scored.notes))


def score_files(
    detector: TrainedDetector,
    files: Mapping[str, Path],
    out: Path,
    *,
    progress: Progress | None = None,
    each: Callable[[Samples], None] = lambda samples: None,
) -> ScoredFile:
    """Score the samples of several files, which the kind of data takes together, one file after the other.

    Parameters
    ----------
    detector
        What scores them.
    files
        Each by what the user calls it, which the CSV tells of every sample.
    out
        The CSV; rows are counted on from file to file.
    progress
        Called with the share that is done.
    each
        Called with the samples of each file once they are scored.

    Raises
    ------
    DataError
        When the kind reads each file as a dataset of its own, or a file cannot be read; none is written then.
    """
    modality = MODALITIES[detector.recipe.modality]()
    says = nouns_of(detector.recipe.modality)
    if modality.takes_second:
        raise DataError(
            f"Each of these {len(files)} files is read as a {modality.title.lower()} of its own. Score them one by one."
        )
    own = {name: file for name, file in files.items() if modality.recognises([file]).confidence}
    if not own:
        raise DataError(f"None of these {len(files)} files holds {says.samples}. Name another folder, or other files.")
    unfamiliar, notes, rows, flagged = detector.encoder.unfamiliar(), list[str](), 0, 0
    others = [name for name in files if name not in own]
    if others:
        more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
        notes.append(f"Left out as no {says.samples}: {', '.join(others[:_NAMED])}{more}.")
    with _whole(out) as target:
        for place, (name, file) in enumerate(own.items()):
            with tempfile.TemporaryDirectory(prefix="anomalens-score-") as folder:
                samples, of_file = read_samples(detector, file, Path(folder), name=name)
                flagged += _write_scores(detector, samples, target, unfamiliar, first=rows, file=name)
                each(samples)
            rows += len(samples)
            notes += [note for note in of_file if note not in notes]
            if progress:
                progress((place + 1) / len(own))
    return ScoredFile(rows, flagged, (*notes, *unfamiliar.notes()), says)


def _write_scores(
    detector: TrainedDetector,
    samples: Samples,
    target: TextIO,
    unfamiliar: Unfamiliar,
    *,
    first: int = 0,
    file: str = "",
) -> int:
    """Write a line for each sample, the names of the columns before the very first; how many are flagged."""
    import pandas as pd

    modality, flagged, step = MODALITIES[detector.recipe.modality], 0, units_per_batch(detector.encoder.layout)
    for start in range(0, max(len(samples), 1), step):
        ids = np.arange(start, min(start + step, len(samples)))
        raw = samples.read(ids)
        unfamiliar.add(raw)
        found = detector.score(raw)
        above = detector.flagged(found.score)
        flagged += int(above.sum())
        columns: dict[str, Any] = {"row": first + ids}
        if file:
            columns["file"] = file
        if modality.draws_samples:
            columns["name"] = [samples.name(id) for id in ids.tolist()]
        columns["score"] = found.score
        if found.uncertainty is not None:
            columns["uncertainty"] = found.uncertainty
        chunk = pd.DataFrame(columns).assign(flagged=above.astype(int))
        chunk.to_csv(target, index=False, header=first + start == 0, lineterminator="\n")
    return flagged


def read_samples(
    detector: TrainedDetector,
    file: Path,
    folder: Path,
    *,
    name: str = "",
    options: ReadOptions | None = None,
    progress: Progress | None = None,
) -> tuple[Samples, tuple[str, ...]]:
    """The samples of a file that no run has seen, read as the detector's own were, and sentences on how it was read.

    Parameters
    ----------
    detector
        Knows how the file was understood that it was trained on.
    file, name
        The file, and what the user calls it.
    folder
        An empty folder that is there as long as the samples are.
    options
        What the user says of how this file is written; it wins over what holds for the first.
    progress
        Called with the share that is done.

    Raises
    ------
    DataError, ConfigError
        When the file cannot be read so, or options are said of what is no table.
    """
    modality = MODALITIES[detector.recipe.modality]()
    refuse_unread(modality, options)
    said: dict[str, Any] = {"options": options} if modality.reads_with_options else {}
    return modality.read_new(file, detector.encoder, folder, name=name, progress=progress, **said)


@contextmanager
def _whole(out: Path) -> Iterator[TextIO]:
    """A file to write that takes the place of ``out`` when all went well; a device or a pipe is written to at once."""
    direct = out.exists() and not out.is_file()
    target = out if direct else out.with_name(f"{out.name}.part")
    try:
        with target.open("w", encoding="utf-8", newline="") as file:
            yield file
        if not direct:
            target.replace(out)
    finally:
        if not direct:
            target.unlink(missing_ok=True)
