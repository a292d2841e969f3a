"""How a column of text can be cast to numbers, booleans, dates or text, and the SQL of each cast."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.readers.reading import moments
from core.readers.reading.cells import is_number
from core.readers.reading.engine import literal, one_of
from core.readers.reading.numbers import AFFIXES, PLAIN, STYLES, ColumnStyles, Style, find_styles, is_account_dash
from core.readers.reading.options import ReadOptions
from core.readers.reading.spelled_dates import Edits
from core.readers.reading.words import COUNTRY, DASHES, IN_NUMBERS, MISSING, as_number, codes_among, only_codes

_ENOUGH = 0.8
_MOST_DIGITS = 18
_MOST_DIFFERENT = 300
_DECIMAL_DIGITS = 38
"""Digits of the largest whole numbers that a table holds."""
_FLOAT_DIGITS = 17
"""A float tells no more of them apart."""
_NANOSECONDS = re.compile(r"\.\d{6}\d*[1-9]")
TYPES = {
    "integer": "BIGINT",
    "whole": f"DECIMAL({_DECIMAL_DIGITS},0)",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "moment": "TIMESTAMP",
    "time": "DOUBLE",
    "text": "VARCHAR",
}


_TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?")
_SECONDS = "holds times of day, which were read as seconds since midnight"
TRUE = ("true", "yes", "y", "t", "ja", "oui", "si", "sí")
"""Words for true; the first is the one that a column of true and false is known by."""
FALSE = ("false", "no", "n", "f", "nein", "non")


@dataclass(frozen=True)
class CastPlan:
    """One way to read a column of text."""

    kind: str
    """integer, whole (beyond 64 bits), number, boolean, moment, time (of day, in seconds since midnight) or text."""
    words: tuple[str, ...] = ()
    """What means missing here."""
    style: Style = PLAIN
    formats: tuple[str, ...] = ()
    edits: Edits = ()
    """What is replaced in dates before they are read."""
    nanoseconds: bool = False
    """Whether moments have more than six digits behind their seconds."""
    remark: str = ""
    """Half a sentence for the user about what was guessed."""
    lenient: bool = False
    """Whether a value of another kind counts as missing, in a column whose kind is settled."""
    yes_and_no: bool = False
    """Whether a column of true and false may be written as yes and no, in several languages."""

    @property
    def type(self) -> str:
        """The SQL type that the values have in a table."""
        return "TIMESTAMP_NS" if self.nanoseconds else TYPES[self.kind]

    def value(self, x: str) -> str:
        """The SQL of the value in the text ``x``; NULL where it is missing or of another kind."""
        value = self._value(x)
        if not self._codes:
            return value
        # A word for missing that reads like a value, in whatever way it is written: -999, -999.0.
        words = tuple(word for word in self._spellings if is_number(word))
        return (
            f"CASE WHEN NOT {one_of(f'trim({x})', words)} AND {value} NOT IN {_listing(self._codes)} THEN {value} END"
        )

    @property
    def holds_codes(self) -> bool:
        """Whether numbers may mean missing."""
        return bool(self._codes)

    @property
    def _codes(self) -> tuple[float, ...]:
        """The numbers that mean missing in a column of numbers."""
        return codes_among(self.words) if self.kind in ("integer", "whole", "number") else ()

    @property
    def _spellings(self) -> tuple[str, ...]:
        """The words, and the numbers among them as other notations write them: -999.0 and -999,0."""
        whole = [f"{code:.0f}" for code in self._codes if code.is_integer()]
        return (*self.words, *(f"{code}{mark}{zeros}" for code in whole for mark in ".," for zeros in ("0", "00")))

    def _value(self, x: str) -> str:
        if self.kind in ("integer", "whole"):
            odd = " OR ".join(f"contains({x}, '{mark}')" for mark in (".", "e", "E", "_"))
            return f"CASE WHEN {odd} THEN NULL ELSE TRY_CAST({x} AS {TYPES[self.kind]}) END"
        if self.kind == "number":
            return self.style.sql(x)
        if self.kind == "boolean":
            yes, no = (TRUE, FALSE) if self.yes_and_no else (TRUE[:1], FALSE[:1])
            word = f"lower(trim({x}))"
            return f"CASE WHEN {one_of(word, yes)} THEN true WHEN {one_of(word, no)} THEN false END"
        if self.kind == "moment":
            return moments.sql(self.formats, x, self.edits, nanoseconds=self.nanoseconds)
        if self.kind == "time":
            fits = f"regexp_full_match(trim({x}), {literal(_TIME.pattern)})"
            return f"CASE WHEN {fits} THEN epoch(TRY_CAST(trim({x}) AS TIME)) END"
        return self._text(x)

    def strict(self, x: str, place: int) -> str:
        """The same, but an error that names the column where there is a value of another kind."""
        if self.kind == "text":
            return self._text(x)
        if self.lenient:
            return self.value(x)
        return f"coalesce({self.value(x)}, CASE WHEN {self.present(x)} THEN error('column {place}') END)"

    def present(self, x: str) -> str:
        """The SQL condition that the text ``x`` holds a value."""
        there = f"{x} IS NOT NULL AND trim({x}) <> '' AND NOT {one_of(f'trim({x})', self._spellings)}"
        if self._codes:
            there += f" AND coalesce({self._value(x)} NOT IN {_listing(self._codes)}, true)"
        return f"({there})"

    def _text(self, x: str) -> str:
        """The words without blanks around them; most have none and are no short word, which is quick to see."""
        longest = max((len(word.encode()) for word in self.words), default=0)
        bare = f"trim({x})"
        # An exclamation mark is the first character behind the blank.
        return (
            f"CASE WHEN strlen({x}) > {longest} AND {x} >= '!' AND NOT ends_with({x}, ' ') THEN {x} "
            f"WHEN {self.present(x)} THEN {bare} END"
        )


def _listing(codes: Sequence[float]) -> str:
    return f"({', '.join(map(repr, codes))})"


@dataclass(frozen=True)
class Guess:
    """What a column could be, the likeliest first, text last."""

    plans: tuple[CastPlan, ...]
    evidence: str = ""
    notes: tuple[str, ...] = ()
    empty: bool = False
    """Whether no value was seen, so that nothing is known of how they are written."""
    closed: bool = False
    """Whether it can be nothing else, because another file says how it is written."""


def guess(values: Sequence[str], options: ReadOptions, hint: str = "", delimiter: str = "") -> Guess:
    """What a column of texts could be, judged by some of its rows.

    Parameters
    ----------
    values
        Texts in the order of the rows, blanks and words for missing included.
    hint
        The decimal character that the other columns prove.
    delimiter
        The character between the fields.
    """
    in_numbers = options.missing or (*MISSING, *DASHES, *IN_NUMBERS)
    if only_codes(options.missing):
        in_numbers = (*MISSING, *DASHES, *IN_NUMBERS, *options.missing)
    codes = codes_among(in_numbers)
    ordered = [
        text
        for value in values
        if (text := value.strip()) and text not in in_numbers and not (codes and as_number(text) in codes)
    ]
    different = list(dict.fromkeys(ordered))[:_MOST_DIFFERENT]
    as_text, notes = _text_plan([value.strip() for value in values], options)
    if not different:
        empty = (CastPlan("number", in_numbers), CastPlan("moment", in_numbers, formats=(moments.ISO,)))
        return Guess((*empty, as_text), notes=notes, empty=True)
    numbers = find_styles(
        [value for value in different if not is_account_dash(value)] or different, options.decimal, options.thousands
    )
    if numbers.mixed:
        signs = ", ".join(map(repr, numbers.mixed[:4]))
        notes = (*notes, f"holds amounts in several currencies ({signs}), so that it was kept as text")
    said = bool(options.decimal or options.thousands)
    plans = [*_booleans(different, in_numbers), *_numbers(different, in_numbers, numbers, hint, delimiter, said)]
    if not plans:
        plans += _times(different, in_numbers) or _moments(different, ordered, in_numbers, options)
    return Guess((*plans, as_text), numbers.evidence, notes)


def _booleans(values: list[str], words: tuple[str, ...]) -> list[CastPlan]:
    fitting = sum(value.lower() in ("true", "false") for value in values)
    return [CastPlan("boolean", words)] if fitting >= _ENOUGH * len(values) else []


def _numbers(
    values: list[str], words: tuple[str, ...], numbers: ColumnStyles, hint: str, delimiter: str, said: bool
) -> list[CastPlan]:
    if _are_codes(values):
        return []
    if numbers.styles and numbers.styles[0].affixes:
        # In accounts a dash stands for nothing, with the sign of money beside it.
        words = (*words, *(f"{sign}{blank}-" for sign in numbers.styles[0].affixes for blank in ("", " ", "  ")))
    if numbers.styles and all(_is_integer(value, _DECIMAL_DIGITS) for value in values):
        # Every notation fits these; their decimals or thousands may show further down.
        plans = [CastPlan("whole", words), CastPlan("number", words)]
        return [CastPlan("integer", words), *plans] if all(_is_integer(value) for value in values) else plans
    styles = numbers.settled(hint, delimiter)
    # In a file that is separated by semicolons a comma stands before the decimals more often than not.
    semicolons = delimiter == ";" and not hint
    grouped = bool(styles and styles[0].thousands)
    doubtful = not said and (numbers.unclear == "," or semicolons or grouped)
    decimal = styles[0].decimal if styles else "."
    more = _LONG if any(_is_long(value, decimal) for value in values) else ""
    return [CastPlan("number", words, style, remark=_remark(style, numbers, doubtful) or more) for style in styles]


_LONG = f"holds numbers of more digits than the 15 to {_FLOAT_DIGITS} that are kept of them"


def _remark(style: Style, numbers: ColumnStyles, doubtful: bool) -> str:
    remarks = []
    if numbers.unclear and doubtful:
        choice = "former" if style.decimal == numbers.unclear else "latter"
        remarks.append(
            f"could be read with {numbers.unclear!r} before the decimals or between thousands; it was taken as the "
            f"{choice} (the option Decimals, --decimal, says otherwise)"
        )
    if numbers.marked:
        remarks.append(numbers.marked)
    return ", and ".join(remarks)


def _times(values: list[str], words: tuple[str, ...]) -> list[CastPlan]:
    fitting = sum(_TIME.fullmatch(value) is not None for value in values)
    return [CastPlan("time", words, remark=_SECONDS)] if fitting >= _ENOUGH * len(values) else []


def _moments(values: list[str], ordered: list[str], words: tuple[str, ...], options: ReadOptions) -> list[CastPlan]:
    found = moments.notation_of(values, ordered, options.day_first)
    if not found.formats:
        return []
    remark = found.remark
    if moments.swapped(found.formats) and "day or the month first" in remark:
        # What was said is no guess.
        remark = "" if options.day_first is not None else f"{remark} (the option Dates, --dates, says otherwise)"
    fine = found.formats == (moments.ISO,) and any(map(_NANOSECONDS.search, values))
    plans = [CastPlan("moment", words, formats=found.formats, edits=found.edits, nanoseconds=fine, remark=remark)]
    if other := moments.swapped(found.formats):
        plans.append(CastPlan("moment", words, formats=other, edits=found.edits))
    return plans


def _text_plan(values: list[str], options: ReadOptions) -> tuple[CastPlan, tuple[str, ...]]:
    if options.missing and not only_codes(options.missing):
        return CastPlan("text", options.missing), ()
    words, notes = [*MISSING, *DASHES], []
    for dash in DASHES:
        if values.count(dash) > 0.5 * len(values):
            words.remove(dash)
            notes.append(f"holds {dash!r} in most rows, so that it was kept as a value")
    if _are_countries(values):
        words.remove(COUNTRY)
        notes.append("looks like country codes, so that 'NA' was kept as Namibia")
    if values.count("None") and any(value not in ("None", "") for value in values):
        notes.append("holds the word 'None', which was kept as a value; name it as missing if it means that")
    return CastPlan("text", (*words, *options.missing)), tuple(notes)


def _are_countries(values: list[str]) -> bool:
    present = [value for value in values if value and value != COUNTRY]
    codes = {value for value in present if len(value) == 2 and value.isascii() and value.isupper()}
    return COUNTRY in values and len(codes) >= 8 and all(value in codes for value in present)


def _is_long(value: str, decimal: str) -> bool:
    """Whether a number has more digits than a float; one with decimals may be what a float was written as."""
    # Not isdigit: that is true of superscripts, which are no numbers.
    digits = "".join(filter(str.isdecimal, re.split("[eE]", value)[0])).lstrip("0")
    return len(digits) > _FLOAT_DIGITS or (decimal not in value and bool(digits) and int(digits) > 2**53)


def _is_integer(value: str, most: int = _MOST_DIGITS) -> bool:
    digits = value[1:] if value[:1] in "+-" else value
    if not (digits.isascii() and digits.isdigit()):
        return False
    return len(digits) <= most or (len(digits) == most + 1 == 19 and int(digits) < 2**63)


def _are_codes(values: list[str]) -> bool:
    """Whether digits are names: of one length with leading zeros (a postcode), or longer than any number."""
    if not all(value.isascii() and value.isdigit() for value in values):
        return False
    lengths = {len(value) for value in values}
    zeros = any(value.startswith("0") for value in values)
    long = max(lengths) > _MOST_DIGITS and not all(_is_integer(value) for value in values)
    return (len(lengths) == 1 and min(lengths) >= 3 and zeros) or long


def widened(guess: Guess, failed: CastPlan) -> tuple[CastPlan, ...]:
    """What else a column could be when its first rows misled: its other plans, every wider one, at last text."""
    plans = guess.plans
    more = [plan for plan in plans[:-1] if plan != failed]
    if not guess.closed and failed.kind in ("integer", "whole", "number"):
        others = [CastPlan("number", failed.words, style) for style in STYLES]
        remark = "has signs of money, per cent or minus beside some of its numbers, which were heeded"
        marked = [replace(plan.style, affixes=AFFIXES, signs=True) for plan in others]
        others += [CastPlan("number", failed.words, style, remark=remark) for style in marked]
        more += [plan for plan in others if plan != failed and plan not in more]
    return (*more, plans[-1])
