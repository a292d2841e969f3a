"""What the store hands out: frozen records of datasets, runs and what happened to them. Knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.recipe import TABULAR, Recipe

STATES = ("queued", "running", "paused", "stopped", "cancelled", "failed", "done")
"""Every state of a run. A paused run holds no worker: it goes on from its checkpoint."""

ACTIVE = ("queued", "running", "paused")
"""States from which a run still goes on."""

ENDED = ("stopped", "cancelled", "failed", "done")
"""States that a run never leaves."""


@dataclass(frozen=True)
class Dataset:
    """Data that were read into the workspace; ``schema`` and ``report`` are plain values."""

    id: str
    name: str
    source: str
    rows: int
    test_rows: int
    columns: int
    schema: Mapping[str, Any]
    report: Mapping[str, Any]
    created_at: datetime
    modality: str = TABULAR
    """The kind of data, a name of :data:`core.modalities.MODALITIES`."""


@dataclass(frozen=True)
class Run:
    """One experiment: what it was asked to do, how far it is and how it ended. Times are in UTC."""

    id: str
    name: str
    dataset_id: str
    dataset_name: str
    state: str
    reason: str
    """Why it is in this state, as a sentence; empty where there is nothing to say."""
    recipe: Recipe
    result: Mapping[str, Any] | None
    progress: Mapping[str, Any]
    notes: str
    tags: tuple[str, ...]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    heartbeat_at: datetime | None
    attempt: int
    """How often a worker has taken the run up; also the lease: a worker of an earlier attempt may write nothing."""
    retries: int = 0
    """How often a worker died of it."""
    holder: str = ""
    """The process that has it in hand: host/pid/start."""
    search_id: str | None = None
    """The search that it is a trial of; None for a run of its own."""
    trial: int | None = None
    """Its place in that search, from 1."""
    problem: str = ""
    """Why what the store has of it cannot be read, as a sentence; it then counts as failed, and has no recipe."""

    @property
    def active(self) -> bool:
        """Whether the run still goes on."""
        return self.state in ACTIVE


@dataclass(frozen=True)
class Search:
    """A search for the best recipe on a dataset; its trials are runs that lists leave out. Times are in UTC."""

    id: str
    name: str
    dataset_id: str
    dataset_name: str
    state: str
    """running, stopped (it can be resumed), done or failed (it can be given more trials)."""
    reason: str
    plan: Mapping[str, Any]
    """Its settings (:class:`core.search.plan.SearchPlan`), as plain values."""
    division: Mapping[str, Any]
    """How its rows were divided: a note in words, and how many rows choose and estimate."""
    seconds: float
    """How long it went on before it was last resumed."""
    since: datetime | None
    """From when on it goes on now; None while it does not."""
    created_at: datetime
    finished_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether new trials are made."""
        return self.state == "running"


@dataclass(frozen=True)
class Transition:
    """A run came into a state, when, and why."""

    state: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Command:
    """What somebody asked a running run to do: pause, resume, stop, cancel or learning_rate."""

    id: int
    kind: str
    value: Any


@dataclass(frozen=True)
class Lease:
    """Who has an active run in hand, and how long ago that was last heard of, in seconds."""

    run_id: str
    state: str
    holder: str
    age: float | None
    """None when nobody has ever had it, or when it was given back."""
    attempt: int
    retries: int
    has_command: bool
    """Whether commands wait for it."""


@dataclass(frozen=True)
class Entry:
    """A line of the log of verdicts; it is never changed. Times are in UTC."""

    id: int
    dataset_id: str
    row: int
    content: str
    """A digest of what the row held (:func:`core.triage.identity.contents`)."""
    verdict: str
    """One of :data:`core.triage.VERDICTS`; empty in an entry that only takes another one back."""
    comment: str
    tag: str
    author: str
    at: datetime
    run_id: str
    """The run that the author looked at; it may be gone."""
    score: float | None
    """That run's score of the row."""
    shown_by: str
    """Why the row was shown: one of :data:`core.triage.SHOWN_BY`."""
    undoes: int | None
    """The entry that this one takes back."""
    copied_from: int | None
    """The entry of another dataset with the same row that it was brought along from."""
