"""The Optuna study of a search: what to try next and which trials to prune. For workers, which may import Optuna.

The study is Optuna's journal, whose lines are rows of the run store (:class:`StoreJournal`): a file in the artifacts'
folder would be out of reach for a worker elsewhere, or lie in an object store that knows no appending; and Optuna's own
tables would share the database's revision table with ours. A trial can be taken up by another process than began it.
"""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend
from optuna.trial import Trial, TrialState, create_trial

from core.params import Param, Searched
from core.recipe import Recipe
from core.runtime import derive_seed
from core.search.plan import SearchPlan
from core.search.space import MODEL, Space, coordinate
from core.store.searches import Searches

RUNGS = (20, 40, 60, 80)
"""Percent of a trial's training after which it is looked at."""
STARTUP = 4
"""Trials that end before any is ended early."""
RANDOM_TRIALS = 8
"""Trials before the optimiser takes over from chance; the presets count."""
_RUN = "run"

optuna.logging.set_verbosity(optuna.logging.WARNING)


class StoreJournal(BaseJournalBackend):
    """Optuna's journal as lines in the log of a search."""

    def __init__(self, store: Searches, search_id: str) -> None:
        self._store, self._search_id = store, search_id

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """The lines from a number on."""
        return self._store.read_log(self._search_id, log_number_from)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add lines at the end."""
        self._store.append_log(self._search_id, logs)


class Study:
    """The study of one search, as one process sees it.

    Parameters
    ----------
    store
        Where its log is.
    search_id
        The search.
    plan
        What it was asked.
    """

    def __init__(self, store: Searches, search_id: str, plan: SearchPlan) -> None:
        self.space = Space(plan)
        storage = JournalStorage(StoreJournal(store, search_id))
        lines = len(store.read_log(search_id))
        with warnings.catch_warnings():
            # Choosing settings together, those of each model apart, is what a search over several models needs.
            warnings.simplefilter("ignore", ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                n_startup_trials=RANDOM_TRIALS,
                multivariate=True,
                group=True,
                constant_liar=True,
                # Every process and every trial draws differently, and a search in one process always alike.
                seed=derive_seed(plan.seed, lines) % 2**32,
            )
        self._study = optuna.create_study(
            storage=storage,
            sampler=sampler,
            pruner=_pruner(plan.pruner),
            study_name=search_id,
            direction="maximize",
            load_if_exists=True,
        )

    def begin(self, run_id: str, number: int) -> tuple[Trial, Recipe]:
        """What the trial of that number tries: a preset at first, then what the optimiser chooses."""
        starts = self.space.starts()
        if number <= len(starts):
            recipe = starts[number - 1]
            self._add(run_id, recipe)
            found = self.resume(run_id)
            assert found is not None
            return found, recipe
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the optimiser cannot choose together it says so every time
            trial = self._study.ask()
            trial.set_user_attr(_RUN, run_id)
            return trial, self.space.suggested(trial)

    def resume(self, run_id: str) -> Trial | None:
        """A trial that a process began, in whatever process; None when its beginning was never written."""
        for frozen in reversed(self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))):
            if frozen.user_attrs.get(_RUN) == run_id:
                return Trial(self._study, frozen._trial_id)
        return None

    def hopeless(self, trial: Trial, percent: int, signal: float) -> bool:
        """Tell how good a trial is after a part of its training; whether it is to be ended."""
        trial.report(signal, percent)
        return trial.should_prune()

    def complete(self, trial: Trial, value: float) -> None:
        """The trial came to an end."""
        self._study.tell(trial, value, skip_if_finished=True)

    def prune(self, trial: Trial) -> None:
        """The trial was ended early; its last signal counts for the optimiser."""
        self._study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)

    def fail(self, trial: Trial) -> None:
        """The trial failed."""
        self._study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)

    def _add(self, run_id: str, recipe: Recipe) -> None:
        place = self.space.coordinates(recipe)
        params = {name: coordinate(value, searched) for name, (value, searched, _) in place.items()}
        distributions = {name: distribution(searched, p) for name, (_, searched, p) in place.items()}
        params[MODEL], distributions[MODEL] = recipe.model, CategoricalDistribution(self.space.models)
        self._study.add_trial(
            create_trial(
                state=TrialState.RUNNING, params=params, distributions=distributions, user_attrs={_RUN: run_id}
            )
        )


def params_of(trial: Trial) -> Mapping[str, Any]:
    """The coordinates of a trial."""
    params: dict[str, Any] = trial.params
    return params


def distribution(searched: Searched, p: Param | None) -> BaseDistribution:
    """What is worth trying, as Optuna says it."""
    if searched.values:
        return CategoricalDistribution([coordinate(value, searched) for value in searched.values])
    assert searched.low is not None
    assert searched.high is not None
    if p is not None and p.type == "int":
        return IntDistribution(int(searched.low), int(searched.high), log=searched.log)
    return FloatDistribution(searched.low, searched.high, log=searched.log)


def _pruner(name: str) -> BasePruner:
    if name == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=RUNGS[1])
    if name == "halving":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=RUNGS[0], reduction_factor=2)
    if name == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=RUNGS[0], max_resource=100, reduction_factor=2)
    return optuna.pruners.NopPruner()
