"""Settings that describe themselves: one line gives the default, the range, the help, the form and the validation.

A settings class is a frozen dataclass whose fields are made with :func:`param`. :func:`describe` turns it into
records that a form, a command line or the documentation can show; :func:`build` makes one from plain values and says in
a sentence what is wrong with them. Knows nothing of any screen and imports no torch.
"""

import dataclasses
import functools
import math
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.errors import ConfigError

C = TypeVar("C")
Value = bool | int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class Searched:
    """What of a setting a search tries: some values, or a range."""

    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False
    """Whether equal ratios count alike, as for a learning rate."""
    sets: tuple[tuple[str, Value], ...] = ()
    """Other settings that go with it: the unit in which it is given."""


def among(*values: Value, **sets: Value) -> Searched:
    """Some values; ``sets`` are the other settings that go with them."""
    return Searched(values=values, sets=tuple(sets.items()))


def between(low: float, high: float, *, log: bool = False, **sets: Value) -> Searched:
    """A range, both ends included; ``sets`` are the other settings that go with it."""
    return Searched(low=low, high=high, log=log, sets=tuple(sets.items()))


@dataclass(frozen=True)
class Param:
    """One setting as a form or a command line shows it; ``type`` is bool, int, float, str or ints."""

    name: str
    label: str
    type: str
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    advanced: bool = False
    when: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    search: Searched | None = None
    """What a search tries; None leaves it as it is."""

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Whether the setting has an effect, given the values of the others beside it."""
        return all(values.get(name) in allowed for name, allowed in self.when)

    def check(self, value: Any) -> Value:
        """``value`` in the right type and within the range, or a :class:`ConfigError` that says what is wrong."""
        converted = self._converted(value)
        if self.choices and converted not in self.choices:
            raise ConfigError(f"{self.label} must be one of {', '.join(self.choices)}. Got {value!r}.")
        for number in converted if isinstance(converted, tuple) else (converted,):
            if isinstance(number, bool | str):
                continue
            if not math.isfinite(number):
                raise ConfigError(f"{self.label} must be a finite number. Got {value!r}.")
            if self.low is not None and number < self.low:
                raise ConfigError(f"{self.label} must be at least {self.low:g}. Got {number:g}.")
            if self.high is not None and number > self.high:
                raise ConfigError(f"{self.label} must be at most {self.high:g}. Got {number:g}.")
        return converted

    def _converted(self, value: Any) -> Value:
        converters: dict[str, Callable[[Any], Value]] = {
            "bool": _to_bool,
            "int": _to_int,
            "float": _to_float,
            "str": str,
            "ints": _to_ints,
        }
        try:
            return converters[self.type](value)
        except (TypeError, ValueError):
            wanted = {
                "bool": "true or false",
                "int": "a whole number",
                "float": "a number",
                "ints": "whole numbers separated by commas, such as 128, 64",
                "str": "text",
            }[self.type]
            raise ConfigError(f"{self.label} must be {wanted}. Got {value!r}.") from None


def param(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[str] = (),
    label: str = "",
    advanced: bool = False,
    when: Mapping[str, Value | tuple[Value, ...]] | None = None,
    search: Searched | None = None,
) -> Any:
    """A field of a settings class.

    Parameters
    ----------
    default
        The value without the user's word; its type is the setting's type.
    help
        One or two sentences that a user who is no programmer understands.
    low, high
        The range, both ends included.
    choices
        The words to choose from.
    label
        The name on screen; made from the field's name by default.
    advanced
        Whether a form hides it under "More settings".
    when
        The values of other fields with which this one has an effect.
    search
        What of it is worth searching (:func:`among`, :func:`between`); by default a search leaves it alone.
    """
    conditions = tuple((name, v if isinstance(v, tuple) else (v,)) for name, v in (when or {}).items())
    metadata = {
        "param": {
            "help": help,
            "low": low,
            "high": high,
            "choices": tuple(choices),
            "label": label,
            "advanced": advanced,
            "when": conditions,
            "search": search,
        }
    }
    return field(default=default, metadata=metadata)


def describe(config_class: type) -> tuple[Param, ...]:
    """The settings of a settings class, in the order of their definition."""
    return _described(config_class)


@functools.cache
def _described(config_class: Any) -> tuple[Param, ...]:
    # Looked up for each of a page's runs: reading the hints is what takes time.
    hints = typing.get_type_hints(config_class)
    described = []
    for f in dataclasses.fields(config_class):
        if "param" not in f.metadata:
            continue
        meta = dict(f.metadata["param"])
        meta["label"] = meta["label"] or f.name.replace("_", " ").capitalize()
        described.append(Param(name=f.name, type=_type_name(hints[f.name]), default=f.default, **meta))  # type: ignore[arg-type]
    return tuple(described)


def build(config_class: type[C], values: Mapping[str, Any]) -> C:
    """A settings object from plain values; what is not named keeps its default.

    Raises
    ------
    ConfigError
        For an unknown name, a wrong type, or a value out of range.
    """
    params = {p.name: p for p in describe(config_class)}
    unknown = [name for name in values if name not in params]
    if unknown:
        raise ConfigError(f"There is no setting called {unknown[0]!r}. Known: {', '.join(params)}.")
    return config_class(**{name: params[name].check(value) for name, value in values.items()})


def to_dict(config: Any) -> dict[str, Any]:
    """The settings as plain values that JSON can hold."""
    return {
        p.name: list(value) if isinstance(value := getattr(config, p.name), tuple) else value
        for p in describe(type(config))
    }


def _type_name(hint: Any) -> str:
    if hint in (bool, int, float, str):
        return str(hint.__name__)
    if typing.get_origin(hint) is tuple:
        return "ints"
    raise TypeError(f"A setting must be a bool, int, float, str or tuple[int, ...], not {hint}.")


def _to_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


def _to_int(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError(value)
    number = float(value)
    if number != int(number):
        raise ValueError(value)
    return int(number)


def _to_float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError(value)
    return float(value)


def _to_ints(value: Any) -> tuple[int, ...]:
    if isinstance(value, str):
        value = [part for part in value.replace(";", ",").replace("-", ",").split(",") if part.strip()]
    if isinstance(value, int | float):
        value = [value]
    return tuple(_to_int(part) for part in value)
