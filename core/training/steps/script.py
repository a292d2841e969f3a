"""Many of PyTorch's own operations, many times over, as one call: Python has no part in it, nor is its lock held.

A hand-written step is some thirty operations of ten microseconds. Played from Python a quarter of the time
is Python's, and two threads that train two members wait for its lock more than they gain: a wait costs as much as ten
operations. Written as a graph in the language of TorchScript, which PyTorch still reads though its compiler is no
longer developed, the same operations over the same memory are called from C++, for a whole row of steps: the same
numbers to the last bit, sooner on one thread, and side by side on two.

Where a later PyTorch cannot read it, :func:`scripted` gives None and the calls are played from Python.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Placeholder:
    """Stands for what is another in every step."""

    name: str
    kind: str = "Tensor"
    """Its type in TorchScript: Tensor, float."""


def scripted(calls: Sequence[partial[Any]], given: Sequence[Placeholder]) -> Callable[..., object] | None:
    """A function that makes the calls once for every step, for use without autograd.

    Parameters
    ----------
    calls
        Overloads of PyTorch's operations with their arguments: tensors, lists of tensors, numbers, words, nothing, or
        what is another in every step. Each writes into one of its arguments.
    given
        What the function takes, in this order, each as a list with a value for each step.
    """
    graph = _Graph()
    for call in calls:
        graph.add(call)
    function = _compiled(graph.text(given))
    return None if function is None else partial(function, graph.tensors, *graph.lists)


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
        self.lists: list[list[Tensor]] = []
        """Lists of tensors are inputs of their own: of one that is made within, TorchScript does not see that an
        operation writes to it, and leaves the operation out."""
        self._names: dict[int, str] = {}
        self._constants: dict[tuple[str, str | None], str] = {}
        self._lines: list[str] = []

    def add(self, call: partial[Any]) -> None:
        """Write a call down."""
        schema = getattr(call.func, "_schema")  # noqa: B009 - an overload's; the type of partial does not tell
        names = [argument.name for argument in schema.arguments]
        values = dict(zip(names, call.args, strict=False)) | call.keywords
        written = [self._written(values.get(a.name, a.default_value), str(a.type)) for a in schema.arguments]
        result = f"%r{len(self._lines)} : Tensor = " if schema.returns else ""
        self._lines.append(f"{result}{schema.name}({', '.join(written)})")

    def text(self, given: Sequence[Placeholder]) -> str:
        """The graph."""
        inputs = ["%tensors : Tensor[]", *(f"%l{i} : Tensor[]" for i in range(len(self.lists)))]
        inputs += [f"%all_{one.name} : {one.kind}[]" for one in given]
        unpacked = ", ".join(f"%t{i} : Tensor" for i in range(len(self.tensors)))
        taken = [f"%{one.name} : {one.kind} = aten::__getitem__(%all_{one.name}, %i)" for one in given]
        constants = [
            f"{name} : {kind} = prim::Constant{'' if v is None else f'[value={v}]'}()"
            for (kind, v), name in self._constants.items()
        ]
        return "\n".join(
            [
                f"graph({', '.join(inputs)}):",
                f"  {unpacked} = prim::ListUnpack(%tensors)",
                *(f"  {line}" for line in constants),
                "  %again : bool = prim::Constant[value=1]()",
                f"  %steps : int = aten::len(%all_{given[0].name})",
                "  prim::Loop(%steps, %again)",
                "    block0(%i : int):",
                *(f"      {line}" for line in [*taken, *self._lines]),
                "      -> (%again)",
                "  %nothing : NoneType = prim::Constant()",
                "  return (%nothing)",
                "",
            ]
        )

    def _written(self, value: Any, kind: str) -> str:
        """The name of an argument."""
        if isinstance(value, Placeholder):
            return f"%{value.name}"
        if isinstance(value, Tensor):
            if id(value) not in self._names:
                self._names[id(value)] = f"%t{len(self.tensors)}"
                self.tensors.append(value)
            return self._names[id(value)]
        if isinstance(value, list):
            self.lists.append(value)
            return f"%l{len(self.lists) - 1}"
        constant: tuple[str, str | None]
        if value is None:
            constant = ("NoneType", None)
        elif isinstance(value, bool):
            constant = ("bool", str(int(value)))
        elif kind == "float" or isinstance(value, float):
            constant = ("float", repr(float(value)))
        elif isinstance(value, str):
            constant = ("str", f'"{value}"')
        else:
            constant = ("int", str(value))
        return self._constants.setdefault(constant, f"%c{len(self._constants)}")
