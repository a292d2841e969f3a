"""Packages of the operator's that register further variants: kinds of data, models, scores and whatever has a register.

``ANOMALENS_PLUGINS`` names importable packages with commas between. A package has a module for each register that it
adds to, named as the room in ``core`` is: ``models``, ``presets``, ``modalities``, ``scores``, … It is imported when
that register is first asked, in the server, in every worker and on the command line alike; so a plug-in's networks
bring no torch into the server's process either.
"""

import importlib
import importlib.util
import os
import threading
from pathlib import Path

from core.errors import ConfigError

_lock = threading.RLock()
_loaded: set[str] = set()


def names() -> tuple[str, ...]:
    """The packages that the environment names."""
    return tuple(part.strip() for part in os.environ.get("ANOMALENS_PLUGINS", "").split(",") if part.strip())


def load(room: str) -> None:
    """Import what the plug-ins add to the register of a room such as ``models``, each once.

    Raises
    ------
    ConfigError
        When a plug-in cannot be found, or breaks.
    """
    with _lock:
        for name in names():
            module = f"{name}.{room}"
            if module in _loaded:
                continue
            # Before the import: a plug-in asks the registers itself.
            _loaded.add(module)
            try:
                importlib.import_module(name)
                if importlib.util.find_spec(module) is not None:
                    importlib.import_module(module)
            except Exception as error:
                _loaded.discard(module)
                raise ConfigError(
                    f"The plug-in {name!r} could not be imported ({type(error).__name__}: {error}). Mend it, put its "
                    "folder on PYTHONPATH, or take it out of ANOMALENS_PLUGINS."
                ) from error


def sources() -> list[Path]:
    """The files of the plug-ins, so that what is remembered of them is forgotten when one changes."""
    found: list[Path] = []
    for name in names():
        spec = importlib.util.find_spec(name)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            found += sorted(Path(folder).rglob("*.py"))
    return found
