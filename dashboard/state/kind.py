"""Which kind of data a dataset is, and what its samples are called on screen: rows, curves, images."""

from typing import TYPE_CHECKING

from core.errors import DataError
from core.modalities import MODALITIES
from core.modalities.nouns import Nouns, nouns_of

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.modalities.base import Modality
    from core.results.finished_run import FinishedRun
    from core.store.records import Dataset, Run


def kind_of(dataset: "Dataset") -> "Modality | None":
    """The kind of data; None where it is not installed here."""
    return MODALITIES[dataset.modality]() if dataset.modality in MODALITIES else None


def nouns_for(of: "Dataset | Run | FinishedRun") -> Nouns:
    """What the samples of a dataset or a run, and their parts, are called; texts are said with it."""
    return nouns_of(of.recipe.modality if hasattr(of, "recipe") else of.modality)


def reads_columns(dataset: "Dataset") -> bool:
    """Whether a network reads the columns themselves, as it does of a table; else they are what is known beside."""
    kind = kind_of(dataset)
    return kind is not None and kind.reads_columns


def reads_with_options(dataset: "Dataset") -> bool:
    """Whether people may say how a file of this kind is written."""
    kind = kind_of(dataset)
    return kind is not None and kind.reads_with_options


def schema_problem(dataset: "Dataset", schema: "Schema") -> list[str]:
    """Why nothing could be learned from the columns; empty where one can, and where no network reads them."""
    if reads_columns(dataset) and not schema.features:
        return ["No column has the role 'feature'. Give at least one column that role on the Data page."]
    kind = kind_of(dataset)
    try:
        if kind is not None:
            kind.check_schema(schema)
    except DataError as problem:
        return [str(problem)]
    return []
