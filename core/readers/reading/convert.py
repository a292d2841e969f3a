"""Converts text columns to typed Parquet: types are guessed from the first rows and checked on every row.

The fast way is one pass that ends at the first value of an unexpected kind. Only then are all rows looked at again, the
columns in question become wider (whole number, number, text), and the user is told about it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from core.readers.reading.engine import columns_with_nulls, quoted, watched, write_parquet
from core.readers.reading.numbers import PLAIN
from core.readers.reading.plan import CastPlan, Guess, guess, widened
from core.readers.reading.report import ReadJob, counted, listed
from core.readers.reading.text.native import NativeReader, native_numbers, whole_number
from core.readers.reading.trained.columns import LaterColumns
from core.readers.reading.trained.interpretation import ColumnNotation
from core.readers.reading.typed import without_words
from core.readers.reading.words import as_number

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")
_SAMPLE_CELLS = 2_000_000
_LOOK_CELLS = 400_000
_CELLS_PER_QUERY = 50
_MOST_REMARKS = 20
_PLURAL = re.compile(r"(?<![\w'])(?:was|has)(?= (?:read|numbers|times|signs))")


@dataclass(frozen=True)
class Source:
    """Rows on their way to Parquet."""

    names: tuple[str, ...]
    relation: Callable[[bool], str]
    """The SQL of the rows, as columns c0, c1 …, from whether they are written now or only looked at."""
    typed: dict[int, str] = field(default_factory=dict)
    """The SQL of those columns that have a type already, by their place; all others are text."""
    delimiter: str = ""
    native: NativeReader | None = None
    """How the file's reader makes numbers by itself, where it can."""

    @property
    def text(self) -> list[int]:
        """The places of the columns whose type must be found out."""
        return [place for place in range(len(self.names)) if place not in self.typed]

    def without(self, places: Sequence[int]) -> Source:
        """The same rows without these columns."""
        kept = [place for place in range(len(self.names)) if place not in places]
        inner, columns = self.relation, ", ".join(f"c{place} AS c{at}" for at, place in enumerate(kept))
        typed = {at: self.typed[place] for at, place in enumerate(kept) if place in self.typed}
        native = self.native
        if native is not None:
            whole = native
            native = replace(whole, relation=lambda numbers: _selected(columns, whole.relation(numbers.moved(kept))))
        return replace(
            self,
            names=tuple(self.names[place] for place in kept),
            relation=lambda writing: f"SELECT {columns} FROM ({inner(writing)})",
            typed=typed,
            native=native,
        )


def _selected(columns: str, relation: str) -> str:
    return relation and f"SELECT {columns} FROM ({relation})"


@dataclass
class Converted:
    """What was written."""

    rows: int
    names: tuple[str, ...]
    decimal: str = ""
    missing: tuple[str, ...] = ()


