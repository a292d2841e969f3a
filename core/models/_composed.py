"""The base class of variants that change how any other network is trained; classes are made on demand.

"Denoising" is not a network but something done to one. A composing variant is written once, as a class that overrides
what it changes and calls ``super()`` for the rest; chosen on a base, it is put in front of that base's class, so that
every base keeps its encoder, its loss and its score. Every registered network is a base, with no edit anywhere.
"""

import dataclasses
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

from core.errors import UnknownNameError
from core.models.base import Autoencoder
from core.params import Param, build, describe, param

F = TypeVar("F", bound=Callable[..., Any])
Bases = tuple[tuple[str, type[Autoencoder]], ...]
"""Networks by name."""
FIRST = "dense"
"""The base that is chosen until another is; where bases differ, its settings keep their plain names."""


class _Union:
    """A composing class's ``Config``, made when first asked for: by then every base is registered."""

    def __get__(self, instance: Any, owner: "type[Composed]") -> type:
        return _config(owner, bases())


class Composed(Autoencoder):
    """Base of the variants that work on any other; ``Own`` holds the settings that they add."""

    Config = _Union()  # type: ignore[assignment]

    @dataclasses.dataclass(frozen=True)
    class Own:
        """What the composing variant itself lets the user set."""

    base_help: ClassVar[str] = "The network that it works on; the settings of that network follow below."

    def __init__(self, own: Any, config: Any, shape: tuple[int, ...]) -> None:
        super().__init__(config, shape)
        self.own = own

    @classmethod
    def create(cls, settings: Mapping[str, Any], shape: tuple[int, ...]) -> Autoencoder:
        """The variant on the base that the settings name."""
        chosen: Any = build(cls.Config, settings)
        own = cls.Own(**{p.name: getattr(chosen, p.name) for p in describe(cls.Own)})
        base = dict(bases())[chosen.base]
        names = _names(cls, bases())[chosen.base]
        config = base.Config(**{name: getattr(chosen, known) for name, known in names.items()})
        model: Autoencoder = _on(cls, base)(own, config, shape)
        return model


def bases() -> Bases:
    """Every network that can be a base, the first one first."""
    from core.models import MODELS

    found = [(n, cls) for n, cls in MODELS.items() if cls.axes == Autoencoder.axes and not issubclass(cls, Composed)]
    if FIRST not in dict(found):
        raise UnknownNameError(f"There is no model called {FIRST!r}, which composing variants begin with.")
    return tuple(sorted(found, key=lambda item: item[0] != FIRST))


def _kept(make: F) -> F:
    """``functools.cache`` with the types of ``make``: to mypy classes are not hashable."""
    return cast(F, cache(make))


@_kept
def _on(cls: type[Composed], base: type[Autoencoder]) -> Any:
    """The class that is both; methods of the composing one come first."""
    return type(f"{cls.__name__}On{base.__name__}", (cls, base), {"Config": base.Config, "__module__": cls.__module__})


@_kept
def _names(cls: type[Composed], known: Bases) -> dict[str, dict[str, str]]:
    """Per base, what each of its settings is called in the common form.

    A setting that all have alike keeps its name. One of another default or range, or that depends on such a one, gets
    the base's name in front: ``vae_reduction``.
    """
    taken = {"base", *(p.name for p in describe(cls.Own))}
    plain: dict[str, Param] = {}
    names: dict[str, dict[str, str]] = {}
    for base, base_class in known:
        params = {p.name: p for p in describe(base_class.Config)}
        apart = {n for n, p in params.items() if n in taken or plain.get(n, p) != p}
        while more := {n for n, p in params.items() if n not in apart and {d for d, _ in p.when} & apart}:
            apart |= more
        plain |= {n: p for n, p in params.items() if n not in apart and n not in plain}
        names[base] = {n: f"{base}_{n}".replace("-", "_").replace(" ", "_") if n in apart else n for n in params}
    return names


@_kept
def _config(cls: type[Composed], known: Bases) -> type:
    """The base, the variant's own settings, then those of all bases, each shown with the bases that have it."""
    fields: dict[str, tuple[type, Any]] = {}
    choices = tuple(base for base, _ in known)
    fields["base"] = (str, param(FIRST, cls.base_help, choices=choices, label="Base network"))
    own_hints = typing.get_type_hints(cls.Own)
    for p in describe(cls.Own):
        fields[p.name] = (own_hints[p.name], _field(p, dict(p.when)))
    for name, (p, hint, having) in _shared(cls, known).items():
        when = {"base": tuple(having), **dict(p.when)} if len(having) < len(known) else dict(p.when)
        fields[name] = (hint, _field(p, when))
    return dataclasses.make_dataclass(
        "Config", [(name, hint, field) for name, (hint, field) in fields.items()], frozen=True
    )


def _shared(cls: type[Composed], known: Bases) -> dict[str, tuple[Param, Any, list[str]]]:
    """Every name of the common form with its setting, its type, and the bases that have it."""
    shared: dict[str, tuple[Param, Any, list[str]]] = {}
    for base, base_class in known:
        names, hints = _names(cls, known)[base], typing.get_type_hints(base_class.Config)
        for p in describe(base_class.Config):
            when = tuple((names[depends], allowed) for depends, allowed in p.when)
            found: tuple[Param, Any, list[str]] = (dataclasses.replace(p, when=when), hints[p.name], [])
            shared.setdefault(names[p.name], found)[2].append(base)
    return shared


def _field(p: Param, when: Mapping[str, Any]) -> Any:
    return param(
        p.default,
        p.help,
        low=p.low,
        high=p.high,
        choices=p.choices,
        label=p.label,
        advanced=p.advanced,
        when=when,
        search=p.search,
    )
