"""Giving verdicts: what is checked before an entry is written, and what is written with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.errors import ConfigError, DataError
from core.triage import SHOWN_BY, VERDICTS
from core.triage.identity import contents

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.store.records import Entry

MOST_WORDS = 2_000
"""Characters of a comment."""
MOST_NAME = 60
"""Characters of a tag and of an author's name."""


def record(
    run: FinishedRun,
    verdicts: Mapping[int, str],
    author: str,
    *,
    comment: str = "",
    tag: str = "",
    shown_by: str = "link",
) -> list[Entry]:
    """Write verdicts on rows of a run's dataset, all or none.

    Parameters
    ----------
    run
        What was looked at.
    verdicts
        The verdict on each row, by row number.
    author
        Who says so.
    comment, tag
        What is said beside it.
    shown_by
        Why the rows were shown (:data:`core.triage.SHOWN_BY`).

    Raises
    ------
    ConfigError
        When there is no such verdict, or a text is too long.
    DataError
        When there is no such row.
    """
    for verdict in verdicts.values():
        if verdict not in VERDICTS:
            raise ConfigError(f"A verdict is {', '.join(VERDICTS[:-1])} or {VERDICTS[-1]}. Got {verdict!r}.")
    author, tag, comment = author.strip(), tag.strip(), comment.strip()
    if not author:
        raise ConfigError("A verdict needs the name of who gives it. Enter your name.")
    for name, text, most in (("name", author, MOST_NAME), ("tag", tag, MOST_NAME), ("comment", comment, MOST_WORDS)):
        if len(text) > most:
            raise ConfigError(f"The {name} must have at most {most:,} characters. Got {len(text):,}. Shorten it.")
    assert shown_by in SHOWN_BY
    digests = contents(run.table, list(verdicts))
    for row in verdicts:
        if row not in digests:
            raise DataError(run.nouns(f"There is no row {row:,}. Rows are counted from 0 to {run.table.rows - 1:,}."))
    scores = dict(run.rows.some(list(verdicts))[["row", "score"]].itertuples(index=False))
    return run.space.store.add_verdicts(
        run.record.dataset_id,
        [
            {
                "row": row,
                "content": digests[row],
                "verdict": verdict,
                "author": author,
                "comment": comment,
                "tag": tag,
                "run_id": run.id,
                "score": float(scores[row]) if row in scores else None,
                "shown_by": shown_by,
            }
            for row, verdict in verdicts.items()
        ],
    )
