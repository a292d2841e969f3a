"""Many of PyTorch's own operations as one call: nothing of Python happens between them, nor holds its lock.

The gradient of a step by hand is some thirty operations of ten microseconds. Played from Python a quarter of the time
is Python's, and two threads that train two members wait for its lock more than they gain. Written as a graph in the
language of TorchScript, which PyTorch still reads though its compiler is no longer developed, the same operations over
the same memory are called from C++: the same numbers to the last bit, sooner on one thread, and side by side on two.

Where a later PyTorch cannot read it, :func:`scripted` gives None and the calls are played from Python. The optimizer
stays outside: TorchScript does not see that a list of tensors is written to, and leaves such a call out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Given:
    """Stands for a tensor that is another in every call."""

    name: str


def scripted(calls: Sequence[partial[Any]], given: Sequence[Given]) -> Callable[..., object] | None:
    """A function that makes the calls, for use without autograd.

    Parameters
    ----------
    calls
        Overloads of PyTorch's operations with their arguments: tensors, numbers, words, or what comes later. Each
        writes into one of its arguments.
    given
        What the function takes, in this order.
    """
    graph = _Graph()
    for call in calls:
        graph.add(call)
    function = _compiled(graph.text(given))
    return None if function is None else partial(function, graph.tensors)


@cache
def _compiled(text: str) -> Callable[..., object] | None:
    """The graph as a function; members of a kind share one, and so do their sizes of batches."""
    try:
        made: Callable[..., object] = torch._C._create_function_from_graph("calls", torch._C.parse_ir(text))
    except (AttributeError, RuntimeError):
        return None
    return made


class _Graph:
    """The text of a graph, a line for each call."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        """What the calls work on; the graph's first input, so that graphs of the same calls are the same text."""
        self._names: dict[int, str] = {}
        self._constants: dict[tuple[str, str], str] = {}
        self._lines: list[str] = []

    def add(self, call: partial[Any]) -> None:
        """Write a call down."""
        schema = getattr(call.func, "_schema")  # noqa: B009 - an overload's; the type of partial does not tell
        names = [argument.name for argument in schema.arguments]
        values = dict(zip(names, call.args, strict=False)) | call.keywords
        written = [self._written(values.get(a.name, a.default_value), str(a.type)) for a in schema.arguments]
        self._lines.append(f"%r{len(self._lines)} : Tensor = {schema.name}({', '.join(written)})")

    def text(self, given: Sequence[Given]) -> str:
        """The graph."""
        inputs = ", ".join(["%tensors : Tensor[]", *(f"%{one.name} : Tensor" for one in given)])
        unpacked = ", ".join(f"%t{i} : Tensor" for i in range(len(self.tensors)))
        constants = [f"{name} : {kind} = prim::Constant[value={v}]()" for (kind, v), name in self._constants.items()]
        lines = [f"{unpacked} = prim::ListUnpack(%tensors)", *constants, *self._lines]
        ending = ["%nothing : NoneType = prim::Constant()", "return (%nothing)", ""]
        return "\n  ".join([f"graph({inputs}):", *lines, *ending])

    def _written(self, value: Any, kind: str) -> str:
        """The name of an argument."""
        if isinstance(value, Given):
            return f"%{value.name}"
        if isinstance(value, Tensor):
            if id(value) not in self._names:
                self._names[id(value)] = f"%t{len(self.tensors)}"
                self.tensors.append(value)
            return self._names[id(value)]
        if isinstance(value, bool):
            constant = ("bool", str(int(value)))
        elif kind == "float" or isinstance(value, float):
            constant = ("float", repr(float(value)))
        elif isinstance(value, str):
            constant = ("str", f'"{value}"')
        else:
            constant = ("int", str(value))
        return self._constants.setdefault(constant, f"%c{len(self._constants)}")
