"""The split that the user chose for a dataset on the Data page; the Train page starts from it.

It is stored with the dataset (in its report), so that another browser finds it too.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.errors import AnomalensError
from core.params import build, to_dict
from core.recipe import SplitConfig

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset
    from core.store.runs import Store

_PLACE = "split"


def saved(dataset: "Dataset") -> tuple[SplitConfig, int] | None:
    """The split and its seed as the user chose them; None when the user has chosen nothing."""
    stored = dataset.report.get(_PLACE)
    if not isinstance(stored, Mapping):
        return None
    try:
        return build(SplitConfig, stored["config"]), int(stored["seed"])
    except (AnomalensError, KeyError, TypeError, ValueError):
        return None


def suggested(dataset: "Dataset", schema: "Schema") -> SplitConfig:
    """What the data themselves suggest: a second file, a split column, half of the normals, else at random."""
    if dataset.test_rows:
        return SplitConfig(kind="file")
    if schema.split:
        return SplitConfig(kind="column", column=schema.split)
    return SplitConfig(kind="normals" if schema.labelled else "random")


def current(dataset: "Dataset", schema: "Schema") -> tuple[SplitConfig, int]:
    """The user's choice, else what the data suggest, with the seed."""
    return saved(dataset) or (suggested(dataset, schema), 0)


def choose(store: "Store", dataset_id: str, config: SplitConfig, seed: int) -> None:
    """Remember the user's choice with the dataset."""
    report: dict[str, Any] = dict(store.dataset(dataset_id).report)
    report[_PLACE] = {"config": to_dict(config), "seed": seed}
    store.update_dataset(dataset_id, report=report)


def forget(store: "Store", dataset_id: str) -> None:
    """Go back to what the data suggest."""
    report = {name: value for name, value in store.dataset(dataset_id).report.items() if name != _PLACE}
    store.update_dataset(dataset_id, report=report)
