"""Libraries that only some formats need: imported where they are installed, and else named with what to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from core.errors import DataError


def needed(module: str, package: str, name: str, what: str) -> Any:
    """Import a library that a format needs.

    Parameters
    ----------
    module, package
        What is imported, and what it is called where packages are installed from.
    name, what
        The file, and what it is, in words with an article.

    Raises
    ------
    DataError
        With what to install, where it is missing.
    """
    try:
        return import_module(module)
    except ImportError:
        raise DataError(
            f"The file {name!r} is {what}, and reading those needs the package {package}, which is not installed. "
            f"Install it (pip install {package}, or all of them: pip install 'anomalens[formats]'), or save the table "
            "as CSV or Parquet."
        ) from None
