"""The command line: `anomalens …`. A file per command; each imports what it needs when it runs, so that all start fast."""

from core.cli.app import main

__all__ = ["main"]
