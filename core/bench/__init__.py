"""The benchmarks: one file each, every number in the documentation comes from one of them.

A benchmark is a function registered under the name that ``anomalens bench NAME`` takes. Its keyword parameters are its
options (``sessions: int = 50`` becomes ``--sessions 50``), and the first line of its docstring is its help. It returns
what it measured as plain values that JSON can hold, and says nothing itself but by ``progress``. ``table`` turns that
result into rows for people; a benchmark without one is shown as a list of names and values.

Modules here import what they measure inside their functions, because all of them are imported to list the names.
"""

from collections.abc import Callable
from typing import Any

from core.registry import Registry

Result = dict[str, Any]
"""What was measured: plain values; a list under the key "table" holds one record per row of the printed table."""

BENCHES: Registry[Callable[..., Result]] = Registry("benchmark", "core.bench")
"""``BENCHES.register("name")`` decorates ``def run(*, option: int = 1) -> Result``."""
