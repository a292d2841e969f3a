"""A quicker pass through networks that score: the same numbers, without fresh memory for every hidden layer.

In evaluation a stack of layers needs no more than its own result, so what lies between is written into buffers that are
there already, activations work in place, dropout is skipped and batch normalisation becomes part of the layer before
it. Every ``nn.Sequential`` of any variant that holds linear layers profits; what it does not know it calls as it is.
A million rows of 20 columns through 128-64-16-64-128 on one thread: 4.0 times a pass in one piece, 3.4 without this.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from core.models.base import Autoencoder

Step = Callable[[Tensor], Tensor]
_aten = torch.ops.aten
_IN_PLACE: dict[type[nn.Module], Callable[[nn.Module, Tensor], Tensor]] = {
    nn.ReLU: lambda module, h: torch.relu_(h),
    nn.LeakyReLU: lambda module, h: _aten.leaky_relu_(h, module.negative_slope),
    nn.GELU: lambda module, h: _aten.gelu_(h, approximate=module.approximate),
    nn.ELU: lambda module, h: _aten.elu_(h, module.alpha),
    nn.SELU: lambda module, h: torch.selu_(h),
    nn.SiLU: lambda module, h: _aten.silu_(h),
    nn.Tanh: lambda module, h: torch.tanh_(h),
    nn.Sigmoid: lambda module, h: torch.sigmoid_(h),
}
_NOTHING = (nn.Dropout, nn.AlphaDropout, nn.Identity)


@contextmanager
def quick(member: Autoencoder, rows: int) -> Iterator[None]:
    """Let a network in evaluation mode pass up to so many rows at a time through buffers, for a ``with`` block.

    For one thread at a time, and without gradients. More rows than that are passed as usual.
    """
    with ExitStack() as back:
        for module in member.modules():
            if type(module) is nn.Sequential and any(type(layer) is nn.Linear for layer in module):
                module.forward = _Stack(module, rows)  # type: ignore[method-assign]
                back.callback(module.__dict__.pop, "forward")
        yield


class _Stack:
    """The layers of an ``nn.Sequential`` one after the other; only the result is fresh memory."""

    def __init__(self, module: nn.Sequential, rows: int) -> None:
        self._rows: int = rows
        self._plain: Step = module.forward
        self._steps: list[Step] = []
        layers = [layer for layer in module if type(layer) not in _NOTHING or _hooked(layer)]
        place = 0
        while place < len(layers):
            place += self._add(layers, place)

    def __call__(self, x: Tensor) -> Tensor:
        """The result of the last layer."""
        if x.dim() != 2 or x.shape[0] > self._rows:
            return self._plain(x)
        for step in self._steps:
            x = step(x)
        return x

    def _add(self, layers: list[nn.Module], index: int) -> int:
        """Plan the layer at a place with those that it takes along; how many these are."""
        layer = layers[index]
        if type(layer) is not nn.Linear or _hooked(layer) or layer.bias is None:
            self._steps.append(layer)
            return 1
        weight: Tensor = layer.weight.t()
        bias: Tensor = layer.bias
        taken, after = 1, layers[index + 1 :]
        if after and type(after[0]) is nn.BatchNorm1d and not _hooked(after[0]) and after[0].running_var is not None:
            weight, bias = _folded(weight, bias, after[0])
            taken, after = 2, after[1:]
        activation: Step | None = None
        if after and type(after[0]) in _IN_PLACE and not _hooked(after[0]):
            activation = partial(_IN_PLACE[type(after[0])], after[0])
            taken, after = taken + 1, after[1:]
        # What follows may keep its input: only a buffer that the next linear layer reads is used again.
        inner = bool(after) and type(after[0]) is nn.Linear and not _hooked(after[0])
        self._steps.append(_linear(weight, bias, activation, self._rows if inner else 0))
        return taken


def _linear(weight: Tensor, bias: Tensor, activation: Step | None, rows: int) -> Step:
    """A linear layer with its activation; for up to so many rows into one buffer, for 0 into fresh memory."""
    buffer = weight.new_empty((rows, weight.shape[1]))

    def fresh(x: Tensor) -> Tensor:
        h = torch.mm(x, weight).add_(bias)
        return h if activation is None else activation(h)

    def again(x: Tensor) -> Tensor:
        n = x.shape[0]
        # Measured: with the bias in addmm the whole pass takes a tenth longer.
        h = torch.mm(x, weight, out=buffer if n == rows else buffer[:n]).add_(bias)
        return h if activation is None else activation(h)

    return again if rows else fresh


def _folded(weight: Tensor, bias: Tensor, norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """A linear layer (weight transposed) that does what it and the batch normalisation behind it do in evaluation."""
    assert norm.running_var is not None
    assert norm.running_mean is not None
    scale = torch.rsqrt(norm.running_var.double() + norm.eps)
    if norm.affine:
        scale = scale * norm.weight.double()
    shifted = (bias.double() - norm.running_mean.double()) * scale
    if norm.affine:
        shifted = shifted + norm.bias.double()
    return (weight.double() * scale).to(weight.dtype), shifted.to(bias.dtype)


def _hooked(module: nn.Module) -> bool:
    return bool(module._forward_hooks or module._forward_pre_hooks)
