"""Columns of a later file, read as the file was that was trained on; and what in them contradicts it.

Where the first file proves a notation, or one was settled on, the later file's values are read in it even where they
could be read otherwise. A file whose values can only be read otherwise is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import DataError
from core.readers.reading import moments
from core.readers.reading.engine import one_of
from core.readers.reading.numbers import PLAIN, STYLES, Style
from core.readers.reading.plan import FALSE, TRUE, CastPlan, Guess, guess
from core.readers.reading.report import counted
from core.readers.reading.trained.interpretation import ColumnNotation, Trained

if TYPE_CHECKING:
    import duckdb

    from core.readers.reading.options import ReadOptions
    from core.readers.reading.report import ReadJob

_UNREAD = {
    "number": "are no numbers",
    "moment": "are no dates",
    "time": "are no times of day",
    "boolean": "are neither true nor false",
}
_WHOLE = ("integer", "whole")
_SIGNS = {".": "point", ",": "comma"}
_OTHER_BOOLEANS = (*TRUE[1:], *FALSE[1:])
_MOST_WORDS = 4
_ONE_IS_TRUE = "held true and false in the file that was trained on; 1 counts as true here, and 0 as false"


@dataclass(frozen=True)
class Contrary:
    """Another way to read a column than that of the file that was trained on, and how people say both."""

    sql: str
    """Whether the text ``x`` is a value when it is read so."""
    trained: str
    """How that file is written: "a comma stands before the decimals"."""
    here: str
    """How these values are written: "a point"."""
    flag: str = ""
    """What to say on the command line where this is how the file is written."""


class LaterColumns:
    """The columns of one later file on their way to Parquet.

    Parameters
    ----------
    job
        The file.
    names
        Its columns.
    trained
        The file that it is read like.
    """

    def __init__(self, job: ReadJob, names: Sequence[str], trained: Trained) -> None:
        self.job, self.names, self.trained = job, names, trained
        self._notations: dict[int, ColumnNotation] = {}
        self._weighed: set[int] = set()

    def guesses(self, columns: Mapping[int, Sequence[str]], delimiter: str) -> dict[int, Guess]:
        """What those columns could be of which the first file says how they are written, by some of their values."""
        known = {place: self.trained.notation(self.names[place]) for place in columns}
        self._notations = {place: notation for place, notation in known.items() if notation is not None}
        options, typed = self.job.options, self.job.typed_cells
        return {
            place: guess_as_trained(
                columns[place], self.trained, notation, options, delimiter=delimiter, typed_cells=typed
            )
            for place, notation in self._notations.items()
        }

    def weighed(
        self,
        connection: duckdb.DuckDBPyConnection,
        relation: str,
        plans: Mapping[int, CastPlan],
        guesses: Mapping[int, Guess],
    ) -> dict[int, CastPlan]:
        """Note what cannot be read as the first file was; other plans for columns of which nothing can.

        Raises
        ------
        DataError
            When a column is written in another way.
        """
        other: dict[int, CastPlan] = {}
        for place, notation in self._notations.items():
            plan, name = plans[place], self.names[place]
            widened = plan.kind == "text" and notation.kind != "text"
            if place in self._weighed or not (plan.lenient or widened):
                continue
            self._weighed.add(place)
            plan = guesses[place].plans[-2] if widened else plan
            values = _values(connection, relation, place, plan)
            contrary = contraries(plan, notation, values, self.trained)
            count, unread, example = weigh(connection, relation, place, name, plan, contrary, self.trained)
            if widened or not unread:
                continue
            if unread == count:
                # Nothing of it can be read: it stays as it is, for whoever knows what the column is to count.
                other[place] = CastPlan("text", plan.words)
                continue
            self.job.note(
                f"Of {counted(count, 'value')} of column {name!r}, {unread:,} {_UNREAD[plan.kind]} and count as "
                f"missing, such as {example[:40]!r}."
            )
        return other


def _values(connection: duckdb.DuckDBPyConnection, relation: str, place: int, plan: CastPlan) -> list[str]:
    """Some different values of a column."""
    some = f"SELECT trim(c{place}) AS x FROM {relation} LIMIT 20000"
    found = connection.execute(f"SELECT DISTINCT x FROM ({some}) LIMIT 300").fetchall()
    return [value for (value,) in found if value and value not in plan.words]


def guess_as_trained(
    values: Sequence[str],
    trained: Trained,
    notation: ColumnNotation,
    options: ReadOptions,
    *,
    delimiter: str = "",
    typed_cells: bool = False,
) -> Guess:
    """What a column could be, given how it was written in the file that was trained on.

    Parameters
    ----------
    values
        Texts in the order of the rows, blanks and words for missing included.
    options
        What was said, of the later file and of the first.
    delimiter
        The character between the later file's fields.
    typed_cells
        Whether plain numbers were made of cells that held numbers.
    """
    order = day_first(notation.formats)
    if options.day_first is None and order is not None:
        options = replace(options, day_first=order)
    free = guess(values, options, options.decimal or trained.file.decimal, delimiter)
    words = free.plans[0].words
    if notation.kind == "text":
        free_words = free.plans[-1].words
        kept = free_words if trained.said.missing else notation.words or free_words
        return Guess((CastPlan("text", kept),), empty=free.empty, closed=True)
    if notation.kind == "boolean":
        counts = [plan for plan in free.plans if plan.kind in _WHOLE]
        said = _yes_and_no(values, words)
        plans = [CastPlan("boolean", words, remark=said, yes_and_no=bool(said))]
        plans += [replace(plan, remark=_ONE_IS_TRUE) for plan in counts]
    elif notation.kind == "time":
        plans = [CastPlan("time", words)]
    elif notation.kind == "moment":
        plans = _moments(free, notation, words, options.day_first)
    else:
        plans = _numbers(free, trained, notation, options, words, typed_cells)
    if not trained.settled:
        return replace(free, plans=(*plans, free.plans[-1]), closed=True)
    last = next(plan for plan in (*reversed(plans[1:]), plans[0]) if plan.kind not in _WHOLE)
    return Guess((*plans, replace(last, lenient=True)), empty=free.empty, closed=True)


def _yes_and_no(values: Sequence[str], words: tuple[str, ...]) -> str:
    """What is said of values that are all words for true and false, and not only these two; empty for all others."""
    there = {value.strip() for value in values} - {"", *words}
    known = {word for word in there if word.lower() in (*TRUE, *FALSE)}
    others = sorted(word for word in known if word.lower() not in (TRUE[0], FALSE[0]))
    if known != there or not others:
        return ""
    means = " and ".join(f"{word!r} as {'true' if word.lower() in TRUE else 'false'}" for word in others[:_MOST_WORDS])
    return f"held true and false in the other file; here {means} {'was' if len(others) == 1 else 'were'} read"


def contraries(plan: CastPlan, notation: ColumnNotation, values: Sequence[str], trained: Trained) -> list[Contrary]:
    """The other ways in which values may be written that cannot be read as the file that was trained on was.

    Parameters
    ----------
    plan
        How the column is read.
    values
        Different values of it, to find the formats of dates by.
    """
    if plan.kind == "boolean":
        if not trained.settled:
            return []
        truth = one_of("lower(trim(x))", _OTHER_BOOLEANS)
        return [Contrary(truth, "it holds true and false", "written in other words")]
    if plan.kind == "time":
        return []
    if plan.kind == "moment":
        order = day_first(notation.formats)
        if order is None or trained.said.day_first is not None:
            return []
        formats = _contrary_formats(notation.formats, values, order)
        stands, here = ("day", "month") if order else ("month", "day")
        sql = f"{moments.sql(formats, 'x')} IS NOT NULL" if formats else ""
        return [Contrary(sql, f"the {stands} stands first", f"dates with the {here} first", f"--dates {here}-first")]
    if trained.said.decimal or not (notation.style or trained.file.decimal):
        return []
    decimal = plan.style.decimal
    other = "," if decimal == "." else "."
    style = replace(plan.style, decimal=other, thousands=decimal)
    before = f"a {_SIGNS[decimal]} stands before the decimals"
    sql = f"({style.sql('x')}) IS NOT NULL"
    return [Contrary(sql, before, f"numbers with a {_SIGNS[other]} there", f"--decimal {_SIGNS[other]}")]


def weigh(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    place: int,
    name: str,
    plan: CastPlan,
    others: Sequence[Contrary],
    trained: Trained,
) -> tuple[int, int, str]:
    """How many values of a column there are, how many of them cannot be read, and the first of these.

    Raises
    ------
    DataError
        When the column is written in another way: values can only be read in it, and none only as it was trained on.
    """
    strict = replace(plan, lenient=False)
    reads, there = f"({strict.value('x')}) IS NOT NULL", strict.present("x")
    asked = [f"count_if({there})", f"count_if({there} AND NOT {reads})"]
    first = f"FILTER (WHERE {there} AND NOT {reads})"
    asked += [f"min(row) {first}", f"arg_min(x, row) {first}"]
    for other in (o for o in others if o.sql):
        asked += [f"count_if({there} AND NOT {reads} AND ({other.sql}))", f"count_if({reads} AND NOT ({other.sql}))"]
    rows = f"SELECT row_number() OVER () AS row, c{place} AS x FROM {relation}"
    found = connection.execute(f"SELECT {', '.join(asked)} FROM ({rows})").fetchone()
    assert found is not None
    count, unread, row, example = int(found[0]), int(found[1]), found[2], str(found[3])
    pairs = zip(found[4::2], found[5::2], strict=True)
    for other, (only_here, only_trained) in zip((o for o in others if o.sql), pairs, strict=True):
        if only_here and not only_trained:
            raise DataError(_refusal(name, other, trained, count, int(only_here), row, example))
    return count, unread, example


def day_first(formats: Sequence[str]) -> bool | None:
    """Whether the day stands before the month in these formats; None where that is no question."""
    orders = {form[:2] == "%d" for form in formats if moments.swapped((form,))}
    return orders.pop() if len(orders) == 1 else None


def _numbers(
    free: Guess,
    trained: Trained,
    notation: ColumnNotation,
    options: ReadOptions,
    words: tuple[str, ...],
    typed_cells: bool,
) -> list[CastPlan]:
    """Whole numbers, then every notation that has the trained one's sign before its decimals, that one first."""
    plans = [plan for plan in free.plans if plan.kind in (*_WHOLE, "number")]
    decimal = options.decimal or (notation.style.decimal if notation.style else trained.file.decimal)
    if not decimal:
        return plans if any(p.kind == "number" for p in plans) else [*plans, CastPlan("number", words)]
    marked = notation.style or PLAIN
    own = [notation.style] if notation.style and notation.style.decimal == decimal else []
    alike = [replace(style, affixes=marked.affixes, signs=marked.signs) for style in STYLES if style.decimal == decimal]
    found = [plan.style for plan in plans if plan.kind == "number" and plan.style.decimal == decimal]
    if options.thousands:
        alike = [style for style in alike if style.thousands in ("", options.thousands)]
    styles = list(dict.fromkeys([*([PLAIN] if typed_cells else []), *own, *alike, *found]))
    # The last is the one that reads most: with the usual sign between thousands.
    thousands = options.thousands or (own and own[0].thousands) or ("." if decimal == "," else ",")
    usual = Style(decimal, thousands, marked.affixes, marked.signs)
    styles = [*(style for style in styles if style != usual), usual]
    return [*(p for p in plans if p.kind in _WHOLE), *(CastPlan("number", words, style) for style in styles)]


