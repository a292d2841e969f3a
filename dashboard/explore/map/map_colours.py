"""What the points of a map can be coloured by: score, class, verdicts, families, and every column of the data."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.jobs.derived.families import DerivedFamilies
from core.results.colouring import Colouring, Level, by_level, by_number, by_role
from core.results.scored_map import ScoredMap
from dashboard.charts.words import LABEL_NAMES
from dashboard.explore import explaining, shared_run
from dashboard.explore.map import maps
from dashboard.explore.map.maps import ShownMap
from dashboard.explore.shared_run import SharedRun
from dashboard.server import derived
from dashboard.state import page_url
from dashboard.state.kind import nouns_for
from dashboard.theme import Palette
from dashboard.triage import triaging

COLUMN = "column:"
NAMES = {
    "class": "Class",
    "score": "Score",
    "flagged": "Flagged",
    "uncertainty": "Uncertainty",
    "verdict": "Verdicts",
    "family": "Families",
}
VERDICTS = ("anomaly", "normal", "unsure", "conflict", "")
"""What people say of a row; the last for nothing."""
_VERDICT_LEVELS = (
    ("Anomaly", "anomaly"),
    ("Normal", "normal"),
    ("Unsure", "unsure"),
    ("People disagree", "conflict"),
    ("Not judged", "rest"),
)
_MOST_FAMILIES = 8


@dataclass(frozen=True)
class Colour:
    """What the points are coloured by, with all that it depends on."""

    name: str
    """One of ``NAMES``, or ``column:`` and a column's name."""
    version: str = ""
    """Differs whenever the colours may."""
    threshold: float = 0.0
    parts: tuple[str, ...] = ()
    """Whose families."""


def _first(run: SharedRun) -> str:
    """What the points are coloured by where the address does not say."""
    return "class" if run.labelled else "score"


def choices(run: SharedRun) -> dict[str, str]:
    """What can be chosen, with words: what the run and people say first, then the columns in their order."""
    offered = list(dict.fromkeys((_first(run), "score", "flagged")))
    if _uncertain(run):
        offered.append("uncertainty")
    if run.has_samples and triaging.current_verdicts(run).rows:
        offered.append("verdict")
    if current_families(run) is not None:
        offered.append("family")
    names = {name: NAMES[name] for name in offered}
    if run.has_samples:
        taken = {column.name for column in run.schema.columns if column.role == "label"}
        for column in run.schema.columns:
            if column.kind not in ("constant", "identifier") or column.name in taken:
                names[COLUMN + column.name] = f"Column {column.name}"
    return names


def current(run: SharedRun) -> Colour:
    """What the address asks for; one that is not there is the first."""
    said = page_url.param("colour")
    # Without a word of the address nothing has to be looked up: the first choice is always there.
    name = said if said and said in choices(run) else _first(run)
    if name == "verdict":
        return Colour(name, str(run.space.store.verdicts_version(run.record.dataset_id)))
    if name == "family":
        families = current_families(run)
        assert families is not None
        return Colour(name, f"{families[0]!r}", *families)
    if name.startswith(COLUMN):
        return Colour(name, run.key.rpartition(":")[2])
    return Colour(name)


def current_families(run: SharedRun) -> tuple[float, tuple[str, ...]] | None:
    """The threshold and parts whose families were grouped; None where they were not."""
    from dashboard.explore import explore_address as address

    cut, parts = address.cut(run), address.shown_parts(run)
    families = DerivedFamilies(run.score, cut.threshold, parts)
    return (cut.threshold, parts) if derived.status(run.id, families).ready else None


def colouring(shown_map: ShownMap, colour: Colour) -> Colouring:
    """The colours of a map's points.

    Raises
    ------
    DataError
        When what they come from is gone.
    """
    scored_map = maps.points(shown_map)
    assert scored_map is not None
    return _colouring(shown_map.key, colour, len(scored_map), shown_map)


@st.cache_resource(show_spinner=False, max_entries=24)
def _colouring(key: str, colour: Colour, n: int, _shown_map: ShownMap) -> Colouring:
    del key, n
    scored_map = maps.points(_shown_map)
    assert scored_map is not None
    if colour.name.startswith(COLUMN):
        return _by_column(_shown_map.run, scored_map, colour.name.removeprefix(COLUMN))
    make: Callable[[ShownMap, ScoredMap, Colour], Colouring] = MAKERS[colour.name]
    return make(_shown_map, scored_map, colour)


def _by_score(shown_map: ShownMap, scored_map: ScoredMap, colour: Colour) -> Colouring:
    return by_number("Score", scored_map.score)


