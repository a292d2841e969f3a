"""Draws the settings of a model, rule or recipe (:mod:`core.params`) as a form.

A :class:`core.params.Param` says its type, range, choices and help; from that alone a widget is chosen. The form keeps
no truth of its own: it is handed the values, and returns the values as the widgets have them now. Whoever calls it
keeps them (a *draft*), because Streamlit forgets a widget that was not drawn, and a setting that does not apply at the
moment must come back as it was left. It knows nothing of presets, models or runs.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.errors import ConfigError
from core.params import Param
from core.scores import SCORES
from dashboard.format import Markdown, plain
from dashboard.state import widget_sync

CHANGED_MARK = ":primary[•]"
"""Stands beside what differs from where the form started."""

_ACRONYMS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "gelu": "GELU",
    "selu": "SELU",
    "elu": "ELU",
    "silu": "SiLU",
    "bf16": "bfloat16",
    "onehot": "One-hot",
    "minmax": "Min-max",
    "warmup": "Warm-up",
    "warmup-cosine": "Warm-up, then cosine",
    "warmup-exponential": "Warm-up, then exponential",
    "benjamini-hochberg": "Benjamini–Hochberg",
    "batchnorm": "BatchNorm",
    "layernorm": "LayerNorm",
    "batch": "BatchNorm",
    "layer": "LayerNorm",
}


@dataclass(frozen=True)
class Filled:
    """A form as the user has it now: plain values, and a sentence for each that cannot be used."""

    values: dict[str, Any]
    problems: tuple[str, ...]


def words(choice: str) -> str:
    """A choice as people write it: "leaky_relu" is LeakyReLU, "normals" is Normals."""
    if choice in _ACRONYMS:
        return _ACRONYMS[choice]
    if choice in SCORES:
        return SCORES[choice].title
    plain = choice.replace("_", " ").replace("-", " ").strip()
    return plain[:1].upper() + plain[1:] if plain else "None"


def as_text(value: Any) -> str:
    """A value of a setting as it is written in a form, a table or a sentence."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def same(a: Any, b: Any) -> bool:
    """Whether two values of a setting mean the same, whether they are lists, tuples, or text of numbers."""
    return as_text(a).replace(" ", "") == as_text(b).replace(" ", "")


def changed(params: Sequence[Param], values: Mapping[str, Any], base: Mapping[str, Any]) -> list[Param]:
    """The settings that apply and differ from ``base``; a missing value is the default."""
    return [
        p
        for p in params
        if p.applies(_full(params, values)) and not same(values.get(p.name, p.default), base.get(p.name, p.default))
    ]


def problems(params: Sequence[Param], values: Mapping[str, Any]) -> list[str]:
    """A sentence for each setting that applies and cannot be used as it is."""
    found = []
    for p in params:
        if not p.applies(_full(params, values)):
            continue
        try:
            p.check(values.get(p.name, p.default))
        except ConfigError as error:
            found.append(str(error))
    return found


