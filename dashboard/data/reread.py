"""Reading a dataset's file once more in another way, as long as the server keeps the upload."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dashboard.server import cache, read_tasks, uploads
from dashboard.state import page_url

if TYPE_CHECKING:
    from core.store.records import Dataset


def can_reread(dataset: "Dataset") -> bool:
    """Whether the files are still here that the dataset was read from."""
    kept = uploads.kept_for(dataset.id)
    return "main" in kept and ("test" in kept or not dataset.test_rows)


def reread(
    dataset: "Dataset", options: Mapping[str, Any], modality: str = "", reading: Mapping[str, Any] | None = None
) -> None:
    """Begin to read the files with these options, and put the reading into the address.

    They are read as the same kind of data, and as its rows became samples before, where nothing else is said.

    A dataset that runs use stays as it is: the file is read into a new one beside it.
    """
    kept = uploads.kept_for(dataset.id)
    request = read_tasks.ReadRequest(
        main=kept["main"].token,
        second=kept["test"].token if dataset.test_rows else "",
        second_is=str(dataset.report.get("second_is", "test")),
        options=options,
        modality=modality or dataset.modality,
        reading=dict(dataset.report.get("reading", {})) if reading is None else reading,
        replaces="" if cache.workspace().store.runs(dataset.id) else dataset.id,
    )
    page_url.set_params(reading=read_tasks.start(cache.workspace(), request).id)
