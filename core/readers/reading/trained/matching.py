"""Columns of one file found among those of another: names that differ in case and blanks alone, and near misses."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

_MOST_PAIRS = 5


def folded(name: str) -> str:
    """A name without what people write differently and mean the same: case, blanks and what stands in their place."""
    plain = unicodedata.normalize("NFC", name).casefold()
    # A minus in front of a number says something: t-1 is not t1.
    return re.sub(r"[\s_\u200b\ufeff]|-(?!\d)", "", plain)


def matched(names: Iterable[str], wanted: Iterable[str]) -> dict[str, str]:
    """Which of a file's names stand for those wanted ones that it lacks: what differs in case and blanks alone.

    A name that could stand for two, or two that could stand for one, stand for none.
    """
    names, wanted = list(names), list(wanted)
    there, lacking = _by_key(n for n in names if n not in wanted), _by_key(w for w in wanted if w not in names)
    return {there[key][0]: lacking[key][0] for key in there if len(there[key]) == 1 == len(lacking.get(key, ()))}


def renamed_note(renamed: Mapping[str, str]) -> str:
    """A sentence on the columns that were matched; empty where there is none."""
    if not renamed:
        return ""
    pairs = [f"{name!r} as {known!r}" for name, known in renamed.items()]
    return f"Columns whose names differ in case or blanks alone were matched: {_shown(pairs)}."


def nearest(names: Sequence[str], lacking: Sequence[str]) -> str:
    """A sentence that names the nearest of a file's names for each that it lacks; empty where none is near."""
    by_key = {folded(name): name for name in names}
    pairs = []
    for wanted in lacking:
        if found := difflib.get_close_matches(folded(wanted), by_key, n=1, cutoff=0.7):
            pairs.append(f"{wanted!r} for {by_key[found[0]]!r}")
    return f"Nearest: {_shown(pairs)}." if pairs else ""


def lacking_note(names: Sequence[str], wanted: Sequence[str], lacking: Sequence[str]) -> str:
    """What is wrong with a file that lacks columns which a detector was trained on, and what to do.

    Parameters
    ----------
    names, wanted, lacking
        The file's columns, those that the detector was trained on, and which of these are not there.
    """
    listed = ", ".join(repr(name) for name in lacking[:_MOST_PAIRS])
    listed += " and more" if len(lacking) > _MOST_PAIRS else ""
    one = len(lacking) == 1
    near = nearest([name for name in names if name not in wanted], lacking)
    return (
        f"The rows must have the {len(wanted)} columns that the detector was trained on. "
        f"{listed} {'is' if one else 'are'} missing. {f'{near} ' if near else ''}"
        f"Add {'it' if one else 'them'}, or train on data like these."
    )


def _shown(pairs: Sequence[str]) -> str:
    more = f" and {len(pairs) - _MOST_PAIRS:,} more" if len(pairs) > _MOST_PAIRS else ""
    return ", ".join(pairs[:_MOST_PAIRS]) + more


def _by_key(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(folded(name), []).append(name)
    return found
