"""The way from a "?" to its place in Help. Imports nothing, because every page needs it."""

from typing import TYPE_CHECKING
from urllib.parse import urlencode

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
