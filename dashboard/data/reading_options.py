"""The options for reading a file, where those that were found are wrong."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.readers.reading.options import READ_OPTIONS, ReadOption
from dashboard.format import Markdown, plain
from dashboard.help import links

_FIND = "Find out"
_COLUMNS = (("delimiter", "header", "quote"), ("encoding", "decimal", "thousands"), ("day_first", "missing", "sheet"))
"""Which option stands in which column of the form."""


def reading_options(key: str, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Draw the options; what the user has set, by the names of ``ReadOptions``.

    Parameters
    ----------
    key
        Unique on the page.
    before
        What the file was last read with.
    """
    given, by_name = dict(before or {}), {option.name: option for option in READ_OPTIONS}
    chosen: dict[str, Any] = {}
    for place, names in zip(st.columns(len(_COLUMNS)), _COLUMNS, strict=True):
        with place:
            for name in names:
                chosen[name] = _field(by_name[name], key, given.get(name))
    return {name: value for name, value in chosen.items() if value not in ("", None, [])}


def _field(option: ReadOption, key: str, before: Any) -> Any:
    key, help = f"{key}_{option.name}", links.more(option.help, "data", "reading")
    if option.choices:
        return _choice(option, key, before, help)
    if option.several:
        shown = ", ".join(before or ())
        said = st.text_input(
            plain(option.title), shown, key=key, placeholder="NA, -, ?, null …", help=f"Separated by commas. {help}"
        )
        return [word.strip() for word in said.split(",") if word.strip()]
    return st.text_input(
        plain(option.title), str(before or ""), key=key, placeholder="The first, or largest", help=help
    ).strip()


def _choice(option: ReadOption, key: str, before: Any, help: Markdown) -> Any:
    titles = {None: _FIND} | {choice.value: choice.title for choice in option.choices}
    before = None if before == "" else before
    # Set by the command line to something that is not offered here: kept as it is.
    titles.setdefault(before, str(before))
    values = list(titles)
    return st.selectbox(
        plain(option.title), values, values.index(before), format_func=titles.__getitem__, key=key, help=help
    )
