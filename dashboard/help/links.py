"""The way from a "?" to its place in Help. Light, because every page needs it."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.modalities.nouns import ROWS, Nouns
from dashboard import theme
from dashboard.report.addresses import base

WORDS = "More in Help"
RUN = ("members", "seed", "device")
"""What a form shows beside the settings of a group, and is of the run as a whole."""


def address(topic: str = "", place: str = "") -> str:
    """The address of a place in Help."""
    query = {name: value for name, value in (("topic", topic), ("place", place)) if value}
    return f"{base()}/help" + (f"?{urlencode(query)}" if query else "")


def picture(name: str) -> str:
    """The address of a picture of the documents."""
    return f"{base()}/help-pictures/{name}"


def page_title(title: str, text: str, place: str, where: Any = st, **options: Any) -> None:
    """A page's title, with a "?" that says what it is for and leads to what is written of it."""
    where.title(title, anchor=False, help=more(text, "pages", place), **options)


def install() -> None:
    """Put the script on the page that lets every "?" lead to its place, by mouse and by keys; once per page."""
    _script()(key="help_links_script", height=1)


@st.cache_resource(show_spinner=False)
def _script() -> Any:
    script = (theme.ASSETS / "help_links.js").read_text(encoding="utf-8")
    return st.components.v2.component("anomalens_help_links", js=script, isolate_styles=False)


def more(text: str, topic: str, place: str = "") -> str:
    """A help text with the way to its place in Help below it."""
    return f"{text}\n\n[{WORDS}]({address(topic, place)})".strip()


def settings(group: str, models: Sequence[str] = (), *, says: Nouns = ROWS) -> Callable[[str, str], str]:
    """What gives the help text of a recipe's setting its link.

    Parameters
    ----------
    group
        The setting's part of the recipe, or ``model``.
    models
        The names of all models: one that works on another has that model's settings behind its name.
    says
        The words of the kind of data.
    """
    # What a network or a score says of columns it says of the parts of a sample; a split speaks of the index.
    parts = group in {"model", "score"}
    return lambda text, name: more(says(text, parts=parts), "settings", setting_place(group, name, models))


def setting_place(group: str, name: str, models: Sequence[str] = ()) -> str:
    """Where a setting stands in the document of the settings."""
    if group != "model":
        return name if name in RUN else f"{group}.{name}"
    behind = max((model for model in models if name.startswith(f"{model}_")), key=len, default="")
    return name.removeprefix(f"{behind}_") if behind else name


def rule_settings(rule: str, says: Nouns) -> Callable[[str, str], str]:
    """What gives the help text of a threshold rule's setting its link."""
    return lambda text, name: more(says(text), "thresholds", f"{rule}.{name}")


def map_settings(kind: str, says: Nouns) -> Callable[[str, str], str]:
    """What gives the help text of a map's setting its link."""
    return lambda text, name: more(says(text), "maps", f"{kind}.{name}")
