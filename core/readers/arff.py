"""Weka's ARFF files: attributes with names and types, then a row a line, dense or sparse."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.staged import convert_texts
from core.readers.reading.report import ReadJob, ReadReport, counted, listed
from core.readers.reading.text import charset
from core.readers.reading.typed import MOST_COLUMNS

_BEGINS = re.compile(r"\ufeff?(?:[ \t]*+(?:%[^\r\n]*+)?[\r\n])*+[ \t]*+@relation\b", re.I)
"""Possessive, because of many empty lines there are as many ways to take them as powers of two."""
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_QUOTED}|[^\s{{]+)\s*(.*)", re.I | re.S)
_FIELD = re.compile(rf"\s*({_QUOTED})\s*(?:,|$)|([^,]*)(?:,|$)")
_WORD = re.compile(rf"{_QUOTED}|[^\s,]+")
_ENTRY = rf"[0-9]+\s+(?:{_QUOTED}|[^,\s}}]+)"
_PAIR = re.compile(rf"([0-9]+)\s+({_QUOTED}|[^,\s}}]+)")
_SPARSE = re.compile(rf"\{{\s*((?:{_ENTRY}(?:\s*,\s*{_ENTRY})*)?)\s*,?\s*\}}\s*(,\s*\{{[^}}]*\}}\s*)?")
_WEIGHT = re.compile(r",\s*\{\s*[-+.\deE]+\s*\}\s*$")
_ESCAPE = re.compile(r"\\(.)")
_JAVA = {
    "yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "HH": "%H",
    "H": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "SSS": "%f", "a": "%p", "Z": "%z", "X": "%z", "z": "%z",
    "EEE": "%a", "EEEE": "%A",
}  # fmt: skip
"""The letters of Java's dates, which ARFF takes its formats from, as Python's."""


class Arff:
    """ARFF."""

    title = "ARFF"
    endings = (".arff",)
    order = 45

    def recognises(self, head: bytes, path: Path) -> bool:
        """By ``@relation``, which nothing but comments may precede."""
        return _BEGINS.match(head.decode("utf-8", "replace")) is not None

    def read(self, job: ReadJob) -> ReadReport:
        """Parse the declarations, then the rows."""
        text = charset.examine(job.source, job.name, job.options.encoding, job.part(0.0, 0.1))
        file = _File(job, text.encoding)
        nominal = frozenset(place for place, a in enumerate(file.attributes) if a.kind in ("nominal", "string"))
        done = convert_texts(job, [a.name for a in file.attributes], file.rows(), words=nominal, start=0.6)
        file.note()
        return ReadReport(
            done.rows,
            done.names,
            self.title,
            encoding=text.encoding.removesuffix("-sig"),
            decimal=done.decimal,
            missing=done.missing,
            notes=tuple(job.notes),
        )


READERS.register("arff")(Arff())


@dataclass
class _Attribute:
    """One declared column."""

    name: str
    kind: str
    """numeric, nominal, string or date."""
    values: tuple[str, ...] = ()
    format: str = ""
    unlisted: Counter[str] = field(default_factory=Counter)
    """Values that a nominal attribute holds without declaring them."""


class _File:
    """The declarations, and a way through the rows."""

    def __init__(self, job: ReadJob, encoding: str) -> None:
        self.job = job
        self.encoding = encoding
        self.attributes: list[_Attribute] = []
        self.start = 0
        self.rejected: list[tuple[int, str]] = []
        self.n_rejected = 0
        self.weighted = 0
        self._declare()

    def _lines(self) -> Iterator[tuple[int, str]]:
        with self.job.source.open(encoding=self.encoding, errors="replace") as text:
            for number, line in enumerate(text, start=1):
                yield number, line.strip("\ufeff\x00 \t\r\n")

    def _declare(self) -> None:
        for number, line in self._lines():
            word = line[:10].lower()
            if word.startswith("@attribute"):
                self.attributes.append(self._attribute(line, number))
            elif word.startswith("@data"):
                self.start = number
                break
        if not self.start or not self.attributes:
            raise DataError(
                f"The ARFF file {self.job.name!r} must declare its columns (@attribute) and hold rows (@data). It has "
                f"{counted(len(self.attributes), 'attribute')} and {'no' if not self.start else 'a'} @data line. "
                "Check whether it was cut off."
            )
        if len(self.attributes) > MOST_COLUMNS:
            raise DataError(
                f"A table may have {MOST_COLUMNS:,} columns. {self.job.name!r} has {len(self.attributes):,}. "
                "Choose the ones that matter."
            )

    def _attribute(self, line: str, number: int) -> _Attribute:
        found = _ATTRIBUTE.match(line)
        kind = found[2].strip() if found else ""
        if found and kind.startswith("{"):
            body = kind[1:].rpartition("}")[0] if "}" in kind else kind[1:]
            return _Attribute(_bare(found[1]), "nominal", tuple(_bare(v) for v in _fields(body)))
        word = kind.split(None, 1)[0].lower() if kind else ""
        if found and word in ("numeric", "real", "integer"):
            return _Attribute(_bare(found[1]), "numeric")
        if found and word == "string":
            return _Attribute(_bare(found[1]), "string")
        if found and word == "date":
            pattern = _bare(kind[4:].strip()) or "yyyy-MM-dd'T'HH:mm:ss"
            return _Attribute(_bare(found[1]), "date", format=_python_format(pattern))
        raise DataError(
            f"An attribute of the ARFF file {self.job.name!r} must be numeric, nominal, a string or a date. Line "
            f"{number:,} reads {line[:80]!r}. Change it, or save the table as CSV."
        )

    def rows(self) -> Iterator[Sequence[str | None]]:
        """The texts of each row; None where a value is missing."""
        width, count = len(self.attributes), 0
        dates = [(place, a.format) for place, a in enumerate(self.attributes) if a.kind == "date"]
        listed = [(place, a, set(a.values)) for place, a in enumerate(self.attributes) if a.kind == "nominal"]
        zeros = [{"nominal": (*a.values, None)[0], "numeric": "0"}.get(a.kind) for a in self.attributes]
        for number, line in self._lines():
            if number <= self.start or not line or line.startswith("%"):
                continue
            if line.endswith("}") and not line.startswith("{") and _WEIGHT.search(line):
                line, self.weighted = _WEIGHT.sub("", line), self.weighted + 1
            row = self._sparse(line, zeros) if line.startswith("{") else _dense(line, width)
            if row is None or len(row) != width:
                self.n_rejected += 1
                self.rejected = self.rejected or [(number, line)]
                continue
            for place, form in dates:
                row[place] = _iso(row[place], form)
            for place, attribute, values in listed:
                if (value := row[place]) is not None and value not in values:
                    attribute.unlisted[value] += 1
            yield row
            count += 1
            if count == self.job.limit:
                return

    def _sparse(self, line: str, zeros: Sequence[str | None]) -> list[str | None] | None:
        """``{0 1, 3 x}``: what is not named is zero, or a nominal attribute's first value, as Weka has it."""
        row = list(zeros)
        found = _SPARSE.fullmatch(line)
        if found is None:
            return None
        self.weighted += found[2] is not None
        for place, value in _PAIR.findall(found[1]):
            if int(place) >= len(row):
                return None
            row[int(place)] = _value(value)
        return row

    def note(self) -> None:
        """Say what was left out or does not fit its declaration."""
        if self.n_rejected:
            number, line = self.rejected[0]
            one = self.n_rejected == 1
            self.job.note(
                f"{counted(self.n_rejected, 'row')} {'was' if one else 'were'} left out, because "
                f"{'it does' if one else 'they do'} not have {counted(len(self.attributes), 'field')}, the first in "
                f"line {number:,}: {line[:80]!r}."
            )
        if self.weighted:
            self.job.note(f"{counted(self.weighted, 'row')} had a weight in brackets, which was left out.")
        for attribute in self.attributes:
            if attribute.unlisted:
                self.job.note(
                    f"Column '{attribute.name}' holds values that its declaration does not list, which were kept: "
                    f"{listed(list(attribute.unlisted))} ({counted(attribute.unlisted.total(), 'row')})."
                )


