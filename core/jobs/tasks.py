"""Quick questions that a worker answers for the server; each imports what it needs, so that the server need not."""


def devices() -> list[dict[str, str]]:
    """Every device of the worker's machine."""
    from core.runtime import devices as of_this_machine

    return of_this_machine()


def warm_up() -> None:
    """Load what a training needs, so that the first one does not wait for it."""
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import torch

    import core.detector.experiment
    import core.jobs.worker
    import core.models

    core.models.MODELS.names()
    # The first optimizer of a process loads PyTorch's compiler, whether or not it is used: a second's work.
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])
