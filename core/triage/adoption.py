"""Verdicts on the same rows in another dataset: somebody uploaded the data again, and nothing need be judged twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.triage.current_verdicts import alive
from core.triage.identity import contents

if TYPE_CHECKING:
    from core.index.table import Table
    from core.store.records import Entry
    from core.store.runs import Store


def verdicts_on_same_rows(store: Store, dataset_id: str, table: Table) -> list[Entry]:
    """What was said elsewhere of rows that this dataset has under the same numbers, and is not known here yet.

    It costs as many rows as there are verdicts elsewhere, on datasets with as many columns.
    """
    known = {_said(entry) for entry in store.verdict_log(dataset_id)}
    logs: dict[str, list[Entry]] = {}
    for entry in store.verdicts_elsewhere(dataset_id):
        logs.setdefault(entry.dataset_id, []).append(entry)
    found = [entry for log in logs.values() for entry in alive(log) if _said(entry) not in known]
    digests = contents(table, [entry.row for entry in found]) if found else {}
    # The same verdict may have gone through several datasets.
    fitting = {_said(entry): entry for entry in found if digests.get(entry.row) == entry.content}
    return sorted(fitting.values(), key=lambda entry: (entry.at, entry.id))


def adopt(store: Store, dataset_id: str, entries: Sequence[Entry]) -> list[Entry]:
    """Write verdicts of another dataset into the log of this one, with their authors and times.

    Raises
    ------
    DataError
        When somebody else did so at this moment.
    """
    return store.add_verdicts(dataset_id, [_copy(entry) for entry in entries])


def _said(entry: Entry) -> tuple[Any, ...]:
    return entry.row, entry.author, entry.verdict, entry.comment, entry.tag, entry.at


def _copy(entry: Entry) -> dict[str, Any]:
    names = ("row", "content", "verdict", "comment", "tag", "author", "at", "run_id", "score", "shown_by")
    return {name: getattr(entry, name) for name in names} | {"copied_from": entry.id}
