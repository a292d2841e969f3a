"""Accounts for every line of a text file that DuckDB read: rows, or left out for a reason that is counted and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.readers.reading.engine import literal
from core.readers.reading.report import counted, shortened
from core.readers.reading.text.below import Remark
from core.readers.reading.text.comments import marks_for
from core.readers.reading.text.dialect import Dialect
from core.readers.reading.text.lines import LineCounts
from core.readers.reading.text.table import is_rule

if TYPE_CHECKING:
    import duckdb

MOST_REJECTS = 100_000
_COMPARED = 30
_KINDS = ("empty", "repeated", "separators", "footer")


@dataclass(frozen=True)
class NoRows:
    """Which records of a file are no rows, as SQL conditions on its columns (c0, c1 and so on)."""

    width: int
    headings: tuple[tuple[str, ...], ...] = ()
    rules: tuple[tuple[str, ...], ...] = ()
    remarks: tuple[tuple[str, ...], ...] = ()
    """The fields of lines below the table."""

    @classmethod
    def of(cls, dialect: Dialect, remarks: Sequence[Remark]) -> NoRows:
        """What must be left out of a file of this layout."""
        alone = dialect.width == 1 and 0 not in dialect.table.typed
        whole = () if alone else tuple(h for h in dialect.table.headings if len(h) == dialect.width)
        below = tuple(
            remark.cells for remark in remarks
            if len(remark.cells) == dialect.width or (dialect.table.short_rows and len(remark.cells) < dialect.width)
        )  # fmt: skip
        return cls(dialect.width, whole, dialect.table.rules, below)

    def conditions(self) -> dict[str, str]:
        """The SQL condition of each kind of record that is no row."""
        return {
            "empty": self._empty(),
            "repeated": _any([self._equal(cells) for cells in self.headings]),
            "separators": _any([self._equal(cells) for cells in self.rules]),
            "footer": _any([self._equal(cells) for cells in self.remarks]),
        }

    def keep(self) -> str:
        """The SQL condition that a record is a row; for most rows it is settled by their first value."""
        # An exclamation mark is the first character behind the blank.
        parts = [f"(c0 >= '!' OR NOT {self._empty()})"]
        parts += [f"({self._differs(cells)})" for cells in (*self.headings, *self.rules, *self.remarks)]
        return " AND ".join(parts)

    def _empty(self) -> str:
        columns = ", ".join(f"c{at}" for at in range(self.width))
        first = f"coalesce({columns})" if self.width > 1 else "c0"
        return f"({first} IS NULL OR (starts_with({first}, ' ') AND trim(concat('', {columns})) = ''))"

    def _equal(self, cells: Sequence[str]) -> str:
        same = [f"c{at} IS NOT DISTINCT FROM {literal(cell) if cell else 'NULL'}" for at, cell in self._compared(cells)]
        return f"({' AND '.join(same)})"

    def _differs(self, cells: Sequence[str]) -> str:
        return " OR ".join(
            f"c{at} IS DISTINCT FROM {literal(cell) if cell else 'NULL'}" for at, cell in self._compared(cells)
        )

    def _compared(self, cells: Sequence[str]) -> list[tuple[int, str]]:
        padded = [*cells, *[""] * (self.width - len(cells))]
        return list(enumerate(padded))[:_COMPARED]


def _any(conditions: Sequence[str]) -> str:
    return f"({' OR '.join(conditions)})" if conditions else "false"


@dataclass
class Account:
    """The account of one file, while it is drawn up."""

    connection: duckdb.DuckDBPyConnection
    dialect: Dialect
    no_rows: NoRows
    remarks: Sequence[Remark]
    relation: str
    """The SQL of all records, those that are no rows too."""
    file: Path
    skip_lines: int
    longest: int
    """How many bytes a line may have."""
    counts: LineCounts
    """What is known already: the total, the lines above the first row, the rows."""
    first: dict[str, str] = field(default_factory=dict)
    """The first line of each kind."""
    reasons: dict[str, int] = field(default_factory=dict)
    """How many lines were rejected for which reason."""
    first_number: int = 0
    """The number of the first rejected record, counted from the top of the file."""

    def settle(self) -> None:
        """Count everything; the costly ways are only gone where lines are missing."""
        self._take_rejects()
        if self.counts.accounted != self.counts.total:
            self._look_at_records()
        if self.counts.accounted != self.counts.total:
            self._look_at_lines()

    def _take_rejects(self) -> None:
        found = self.connection.execute(
            "SELECT line, substr(any_value(text), 1, 2000), any_value(error_type), "
            "max(len(text) - len(replace(text, chr(10), ''))) "
            # Empty lines above a rejected one are part of what DuckDB shows of it.
            "FROM (SELECT line, error_type, trim(csv_line, chr(10) || chr(13)) AS text FROM rejected) "
            "WHERE line IS NOT NULL GROUP BY line ORDER BY line"
        ).fetchall()
        for number, line, kind, feeds in found:
            self._take(int(number), str(line or ""), str(kind), int(feeds or 0))

    def _take(self, number: int, line: str, error: str, feeds: int) -> None:
        kind = self._kind(line)
        self.counts = self.counts.plus(**{kind: 1}, continued=feeds)
        if kind != "rejected":
            self.first.setdefault(kind, shortened(line))
            return
        reason = "few" if "MISSING" in error else "many" if "TOO MANY" in error else "other"
        reason = "long" if "LINE SIZE" in error else reason
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if "rejected" not in self.first:
            self.first["rejected"] = repr(shortened(line))
            self.first_number = number + self.dialect.table.first_line - self.skip_lines

    def _kind(self, line: str) -> str:
        if not line.strip():
            return "empty"
        if is_rule(line):
            return "separators"
        if any(remark.line.strip() == line.strip() for remark in self.remarks):
            return "footer"
        rule = self.dialect.comments
        begins = line.lstrip()
        if begins.startswith(marks_for(self.dialect.delimiter)) and "\n" not in line:
            cells = self.dialect.cells(line)
            known = rule is not None and begins.startswith(rule.mark)
            data = rule.marks_begin_values if known and rule else self._begin_values(begins[:1])
            if len(cells) == 1 or not data:
                return "comments"
        headings = self.dialect.table.headings
        return "repeated" if headings and tuple(self.dialect.cells(line)) in headings else "rejected"

    def _begin_values(self, mark: str) -> bool:
        found = self.connection.execute(
            f"SELECT count(*) FROM ({self.relation}) WHERE starts_with(c0, {literal(mark)})"
        ).fetchone()
        return bool(found and found[0])

    def _look_at_records(self) -> None:
        conditions = self.no_rows.conditions()
        feeds = " + ".join(
            f"coalesce(len(c{at}) - len(replace(c{at}, chr(10), '')), 0)" for at in range(self.dialect.width)
        )
        columns = ", ".join([*(f"count_if({conditions[kind]})" for kind in _KINDS), f"sum({feeds})"])
        *found, continued = self._one(f"SELECT {columns} FROM ({self.relation})")
        kinds = dict(zip(_KINDS, map(int, found), strict=True))
        self.counts = self.counts.plus(**kinds, continued=int(continued or 0))
        if kinds["footer"]:
            shown = next((cells for cells in self.no_rows.remarks if not is_rule(cells[0])), self.no_rows.remarks[0])
            self.first.setdefault("footer", shortened(" ".join(shown)))

    def _look_at_lines(self) -> None:
        blank = long = 0
        with self.file.open("rb") as lines:
            for number, line in enumerate(lines):
                if number < self.skip_lines:
                    continue
                if len(line) > self.longest:
                    long += 1
                elif not line.strip():
                    blank += 1
        missing = self.counts.total - self.counts.accounted
        bare = max(0, min(missing, blank))
        too_long = max(0, min(missing - bare, long))
        # What remains is more than the list of rejected lines holds.
        rest = max(0, missing - bare - too_long)
        self.counts = self.counts.plus(empty=bare, rejected=too_long + rest)
        for reason, count in (("long", too_long), ("rest", rest)):
            if count:
                self.reasons[reason] = self.reasons.get(reason, 0) + count

    def _one(self, query: str) -> tuple[Any, ...]:
        return self.connection.execute(query).fetchone() or ()

    def notes(self) -> list[str]:
        """A sentence for each kind of line that is neither a row nor was spoken of before."""
        counts, before = self.counts, self.dialect.before
        notes = []
        if counts.comments:
            mark = self.dialect.comments.mark if self.dialect.comments else self.first.get("comments", "#")[:1]
            notes.append(
                _left_out(counts.comments, "comment line", f", beginning with {mark!r},", self.first.get("comments"))
            )
        if counts.repeated:
            notes.append(_left_out(counts.repeated, "line", " that repeats the header", None))
        if counts.separators:
            notes.append(_left_out(counts.separators, "line", " drawn between or around the rows", None))
        if counts.footer:
            notes.append(_left_out(counts.footer, "line", " below the table", self.first.get("footer")))
        if counts.empty:
            where = " above the table" if counts.empty == before.empty else ""
            notes.append(_left_out(counts.empty, "empty line", where, None))
        notes.extend(self._rejections())
        return notes

    def _rejections(self) -> list[str]:
        width = counted(self.dialect.width, "field")
        because = {
            "few": f"with fewer than {width}",
            "many": f"with more than {width}",
            "other": "which could not be read",
            "rest": "more" if len(self.reasons) > 1 else "which could not be read",
            "long": f"longer than {self.longest >> 20} MB",
        }
        if not self.reasons:
            return []
        total = sum(self.reasons.values())
        parts = [f"{n:,} {because[reason]}" for reason, n in self.reasons.items()]
        kinds = f" ({', '.join(parts)})" if len(parts) > 1 else f", {because[next(iter(self.reasons))]}"
        # DuckDB numbers records: where some take several lines, or comments went before, that is not the line.
        sure = not self.counts.continued and self.counts.comments == self.dialect.before.comments
        where = f"line {self.first_number:,}: " if sure else ""
        first = f"; the first is {where}{self.first['rejected']}" if "rejected" in self.first else ""
        return [f"{counted(total, 'row')} {'was' if total == 1 else 'were'} left out{kinds}{first}."]


def _left_out(n: int, thing: str, which: str, first: str | None) -> str:
    thing = counted(n, thing)
    which = which.replace("repeats", "repeat") if n > 1 and "that" in which else which
    example = f": {first!r}" if first and n == 1 else f", the first: {first!r}" if first else ""
    return f"{thing}{which} {'was' if n == 1 else 'were'} skipped{example}."
