"""Waiting for something to happen: tests wait for states, however long a machine takes to get there."""

import time
from collections.abc import Callable
from typing import Any

WAIT = 240.0
"""Seconds after which something that should have happened by now is taken to have failed: busy machines are slow."""


def until(happened: Callable[[], Any], what: str, seconds: float = WAIT) -> None:
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"It took more than {seconds:g} s until {what}."
        time.sleep(0.02)