class Converter:
    """Finds the types of a source's text columns and writes it."""

    def __init__(self, job: ReadJob, connection: duckdb.DuckDBPyConnection, source: Source) -> None:
        self.job = job
        self.connection = connection
        self.source = source
        self.plans: dict[int, CastPlan] = {}
        self._guesses: dict[int, Guess] = {}
        self._found_words: tuple[str, ...] = ()
        self._later = LaterColumns(job, source.names, job.trained) if job.trained else None
        self._seen: dict[int, set[str]] = {}
        self._only_blank: frozenset[int] = frozenset()
        """The columns in which nothing was missing but what was left blank."""

    def run(self, start: float = 0.0) -> Converted:
        """Write the rows to the job's file; the progress goes from ``start`` to 1."""
        self.job.heeds_words = True
        self._plan()
        self._weigh()
        rows = self._write_natively(self.job.part(start, 1.0))
        if rows is None:
            rows = self._write_text(start)
        self._remarks()
        self._keep_notations()
        self._count_words()
        decimals = Counter(p.style.decimal for p in self.plans.values() if p.kind == "number")
        decimal = decimals.most_common(1)[0][0] if decimals else ""
        words = {word for found in self.job.missing_words.values() for word in found}
        return Converted(rows, self.source.names, decimal, tuple(sorted({*self._found_words, *words})))

    def _write_natively(self, progress: Callable[[float], None]) -> int | None:
        """Write numbers as the file's reader makes them; None where it cannot vouch for every value."""
        reader = self.source.native
        if reader is None or self.job.limit:
            return None
        numbers = native_numbers(self.plans, self._seen)
        relation = reader.relation(numbers) if numbers is not None else ""
        if numbers is None or not relation:
            return None
        try:
            rows = self._write(progress, relation, numbers.places)
        except Exception as error:
            if not _is_unexpected_value(error):
                raise
            rows = None
        if not reader.is_sound(rows is not None):
            return None
        if not numbers.words:
            self._only_blank = numbers.places
        return rows

    def _write_text(self, start: float) -> int:
        """Write numbers as SQL makes them of text; where the first rows misled, look at all and write again."""
        try:
            return self._write(self.job.part(start, 1.0))
        except Exception as error:
            if not _is_unexpected_value(error):
                raise
        self._widen(self.job.part(start, start + 0.6 * (1 - start)))
        self._weigh()
        return self._write(self.job.part(start + 0.6 * (1 - start), 1.0))

    def _plan(self) -> None:
        text = self.source.text
        if not text:
            return
        count = min(20_000, max(500, _SAMPLE_CELLS // len(self.source.names)))
        selected = ", ".join(f"c{place}" for place in text)
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE sample AS "
            f"SELECT {selected} FROM ({self.source.relation(False)}) LIMIT {count}"
        )
        columns = self._look(text)
        options, delimiter = self.job.options, self.source.delimiter
        known = self._later.guesses(columns, delimiter) if self._later else {}
        first = {place: known.get(place) or guess(columns[place], options, "", delimiter) for place in text}
        proofs = Counter(g.evidence for g in first.values() if g.evidence)
        before = self.job.trained.file.decimal if self.job.trained else ""
        hint = options.decimal or before or (proofs.most_common(1)[0][0] if proofs else "")
        self._guesses = {
            place: g if g.evidence or g.closed else guess(columns[place], options, hint, delimiter)
            for place, g in first.items()
        }
        self.plans = self._choose("sample", {place: g.plans for place, g in self._guesses.items()})
        seen = self._seen = {place: {value.strip() for value in values} for place, values in columns.items()}
        words = {word for place, plan in self.plans.items() for word in plan.words if _stands_in(word, seen[place])}
        self._found_words = tuple(sorted(words))

    def _look(self, text: list[int]) -> dict[int, list[str]]:
        """Some of the sample's rows, evenly spread."""
        found = self.connection.execute("SELECT count(*) FROM sample").fetchone()
        rows = int(found[0]) if found else 0
        wanted = min(2000, max(200, _LOOK_CELLS // max(len(text), 1)))
        step = max(1, rows // wanted)
        fetched = self.connection.execute(f"SELECT * FROM sample WHERE rowid % {step} = 0").fetchall()
        columns = zip(*fetched, strict=True) if fetched else [() for _ in text]
        return {place: ["" if v is None else v for v in column] for place, column in zip(text, columns, strict=True)}

    def _choose(self, relation: str, candidates: dict[int, tuple[CastPlan, ...]]) -> dict[int, CastPlan]:
        """Of each column's plans the first that fits every row; the last one, text, always does."""
        chosen = {place: plans[-1] for place, plans in candidates.items()}
        left = dict(candidates)
        # One plan a round: most columns are settled by their first.
        while left := {place: plans for place, plans in left.items() if len(plans) > 1}:
            firsts = {place: plans[0] for place, plans in left.items()}
            good = self._fitting(relation, firsts)
            chosen |= {place: firsts[place] for place in good}
            left = {place: plans[1:] for place, plans in left.items() if place not in good}
        return chosen

    def _fitting(self, relation: str, plans: dict[int, CastPlan]) -> set[int]:
        """The columns whose plan fits every row."""
        good: set[int] = set()
        for part in _parts(list(plans), _CELLS_PER_QUERY):
            wrong = ", ".join(f"count_if({_misfit(plans[place], f'c{place}')})" for place in part)
            found = self.connection.execute(f"SELECT {wrong} FROM {relation}").fetchone() or ()
            good |= {place for place, count in zip(part, found, strict=True) if not count}
        return good

    def _write(
        self, progress: Callable[[float], None], relation: str = "", native: frozenset[int] = frozenset()
    ) -> int:
        """Write all rows, of the source or of a ``relation`` in which the ``native`` columns are doubles."""
        inner, outer = [], []
        for place, name in enumerate(self.source.names):
            inner.append(f"{self._native(place) if place in native else self._value(place)} AS v{place}")
            # Numbers without end are kept, to be counted: what comes after the reader takes them out.
            known = f"CASE WHEN NOT isnan(v{place}) THEN v{place} END" if self._is_float(place) else f"v{place}"
            outer.append(f"{known} AS {quoted(name)}")
        limit = f" LIMIT {self.job.limit}" if self.job.limit else ""
        query = f"SELECT {', '.join(inner)} FROM ({relation or self.source.relation(True)}){limit}"
        query = f"SELECT {', '.join(outer)} FROM ({query})"
        return write_parquet(self.connection, query, len(outer), self.job.out, progress)

    def _native(self, place: int) -> str:
        return whole_number(f"c{place}", place) if self.plans[place].kind == "integer" else f"c{place}"

    def _value(self, place: int) -> str:
        if place in self.source.typed:
            return without_words(self.source.typed[place], self.job.options.missing)
        plan = self.plans[place]
        return f"CAST({plan.strict(f'c{place}', place)} AS {plan.type})"

    def _is_float(self, place: int) -> bool:
        return place in self.plans and self.plans[place].kind == "number"

    def _widen(self, progress: Callable[[float], None]) -> None:
        """Look at every row, and give the columns that do not fit their plan another one."""
        relation = f"({self.source.relation(False)})"
        with watched(self.connection, progress):
            typed = {place: plan for place, plan in self.plans.items() if plan.kind != "text" and not plan.lenient}
            failing = set(typed) - self._fitting(relation, typed)
            chosen = self._choose(relation, {p: widened(self._guesses[p], typed[p]) for p in failing})
            for place in sorted(failing):
                if chosen[place].kind == "text":
                    self._note_text(place, relation)
                self.plans[place] = chosen[place]

    def _weigh(self) -> None:
        """Count what cannot be read as the file was that was trained on; refuse a file that is written otherwise."""
        if self._later is not None:
            relation = f"({self.source.relation(False)})"
            self.plans |= self._later.weighed(self.connection, relation, self.plans, self._guesses)

    def _keep_notations(self) -> None:
        """How the columns are written, for later files."""
        for place, plan in self.plans.items():
            if self._guesses[place].empty:
                continue
            told = plan.kind == "number" and not (self.job.typed_cells and plan.style == PLAIN)
            self.job.notations[self.source.names[place]] = ColumnNotation(
                plan.kind,
                plan.style if told else None,
                plan.formats,
                plan.edits,
                plan.words if plan.kind == "text" else (),
            )

    def _note_text(self, place: int, relation: str) -> None:
        plan, x = self._best_plan(place), f"c{place}"
        found = self.connection.execute(
            f"SELECT count(*), min(row), arg_min(x, row) FROM (SELECT row_number() OVER () AS row, {x} AS x "
            f"FROM {relation}) WHERE {_misfit(plan, 'x')}"
        ).fetchone()
        count, row, value = found if found else (0, 0, "")
        kinds = {
            "integer": "whole numbers",
            "whole": "whole numbers",
            "number": "numbers",
            "boolean": "true and false",
            "moment": "dates",
            "time": "times of day",
        }
        others = "one other value" if count == 1 else f"{count:,} other values, the first"
        self.job.note(
            f"Column '{self.source.names[place]}' holds {kinds.get(plan.kind, 'whole numbers')}, but {others} "
            f"is {str(value)[:40]!r} in row {row:,}. It was read as text. If that means missing, name it as such."
        )

    def _best_plan(self, place: int) -> CastPlan:
        """The plan that was the widest of its kind, for which the fewest values stick out."""
        plan = self.plans[place]
        return replace(plan, kind="number") if plan.kind in ("integer", "whole") else plan

    def _count_words(self) -> None:
        """Count which words were read as no value: once more through the columns of text that have such rows."""
        if self.job.limit:
            return
        relation, nulls = self.source.relation(False), columns_with_nulls(self.job.out)
        worded = set(self.plans) - self._only_blank
        places = [place for place, name in enumerate(self.source.names) if place in worded and name in nulls]
        for part in _parts(places, _CELLS_PER_QUERY):
            words = ", ".join(
                f"histogram(trim(c{place})) FILTER (WHERE {_is_word(self.plans[place], f'c{place}')})" for place in part
            )
            found = self.connection.execute(f"SELECT {words} FROM ({relation})").fetchone() or ()
            for place, counts in zip(part, found, strict=True):
                if counts:
                    self.job.missing_words[self.source.names[place]] = {str(w): int(n) for w, n in counts.items()}

    def _remarks(self) -> None:
        by_remark: dict[str, list[str]] = {}
        for place, plan in self.plans.items():
            name = self.source.names[place]
            for remark in (plan.remark, *(self._guesses[place].notes if plan.kind == "text" else ())):
                if remark:
                    by_remark.setdefault(remark, []).append(name)
        for remark, names in list(by_remark.items())[:_MOST_REMARKS]:
            if len(names) > 1:
                remark = _PLURAL.sub(lambda verb: {"was": "were", "has": "have"}[verb[0]], remark)
                remark = remark.replace("a number without its", "numbers without their")
            self.job.note(f"{'Column' if len(names) == 1 else 'Columns'} {listed(names)} {remark}.")
        if left := [name for names in list(by_remark.values())[_MOST_REMARKS:] for name in names]:
            self.job.note(f"{counted(len(left), 'more column')} had something to be guessed: {listed(left)}.")


def _misfit(plan: CastPlan, x: str) -> str:
    """The SQL condition that the text ``x`` holds a value which is not of the plan's kind."""
    return f"CASE WHEN ({plan.value(x)}) IS NULL THEN {plan.present(x)} ELSE false END"


def _is_word(plan: CastPlan, x: str) -> str:
    """The SQL condition that the text ``x`` is there and was read as no value."""
    missing = f"({plan.value(x)}) IS NULL"
    if plan.kind == "number":
        missing = f"coalesce(isnan({plan.value(x)}), true)"
    return f"{x} IS NOT NULL AND trim({x}) <> '' AND {missing}"


def _is_unexpected_value(error: Exception) -> bool:
    return re.search(r"\bcolumn \d+", str(error)) is not None and "nvalid Input" in str(error)


def _stands_in(word: str, seen: set[str]) -> bool:
    """Whether a word for missing is among the texts of a column, a number in whatever way it is written."""
    code = as_number(word)
    return word in seen or (code is not None and any(as_number(text) == code for text in seen))


def _parts(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[at : at + size] for at in range(0, len(items), size)]