def _dense(line: str, width: int) -> list[str | None]:
    if "'" not in line and '"' not in line:
        fields = line.split(",")
        if len(fields) == 1 < width:
            fields = line.split()
        elif len(fields) == width + 1 and not fields[-1].strip():
            fields.pop()
        return [None if (bare := text.strip()) in ("?", "") else bare for text in fields]
    raw = _raw_fields(line)
    if len(raw) == 1 < width:
        raw = _WORD.findall(line)
    return [_value(text) for text in raw]


def _raw_fields(line: str) -> list[str]:
    fields, at = [], 0
    while at <= len(line):
        found = _FIELD.match(line, at)
        assert found is not None, "any text up to the next comma is a field"
        fields.append(found[1] if found[1] is not None else found[2].strip())
        if found.end() == len(line) and not found[0].endswith(","):
            break
        at = found.end()
    return fields


def _fields(line: str) -> list[str]:
    return [text for text in _raw_fields(line) if text]


def _value(text: str) -> str | None:
    return None if text in ("?", "") else _bare(text)


def _bare(text: str) -> str:
    """The text without its quotes and escapes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return _ESCAPE.sub(r"\1", text[1:-1])
    return text


def _python_format(pattern: str) -> str:
    result = []
    for found in re.finditer(r"'([^']*)'|([A-Za-z])\2*|.", pattern):
        if found[1] is not None:
            result.append(found[1])
        else:
            result.append(_JAVA.get(found[0], found[0]))
    return "".join(result)


def _iso(text: str | None, form: str) -> str | None:
    """A date as text that any reader of dates knows; as it stands where it does not follow its declaration."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, form).isoformat(sep=" ")
    except ValueError:
        return text
