"""The current verdict on each row, from the log: who disagrees with it, and what can be undone.

The latest entry on a row counts, whoever wrote it; an entry that was taken back counts no more, and what was said
before it counts again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.triage.identity import contents

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.store.records import Entry


@dataclass(frozen=True)
class RowVerdict:
    """A row that somebody has judged."""

    entry: Entry
    """What counts."""
    others: tuple[Entry, ...] = ()
    """The last word of each other person who says something else, the latest first."""

    @property
    def conflict(self) -> bool:
        """Whether people see the row differently."""
        return bool(self.others)


@dataclass(frozen=True)
class CurrentVerdicts:
    """The verdicts on a dataset as they stand."""

    rows: Mapping[int, RowVerdict]
    """By row number, the latest verdict first."""
    log: tuple[Entry, ...] = ()
    """Every entry, the oldest first."""
    set_aside: int = 0
    """Rows whose verdict is about something else than what the row holds now."""

    @classmethod
    def of(
        cls, log: Sequence[Entry], holds: Callable[[Sequence[int]], Mapping[int, str]] | None = None
    ) -> CurrentVerdicts:
        """The standing that a log comes to.

        Parameters
        ----------
        log
            Entries in the order in which they were written.
        holds
            Tells the digests of what some rows hold; verdicts on other contents are set aside. None trusts all.
        """
        live = alive(log)
        digests = holds([entry.row for entry in live]) if holds is not None and live else None
        fitting = [entry for entry in live if digests is None or digests.get(entry.row) == entry.content]
        # What was brought along from another dataset may be older than what was there.
        fitting.sort(key=lambda entry: (entry.at, entry.id))
        last: dict[int, dict[str, Entry]] = {}
        for entry in fitting:
            by_author = last.setdefault(entry.row, {})
            by_author.pop(entry.author, None)
            by_author[entry.author] = entry  # behind all that was said before
        rows = {row: _judged(list(by_author.values())) for row, by_author in last.items()}
        latest = dict(sorted(rows.items(), key=lambda item: item[1].entry.at, reverse=True))
        aside = {entry.row for entry in live} - set(rows)
        return cls(latest, tuple(log), len(aside))

    @classmethod
    def of_run(cls, run: FinishedRun) -> CurrentVerdicts:
        """What the log of a run's dataset comes to on the rows that the dataset has now."""
        return cls.of(run.space.store.verdict_log(run.record.dataset_id), lambda rows: contents(run.table, rows))

    def labels(self, n: int) -> NDArray[np.int8]:
        """What is known of each of ``n`` rows by verdicts: 1 anomaly, 0 normal, -1 unsure or not judged."""
        known = np.full(n, -1, dtype=np.int8)
        for row, judged in self.rows.items():
            if row < n and judged.entry.verdict != "unsure":
                known[row] = judged.entry.verdict == "anomaly"
        return known

    def last_of(self, author: str) -> Entry | None:
        """The latest verdict that somebody gave here, which is what undo takes back; None where there is none."""
        own = (entry for entry in reversed(alive(self.log)) if entry.author == author and entry.copied_from is None)
        return next(own, None)


def alive(log: Iterable[Entry]) -> list[Entry]:
    """The verdicts that were not taken back, the oldest first.

    An entry that takes another one back can itself be taken back, which brings that one to life again.
    """
    gone: set[int] = set()
    found = []
    # An entry can only take back what was there before it.
    for entry in sorted(log, key=lambda entry: -entry.id):
        if entry.id in gone:
            continue
        if entry.undoes is not None:
            gone.add(entry.undoes)
        else:
            found.append(entry)
    return found[::-1]


def _judged(entries: list[Entry]) -> RowVerdict:
    *before, now = entries
    return RowVerdict(now, tuple(entry for entry in reversed(before) if entry.verdict != now.verdict))
