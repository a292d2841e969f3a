"""Modules of the operator's that register further variants: kinds of data, models, scores and whatever has a register.

``ANOMALENS_PLUGINS`` names importable modules with commas between. They are imported before a register is first asked,
in the server, in every worker and on the command line alike.
"""

import importlib
import os
import threading
from pathlib import Path

from core.errors import ConfigError

_lock = threading.RLock()
_loaded: set[str] = set()


def names() -> tuple[str, ...]:
    """The modules that the environment names."""
    return tuple(part.strip() for part in os.environ.get("ANOMALENS_PLUGINS", "").split(",") if part.strip())


def load() -> None:
    """Import them, each once.

    Raises
    ------
    ConfigError
        When one cannot be found, or breaks.
    """
    with _lock:
        for name in names():
            if name in _loaded:
                continue
            # Before the import: a plug-in asks the registers itself.
            _loaded.add(name)
            try:
                importlib.import_module(name)
            except Exception as error:
                _loaded.discard(name)
                raise ConfigError(
                    f"The plug-in {name!r} could not be imported ({type(error).__name__}: {error}). Mend it, put its "
                    "folder on PYTHONPATH, or take it out of ANOMALENS_PLUGINS."
                ) from error


def sources() -> list[Path]:
    """The files of the plug-ins, so that what is remembered of them is forgotten when one changes."""
    load()
    found: list[Path] = []
    for name in names():
        module = importlib.import_module(name)
        file = Path(module.__file__ or "")
        found += sorted(file.parent.glob("**/*.py")) if file.name == "__init__.py" else [file]
    return found