def _by_class(shown_map: ShownMap, scored_map: ScoredMap, colour: Colour) -> Colouring:
    known = bool((scored_map.label >= 0).any())
    names = [LABEL_NAMES[0], LABEL_NAMES[1], LABEL_NAMES[-1] if known else nouns_for(shown_map.run)("Rows")]
    roles = ("normal", "anomaly", "unknown" if known else "accent")
    return by_role("Class", np.where(scored_map.label < 0, 2, scored_map.label), list(zip(names, roles, strict=True)))


def _by_uncertainty(shown_map: ShownMap, scored_map: ScoredMap, colour: Colour) -> Colouring:
    return by_number("Uncertainty", _uncertainty(shown_map.run)[scored_map.row])


def _by_verdict(shown_map: ShownMap, scored_map: ScoredMap, colour: Colour) -> Colouring:
    said = np.full(scored_map.points.of, len(VERDICTS) - 1, dtype=np.int64)
    for row, judged in triaging.current_verdicts(shown_map.run).rows.items():
        if row < said.size:
            said[row] = VERDICTS.index("conflict" if judged.conflict else judged.entry.verdict)
    return by_role("Verdicts", said[scored_map.row], _VERDICT_LEVELS)


def _by_family(shown_map: ShownMap, scored_map: ScoredMap, colour: Colour) -> Colouring:
    families = derived.result(shown_map.run.id, DerivedFamilies(shown_map.run.score, colour.threshold, colour.parts))
    names = explaining.family_titles(shown_map.run, families)
    numbers = [family.number for family in families.families if family.number][:_MOST_FAMILIES]
    levels = [(names.get(k) or f"Family {k}", "") for k in numbers]
    levels += [("Other families", "others"), ("Odd for a reason of their own", "alone"), ("In no family", "rest")]
    code = np.full(scored_map.points.of, len(levels) - 1, dtype=np.int64)
    own = np.asarray(families.family)
    place = {number: k for k, number in enumerate(numbers)} | {0: len(levels) - 2}
    code[families.row] = [place.get(int(number), len(levels) - 3) for number in own]
    return by_role("Families", code[scored_map.row], levels)


def _by_column(run: SharedRun, scored_map: ScoredMap, name: str) -> Colouring:
    column, table = run.schema.column(name), run.table
    every = len(scored_map) == scored_map.points.of == table.rows
    # In the order in which the file has them: a read of everything is then one sweep.
    values = table.frame([name], rows=None if every else scored_map.points.row)[name]
    if column.kind == "datetime":
        from core.index.dates import to_seconds

        seconds = np.asarray(to_seconds(values, column.unit), dtype=np.float64)[scored_map.order]
        return by_number(name, seconds, _date)
    if column.kind in ("number", "integer code") and column.type in ("integer", "float"):
        numbers = values.to_numpy(np.float64, na_value=np.nan)[scored_map.order]
        if column.kind == "number" or column.levels > 10:
            return by_number(name, numbers)
    return by_level(
        name, values.astype("string").astype(object).where(values.notna(), None).to_numpy()[scored_map.order]
    )


def _date(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs=shared_run.BY_KEY)
def _uncertain(run: SharedRun) -> bool:
    return bool(np.isfinite(_uncertainty(run)).any())


@st.cache_resource(show_spinner=False, max_entries=6, hash_funcs=shared_run.BY_KEY)
def _uncertainty(run: SharedRun) -> NDArray[np.float32]:
    """How unsure a variational network's passes or an ensemble's members are of each row; NaN where nobody says."""
    return run.rows.uncertainty().astype(np.float32)


MAKERS: dict[str, Callable[[ShownMap, ScoredMap, Colour], Colouring]] = {
    "score": _by_score,
    "class": _by_class,
    # The browser knows by itself which points are flagged; a picture on paper does not.
    "uncertainty": _by_uncertainty,
    "verdict": _by_verdict,
    "family": _by_family,
}


def role_colours(palette: Palette) -> dict[str, str]:
    """The colours of the levels that are none of the data's own values."""
    return {
        "normal": palette.normal,
        "anomaly": palette.anomaly,
        "unknown": palette.unknown,
        "accent": palette.accent,
        "unsure": palette.categories[5],
        "conflict": palette.categories[8],
        "others": palette.unknown,
        "alone": palette.muted,
        "missing": palette.rest,
        "rest": palette.rest,
    }


def level_colours(levels: tuple[Level, ...], palette: Palette) -> list[str]:
    """A colour for each level, the same on the flat map and the solid one."""
    own, roles = iter(palette.categories), role_colours(palette)
    return [roles[level.role] if level.role else next(own, palette.unknown) for level in levels]


def scale_colours(palette: Palette) -> tuple[str, ...]:
    """From little to much, without the one that is nearly the background: every point must be seen."""
    return palette.sequential[1:]
