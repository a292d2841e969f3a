"""What a user may say of how a file is written: each option once, for the page's form, the command line and the docs.

Everything that is not said is found out. An option is a field of :class:`ReadOptions`; what it and its values are
called, and what it does, is declared beside it and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from core.errors import ConfigError


@dataclass(frozen=True)
class Choice:
    """One value of an option: what it is called on screen, and the words for it on the command line."""

    value: Any
    title: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadOption:
    """One option as a form, a command line or the documentation shows it."""

    name: str
    """Its field of :class:`ReadOptions`."""
    flag: str
    metavar: str
    title: str
    help: str
    choices: tuple[Choice, ...] = ()
    free: bool = False
    """Whether other values than the choices may be said."""
    several: bool = False
    """Whether it may be said more than once."""

    def value(self, said: str) -> Any:
        """The value that a word of the command line means.

        Raises
        ------
        ConfigError
            For a word that is none of the choices.
        """
        for choice in self.choices:
            if said in (choice.value, *choice.words) or said.strip().lower() in choice.words:
                return choice.value
        if self.free or not self.choices:
            return said
        known = ", ".join(words[0] for choice in self.choices if (words := choice.words or (str(choice.value),)))
        raise ConfigError(f"{self.flag} must be one of {known}. Got {said!r}.")


def _option(
    default: Any, title: str, metavar: str, help: str, *choices: Choice, flag: str = "", free: bool = False
) -> Any:
    words = {"title": title, "metavar": metavar, "help": help, "choices": choices, "flag": flag, "free": free}
    return field(default=default, metadata=words)


_COMMA, _POINT = ("comma",), ("point",)


@dataclass(frozen=True)
class ReadOptions:
    """What the user says about a file; everything that is empty is found out."""

    delimiter: str = _option(
        "", "Delimiter", "CHAR", "The character between two fields; tab and space may be said as words.",
        Choice(",", "Comma  ,", _COMMA), Choice(";", "Semicolon  ;", ("semicolon",)),
        Choice("tab", "Tab", ("tab", "\t", "\\t")), Choice("|", "Bar  |", ("bar", "pipe")),
        Choice("space", "Space", ("space", " ")), free=True,
    )  # fmt: skip
    encoding: str = _option(
        "", "Character set", "NAME", "The character set, such as utf-8, latin-1 or cp1252.",
        Choice("utf-8", "UTF-8"), Choice("utf-16", "UTF-16"), Choice("cp1252", "Windows-1252 (Western Europe)"),
        Choice("latin-1", "Latin-1"), Choice("cp1250", "Windows-1250 (Central Europe)"),
        Choice("cp1251", "Windows-1251 (Cyrillic)"), Choice("shift_jis", "Shift-JIS (Japanese)"),
        Choice("gb18030", "GB 18030 (Chinese)"), free=True,
    )  # fmt: skip
    decimal: str = _option(
        "", "Decimals", "SIGN", "The sign before the decimals: point or comma.",
        Choice(".", "Point: 1.5", _POINT), Choice(",", "Comma: 1,5", _COMMA),
    )  # fmt: skip
    thousands: str = _option(
        "", "Thousands", "SIGN", "The sign that groups digits: comma, point, space or apostrophe.",
        Choice(",", "Comma: 1,000", _COMMA), Choice(".", "Point: 1.000", _POINT),
        Choice(" ", "Space: 1 000", ("space",)), Choice("'", "Apostrophe: 1'000", ("apostrophe",)),
    )  # fmt: skip
    header: bool | None = _option(
        None, "First line", "yes|no", "Whether the first line names the columns.",
        Choice(True, "The first line names the columns", ("yes",)), Choice(False, "There is no such line", ("no",)),
    )  # fmt: skip
    missing: tuple[str, ...] = _option(
        (), "Words for no value", "WORD",
        "A word, or a number such as -999, that means no value. Words take the place of the usual ones, numbers alone "
        "come on top of them. Blanks always mean no value.",
    )  # fmt: skip
    sheet: str = _option(
        "",
        "Sheet, table or file",
        "NAME",
        "The sheet of a workbook, the table of a database or web page, the array, or the file within an archive.",
    )
    quote: str = _option(
        "", "Quotes", "CHAR", "The character around fields that hold a delimiter; none for files that quote nothing.",
        Choice('"', 'Double  "', ("double",)), Choice("'", "Single  '", ("single",)),
        Choice("none", "None", ("none",)), free=True,
    )  # fmt: skip
    day_first: bool | None = _option(
        None, "Dates", "ORDER", "What stands first in 01/02/2026: day-first or month-first.",
        Choice(True, "Day first: 31/12", ("day-first",)), Choice(False, "Month first: 12/31", ("month-first",)),
        flag="--dates",
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.decimal and self.decimal == self.thousands:
            raise ConfigError(
                f"The sign before the decimals and the one between thousands must differ. Got {self.decimal!r} for "
                "both. Say one of them alone, and the other is found out."
            )

    @property
    def said(self) -> dict[str, Any]:
        """What was said, by its field; the rest is found out."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}

    def over(self, other: ReadOptions) -> ReadOptions:
        """These options, and for what they leave open the ``other`` ones."""
        said = {**other.said, **self.said}
        if said.get("decimal", "") == said.get("thousands"):
            # What is said here decides of which of both the other word was.
            del said["thousands" if self.decimal else "decimal"]
        return ReadOptions(**said)

    def to_dict(self) -> dict[str, Any]:
        """The options as plain values that JSON can hold."""
        return {**asdict(self), "missing": list(self.missing)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ReadOptions:
        """The options that :meth:`to_dict` wrote; unknown names are left out."""
        known = {f.name for f in fields(cls)}
        plain = {name: value for name, value in values.items() if name in known}
        return cls(**{**plain, "missing": tuple(plain.get("missing", ()))})

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> ReadOptions:
        """The options that words of the command line mean, by their fields; empty ones are not said.

        Raises
        ------
        ConfigError
            For a word that is none of an option's choices.
        """
        given: dict[str, Any] = {}
        for option in READ_OPTIONS:
            said = words.get(option.name)
            if option.several and said:
                given[option.name] = tuple(word.strip() for word in said if word.strip())
            elif said:
                given[option.name] = option.value(said)
        return cls(**given)


READ_OPTIONS = tuple(
    ReadOption(
        name=f.name,
        flag=f.metadata["flag"] or f"--{f.name}",
        metavar=f.metadata["metavar"],
        title=f.metadata["title"],
        help=f.metadata["help"],
        choices=f.metadata["choices"],
        free=f.metadata["free"],
        several=f.default == (),
    )
    for f in fields(ReadOptions)
)
"""Every option, in the order of the command line's help."""
