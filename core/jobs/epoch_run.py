"""A run that has the weights of one epoch of another: nothing is trained, every row is scored and evaluated anew."""

from core.detector import replay
from core.errors import DataError
from core.store.base import new_id
from core.store.records import Run
from core.store.workspace import Workspace


def keep_epoch(workspace: Workspace, run_id: str, epoch: int) -> Run:
    """Queue a run that starts, and ends, with the weights of an epoch.

    Parameters
    ----------
    workspace
        Where the runs are.
    run_id
        A finished run.
    epoch
        One of those whose weights were kept.

    Raises
    ------
    DataError
        When the weights of that epoch are not there.
    UnknownNameError
        When there is no such run.
    """
    store, artifacts = workspace.store, workspace.artifacts
    run = store.run(run_id)
    try:
        checkpoint = replay.weights(artifacts, f"runs/{run_id}", epoch)
    except DataError:
        raise DataError(
            f"The weights of epoch {epoch} of {run.name!r} were not kept. Choose another epoch, or train again."
        ) from None
    # The files come first: whoever finds the queued run finds what it starts from.
    new = new_id()
    artifacts.write_bytes(f"runs/{new}/checkpoint.safetensors", checkpoint)
    artifacts.write_json(f"runs/{new}/schema.json", artifacts.read_json(f"runs/{run_id}/schema.json"))
    run_of_epoch = store.create_run(run.dataset_id, run.recipe, f"{run.name}, epoch {epoch}", run_id=new)
    return store.update_run(run_of_epoch.id, notes=f"The weights of epoch {epoch} of {run.name}; nothing was trained.")
