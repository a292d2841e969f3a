"""What reading a file decided: sentences of its reader, and words and numbers that count as missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.notes.note import Note, joined, quoted
from core.words import plural

MOST = 8
"""Columns of one kind that get a sentence of their own."""
_WORDS = 4
"""Words of a column that are named."""


def reading_notes(report: Mapping[str, Any]) -> tuple[Note, ...]:
    """The notes of a report as :meth:`core.readers.ReadReport.to_dict` writes it, and of a second file's within."""
    notes = [Note("reading", str(text)) for text in report.get("notes", ())]
    for where, one in (("", report), ("Second file: ", report.get("test") or {})):
        words = {str(name): dict(counts) for name, counts in (one.get("missing_words") or {}).items()}
        endless = {str(name): int(n) for name, n in (one.get("infinite") or {}).items()}
        found = (*missing_words(words), *_infinite(endless))
        notes += [Note(note.kind, f"{where}{note.text}", note.columns) for note in found]
    return tuple(notes)


def missing_words(found: Mapping[str, Mapping[str, int]]) -> Iterator[Note]:
    """A sentence for each column in which words count as missing.

    Parameters
    ----------
    found
        Column -> word -> how many rows hold it.
    """
    ordered = sorted(found, key=lambda name: -sum(found[name].values()))
    for name in ordered[:MOST]:
        words = sorted(found[name].items(), key=lambda item: (-item[1], item[0]))
        shown = [f"{word[:40]!r} in {plural(n, 'row')}" for word, n in words[:_WORDS]]
        if rest := words[_WORDS:]:
            shown.append(f"{plural(len(rest), 'other word')} in {plural(sum(n for _, n in rest), 'row')}")
        yield Note("missing words", f"Column {name!r}: {joined(shown)} {_counts(len(words))} as missing.", (name,))
    if rest_names := tuple(ordered[MOST:]):
        every = sorted({word for name in rest_names for word in found[name]})
        cells = sum(n for name in rest_names for n in found[name].values())
        yield Note(
            "missing words",
            f"In {plural(len(rest_names), 'more column')} ({quoted(rest_names)}) {plural(cells, 'cell')} "
            f"{_counts(cells)} as missing: {quoted(every)}.",
            rest_names,
        )


def _infinite(found: Mapping[str, int]) -> Iterator[Note]:
    ordered = sorted(found, key=lambda name: -found[name])
    if ordered:
        shown = [f"{name!r} ({plural(found[name], 'row')})" for name in ordered[:MOST]]
        if len(ordered) > MOST:
            shown.append(f"{len(ordered) - MOST:,} more")
        where = "column" if len(ordered) == 1 else "columns"
        yield Note("infinite", f"Numbers without end (inf) count as missing in {where} {joined(shown)}.",
                   tuple(ordered))  # fmt: skip


def _counts(n: int) -> str:
    return "counts" if n == 1 else "count"
