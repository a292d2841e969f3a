"""Where pages, the command line and workers start from: the store, the artifacts and the settings, opened together."""

from dataclasses import dataclass

from core.errors import DataError
from core.private import close_to_others, private_folder
from core.settings import DATABASE, Settings
from core.settings import settings as current_settings
from core.store.artifacts import Artifacts
from core.store.runs import Store


@dataclass(frozen=True)
class Workspace:
    """A place with datasets and runs in it."""

    store: Store
    artifacts: Artifacts
    settings: Settings

    def delete_run(self, run_id: str) -> None:
        """Delete a run with its files; a worker that is at it notices and ends."""
        self.store.delete_run(run_id)
        self.artifacts.delete(f"runs/{run_id}")

    def delete_search(self, search_id: str) -> None:
        """Delete a search with its trials; runs that were kept of it stay."""
        trials = self.store.trials(search_id)
        self.store.delete_search(search_id)
        self.artifacts.delete(f"searches/{search_id}")
        for trial in trials:
            self.artifacts.delete(f"runs/{trial.id}")

    def delete_dataset(self, dataset_id: str) -> None:
        """Delete a dataset, its runs and searches, and the files of all of them.

        Raises
        ------
        DataError
            While a run on it still goes on.
        """
        searches = self.store.searches(dataset_id)
        trials = [trial for search in searches for trial in self.store.trials(search.id)]
        runs = self.store.runs(dataset_id)
        self.store.delete_dataset(dataset_id)
        for run in [*runs, *trials]:
            self.artifacts.delete(f"runs/{run.id}")
        for search in searches:
            self.artifacts.delete(f"searches/{search.id}")
        self.artifacts.delete(f"datasets/{dataset_id}")


def open_workspace(settings: Settings | None = None) -> Workspace:
    """The workspace that the settings name; made when it is not there yet."""
    chosen = settings or current_settings()
    try:
        private_folder(chosen.home)
    except OSError as error:
        raise DataError(
            f"The folder {chosen.home} must be writable: {error.strerror}. Set ANOMALENS_HOME to another folder."
        ) from error
    # What earlier versions made could be read by everybody on the machine.
    for name in (DATABASE, "storage", "uploads", "reading", "scratch", "cache"):
        close_to_others(chosen.home / name)
    return Workspace(Store.open(chosen), Artifacts(chosen.storage, cache=chosen.home / "cache"), chosen)