def _moments(free: Guess, notation: ColumnNotation, words: tuple[str, ...], first: bool | None) -> list[CastPlan]:
    """The formats of the first file, in the order of day and month that is said, and others in that order."""
    formats = notation.formats or (moments.ISO,)
    if day_first(formats) not in (None, first):
        formats = moments.swapped(formats)
    edits = next((p.edits for p in free.plans if p.kind == "moment" and p.formats == formats), notation.edits)
    own, order = CastPlan("moment", words, formats=formats, edits=edits), day_first(formats)
    found = [plan for plan in free.plans if plan.kind == "moment" and plan.formats != formats]
    agree = [plan for plan in found if order is None or day_first(plan.formats) in (None, order)]
    # Written otherwise, and not against the order of day and month.
    return [own, *agree, own]


def _contrary_formats(formats: tuple[str, ...], values: Sequence[str], order: bool) -> tuple[str, ...]:
    found = moments.notation_of(values, values, not order).formats if values else ()
    return found if found and day_first(found) is (not order) else moments.swapped(formats)


def _refusal(name: str, other: Contrary, trained: Trained, count: int, only: int, row: int, example: str) -> str:
    say = f"Say how this file is written ({other.flag}), or write it as that one is." if other.flag else ""
    remedy = say if say and trained.settled else "Write it as that one is."
    return (
        f"Column {name!r} contradicts {trained.other}, in which {other.trained}: {only:,} of "
        f"{counted(count, 'value')} here, the first {example[:40]!r} in row {row:,}, are {other.here}. {remedy}"
    )