def checked(params: Sequence[Param], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values in their types; what does not apply and is wrong falls back to its default.

    Raises
    ------
    ConfigError
        For the first setting that applies and cannot be used.
    """
    right: dict[str, Any] = {}
    for p in params:
        try:
            right[p.name] = p.check(values.get(p.name, p.default))
        except ConfigError:
            if p.applies(_full(params, values)):
                raise
            right[p.name] = p.default
    return right


def draw(
    params: Sequence[Param],
    values: Mapping[str, Any],
    *,
    scope: str,
    base: Mapping[str, Any] | None = None,
    options: Mapping[str, Mapping[str, str]] | None = None,
    columns: int = 3,
    link: Callable[[str, str], Markdown] | None = None,
) -> Filled:
    """Draw a form and return what it holds now.

    Parameters
    ----------
    params
        The settings, in the order of the form; advanced ones go under "More settings".
    values
        What the widgets start from; a missing value is the default.
    scope
        Prefix of the widgets' keys; after :func:`dashboard.state.widget_sync.forget` of it they start from ``values``
        again.
    base
        Values to compare with; what differs is marked. None marks nothing.
    options
        Choices that only the caller knows (columns, rules) with the words for each, by the setting's name.
    columns
        Widgets beside each other.
    link
        Given a help text and the setting's name, the text with the way to its place in Help.
    """
    now = entered(params, values, scope)
    plain = [p for p in params if not p.advanced]
    more = [p for p in params if p.advanced]
    _grid(plain, now, scope, base, options or {}, columns, link)
    if any(p.applies(now) for p in more):
        count = len(changed(more, now, base)) if base is not None else 0
        label = "More settings" + (f" ({count} changed)" if count else "")
        with st.expander(label, key=f"{scope}.more"):
            _grid(more, now, scope, base, options or {}, columns, link)
    return Filled(now, tuple(problems(params, now)))


def entered(params: Sequence[Param], values: Mapping[str, Any], scope: str) -> dict[str, Any]:
    """The values with what the user has just entered, which is in the widgets one rerun before it is in a draft.

    Also for a form that is not drawn this time: its last entry may have come together with the click that hides it.
    """
    now = _full(params, values)
    fresh = {name: widget_sync.value(f"{scope}.{name}") for name in now}
    now |= {name: value for name, value in fresh.items() if value is not None}
    return now


def _full(params: Sequence[Param], values: Mapping[str, Any]) -> dict[str, Any]:
    return {p.name: values.get(p.name, p.default) for p in params}


def _grid(
    params: Sequence[Param],
    now: dict[str, Any],
    scope: str,
    base: Mapping[str, Any] | None,
    options: Mapping[str, Mapping[str, str]],
    columns: int,
    link: Callable[[str, str], Markdown] | None,
) -> None:
    """The widgets in rows; a value that is entered decides at once which of the later settings apply."""
    row: Sequence[Any] = ()
    place = 0
    for p in params:
        if not p.applies(now):
            continue
        if place % columns == 0:
            row = st.columns(columns, vertical_alignment="bottom")
        with row[place % columns]:
            text: Markdown = _help(p, now[p.name], base)
            text = link(text, p.name) if link else text
            now[p.name] = _widget(p, now[p.name], f"{scope}.{p.name}", base, options.get(p.name), text)
        place += 1


def _widget(
    p: Param,
    value: Any,
    name: str,
    base: Mapping[str, Any] | None,
    options: Mapping[str, str] | None,
    help_text: Markdown,
) -> Any:
    label = _label(p, value, base)
    titles = dict(options) if options is not None else {choice: words(choice) for choice in p.choices}
    choices = list(titles)
    if p.type == "bool":
        return st.toggle(label, bool(value), key=widget_sync.key(name, bool(value)), help=help_text)
    if choices:
        if value not in choices:
            choices = [value, *choices]
        return st.selectbox(
            label,
            choices,
            choices.index(value),
            key=widget_sync.key(name, value),
            help=help_text,
            format_func=lambda choice: titles.get(choice, words(choice)),
        )
    if p.type == "ints":
        return _text(label, p, as_text(value), name, help_text)
    if p.type == "str":
        return st.text_input(label, str(value), key=widget_sync.key(name, str(value)), help=help_text)
    return _number(label, p, value, name, help_text)


def _text(label: Markdown, p: Param, text: str, name: str, help_text: Markdown) -> Any:
    """Whole numbers as text; what cannot be read stays as it was typed, with a sentence below."""
    placeholder = as_text(p.default) or "none"
    raw = st.text_input(label, text, key=widget_sync.key(name, text), help=help_text, placeholder=placeholder)
    try:
        return list(p.check(raw))  # type: ignore[arg-type]
    except ConfigError as error:
        st.caption(f":red[{plain(error)}]")
        return raw


def _number(label: Markdown, p: Param, value: Any, name: str, help_text: Markdown) -> Any:
    kind = int if p.type == "int" else float
    low, high = _bound(p.low, kind), _bound(p.high, kind)
    number = kind(p.default if value is None else value)
    if _is_share(p):
        number = min(max(number, low), high)
        return st.slider(label, low, high, number, step=0.01, key=widget_sync.key(name, number), help=help_text)
    # A draft of a clone may lie outside the range of today: show the nearest value instead of failing.
    number = number if low is None else max(number, low)
    number = number if high is None else min(number, high)
    step = _int_step(p) if kind is int else float_step(number, p.default)
    # An emptied field gets back what stood there before.
    return st.number_input(
        label,
        low,
        high,
        number,
        step=step,
        key=widget_sync.key(name, number),
        help=help_text,
        format=None if kind is int else "%g",
    )


def _bound(value: float | None, kind: type) -> Any:
    return None if value is None else kind(value)


def _is_share(p: Param) -> bool:
    """Whether a slider suits: a share whose useful values are spread over its range, unlike a weight decay."""
    if p.type != "float" or p.low is None or p.high is None or p.low < 0 or p.high > 1:
        return False
    return p.high < 1 or float(p.default) >= 0.1  # type: ignore[arg-type]


def _int_step(p: Param) -> int:
    """What a click adds: a quarter of a usual power of two (64 of 256), else ten or one."""
    default = int(p.default) if p.default else 0  # type: ignore[arg-type]
    if default >= 64 and default & (default - 1) == 0:
        return default // 4
    return 10 if default >= 50 else 1


def float_step(value: float, default: Any) -> float:
    """A step that suits the size of the value: a tenth of the power of ten at or below it (1 for 95, 1e-4 for 2e-3)."""
    size = abs(value) or abs(float(default)) or 1.0
    return float(10.0 ** (math.floor(math.log10(size)) - 1))


def _label(p: Param, value: Any, base: Mapping[str, Any] | None) -> str:
    differs = base is not None and not same(value, base.get(p.name, p.default))
    return f"{p.label} {CHANGED_MARK}" if differs else p.label


def _help(p: Param, value: Any, base: Mapping[str, Any] | None) -> str:
    parts = [p.help]
    if p.low is not None and p.high is not None and p.type in {"int", "float", "ints"}:
        parts.append(f"From {p.low:g} to {p.high:g}.")
    if base is not None:
        original = base.get(p.name, p.default)
        if not same(value, original):
            shown = words(str(original)) if p.choices else as_text(original) or "none"
            parts.append(f"Changed; the preset has {plain(shown)}.")
    return " ".join(parts)
