"""The command line: `anomalens …`. A file per command; each imports what it needs when it runs."""

from core.cli.app import main

__all__ = ["main"]
