"""Name -> object, filled by the modules of a package, found and imported on first use; plug-ins add theirs."""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from core import plugins
from core.errors import UnknownNameError

T = TypeVar("T")
U = TypeVar("U")


class Registry(Generic[T]):
    """A register of everything of one kind that lives in one package, one object a file.

    Parameters
    ----------
    kind
        What is registered, as it is called in messages ("model", "threshold rule").
    package
        The package whose modules register themselves ("core.models").
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._objects: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str) -> Callable[[U], U]:
        """Decorate the object that shall be found under ``name``."""

        def add(thing: U) -> U:
            known = self._objects.get(name)
            # A reloaded module registers its objects again under the same names.
            if known is not None and getattr(known, "__module__", None) != getattr(thing, "__module__", None):
                raise ValueError(f"Two {self.kind}s are called {name!r}. Rename one of them.")
            self._objects[name] = thing  # type: ignore[assignment]
            return thing

        return add

    def __getitem__(self, name: str) -> T:
        self._load()
        try:
            return self._objects[name]
        except KeyError:
            near = difflib.get_close_matches(name, self._objects, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            known = ", ".join(self.names())
            raise UnknownNameError(f"There is no {self.kind} called {name!r}.{hint} Known: {known}.") from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._objects

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        self._load()
        return len(self._objects)

    def names(self) -> list[str]:
        """Every registered name, in the order of the alphabet."""
        self._load()
        return sorted(self._objects)

    def items(self) -> list[tuple[str, T]]:
        """Every name with its object, in the order of the alphabet."""
        return [(name, self._objects[name]) for name in self.names()]

    def _load(self) -> None:
        if self._loaded:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_"):
                importlib.import_module(f"{self._package}.{module.name}")
        # Last: what a plug-in brings is built on what is there.
        self._loaded = True
        plugins.load(self._package.rpartition(".")[2])
