"""The options for reading a file, where those that were found are wrong."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.help import links

_FIND = "Find out"
_DELIMITERS = {"": _FIND, ",": "Comma  ,", ";": "Semicolon  ;", "tab": "Tab", "|": "Bar  |", "space": "Space"}
_ENCODINGS = {
    "": _FIND,
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Western Europe)",
    "latin-1": "Latin-1",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "shift_jis": "Shift-JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
}
_DECIMALS = {"": _FIND, ".": "Point: 1.5", ",": "Comma: 1,5"}
_THOUSANDS = {"": _FIND, ",": "Comma: 1,000", ".": "Point: 1.000", " ": "Space: 1 000", "'": "Apostrophe: 1'000"}
_HEADER = {None: _FIND, True: "The first line names the columns", False: "There is no such line"}
_DAYS = {None: _FIND, True: "Day first: 31/12", False: "Month first: 12/31"}
_QUOTES = {"": _FIND, '"': 'Double  "', "'": "Single  '", "none": "None"}


def reading_options(key: str, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Draw the options; what the user has set, by the names of ``ReadOptions``.

    Parameters
    ----------
    key
        Unique on the page.
    before
        What the file was last read with.
    """
    given = dict(before or {})
    left, middle, right = st.columns(3)
    with left:
        delimiter = _choice("Delimiter", _DELIMITERS, "delimiter", key, given)
        header = _choice("First line", _HEADER, "header", key, given)
        quote = _choice("Quotes", _QUOTES, "quote", key, given)
    with middle:
        encoding = _choice("Character set", _ENCODINGS, "encoding", key, given)
        decimal = _choice("Decimals", _DECIMALS, "decimal", key, given)
        thousands = _choice("Thousands", _THOUSANDS, "thousands", key, given)
    with right:
        day_first = _choice("Dates", _DAYS, "day_first", key, given)
        missing = st.text_input(
            "Words for no value",
            ", ".join(given.get("missing", ())),
            key=f"{key}_missing",
            placeholder="NA, -, ?, null …",
            help=links.more(
                "Separated by commas; they take the place of the usual ones. Blanks always mean no value.",
                "data",
                "reading",
            ),
        )
        sheet = st.text_input(
            "Sheet, or file in the archive",
            str(given.get("sheet", "")),
            key=f"{key}_sheet",
            placeholder="The first one",
        )
    words = tuple(word.strip() for word in missing.split(",") if word.strip())
    chosen = {
        "delimiter": delimiter,
        "header": header,
        "quote": quote,
        "encoding": encoding,
        "decimal": decimal,
        "thousands": thousands,
        "day_first": day_first,
        "missing": list(words),
        "sheet": sheet.strip(),
    }
    return {name: value for name, value in chosen.items() if value not in ("", None, [])}


def _choice(label: str, choices: Mapping[Any, str], name: str, key: str, given: Mapping[str, Any]) -> Any:
    values = list(choices)
    before = given.get(name, values[0])
    if before not in values:
        # Set by the command line to something that is not offered here: kept as it is.
        values.append(before)
    return st.selectbox(
        label, values, values.index(before), format_func=lambda v: choices.get(v, str(v)), key=f"{key}_{name}"
    )
