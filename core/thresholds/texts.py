"""A rule's settings as a short text, for an address or a file's key: ``fdr:0.05,correction:storey``."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from core.errors import AnomalensError
from core.params import describe
from core.thresholds import THRESHOLDS, make_rule


def settings_text(rule: str, settings: Mapping[str, Any]) -> str:
    """What differs from the rule's defaults; empty where nothing does."""
    given = [(p.name, settings[p.name]) for p in describe(THRESHOLDS[rule].Config) if p.name in settings]
    defaults = {p.name: p.default for p in describe(THRESHOLDS[rule].Config)}
    return ",".join(
        f"{name}:{quote(f'{value:.12g}' if isinstance(value, float) else str(value), safe='.-+')}"
        for name, value in given
        if value != defaults[name]
    )


def rule_words(rule: str, settings: Mapping[str, Any]) -> str:
    """A rule with its settings, for people: "Alerts per day 7", "Conformal, false-discovery rate 0.05, …"."""
    cls = dict(THRESHOLDS.items()).get(rule)
    if cls is None:
        return rule
    params = [p for p in cls.params() if p.name in settings and settings[p.name] not in ("", 0.0)]
    pairs = [(p.label[:1].lower() + p.label[1:], settings[p.name]) for p in params]
    if len(pairs) == 1:
        return f"{cls.title} {_plain(pairs[0][1])}"
    return ", ".join([cls.title, *(f"{label} {_plain(value)}" for label, value in pairs)])


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def settings_from_text(rule: str, text: str) -> dict[str, Any] | None:
    """The settings that :func:`settings_text` wrote, checked; None where they make no sense."""
    settings: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, colon, value = part.partition(":")
        if not colon:
            return None
        settings[name] = unquote(value)
    try:
        config = make_rule(rule, settings).config
    except AnomalensError:
        return None
    return {name: getattr(config, name) for name in settings}
