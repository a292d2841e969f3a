"""Quick questions that a worker answers for the server; each imports what it needs, so that the server need not."""


def devices() -> list[dict[str, str]]:
    """Every device of the worker's machine."""
    from core.runtime import devices as of_this_machine

    return of_this_machine()


def warm_up() -> None:
    """Load what a training needs, so that the first one does not wait for it."""
    import core.experiment
    import core.models  # noqa: F401
