"""The way from a "?" to its place in Help. Light, because every page needs it."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from dashboard import theme
from dashboard.report.addresses import base

if TYPE_CHECKING:
    from core.params import Param

WORDS = "More in Help"


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


def of_setting(text: str, group: str, param: "Param") -> str:
    """The help text of a recipe's setting; ``group`` is its part of the recipe, or ``model``, or ``run``."""
    return more(text, "settings", setting_place(group, param.name))


def of_rule_setting(text: str, rule: str, param: "Param") -> str:
    """The help text of a threshold rule's setting."""
    return more(text, "thresholds", f"{rule}.{param.name}")


def of_map_setting(text: str, kind: str, param: "Param") -> str:
    """The help text of a map's setting."""
    return more(text, "maps", f"{kind}.{param.name}")


def setting_place(group: str, name: str) -> str:
    """Where a setting stands in the document of the settings."""
    return name if group in {"model", "run"} else f"{group}.{name}"
