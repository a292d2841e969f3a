"""The hand-written gradient of plain dense networks, without autograd: the same numbers in less than half of the time.

At 256 rows a batch, most of an autograd step is not arithmetic. Where a network is nothing but linear layers and simple
activations with the squared error as its loss, a step is always the same calls on the same memory. They are planned
once, as a list of operations with all that they work on (a :class:`Tape`), and played for every batch: on a processor
many steps at a time without Python (:mod:`core.training.steps.script`), on a card as a graph of its kernels.

What was measured to count, at widths up to 128 (step of d-128-64-16-64-128-d, batch 256, one thread: 340 microseconds
at d = 10, of which 230 are matrix products; 600 before):

- Each layer's weights lie transposed with the bias as their last row, and every layer's input ends in a column of ones
  (``FlatWeights(transposed=True)``). So one product does a layer, ``h W``, and one more all of its gradient, ``h' g``;
  nothing adds a bias or sums its gradient. ``h W`` of two matrices by rows is also the product that is done fastest.
- A layer's input is overwritten by its own gradient, through one buffer that all layers share: what is worked on
  stays in the processor's cache.
- Rows of a buffer begin 64 bytes apart or a multiple of it.
- The loss's factor is the ``alpha`` of the last layer's products.

Any variant that overrides a part of the loss goes through autograd as usual.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from core.models.base import Autoencoder
from core.models.dense import DenseAutoencoder

Call = partial[object]
"""One of PyTorch's own operations with all that it is given; :mod:`core.training.steps.script` reads it."""
_aten = torch.ops.aten
_SAME_AS_BASE = ("read", "forward", "loss_terms", "reconstruction", "error", "weight", "start_epoch")
_LINE = 16
"""Floats in a line of the processor's cache."""


def direct_step(member: Autoencoder) -> "DirectStep | None":
    """The hand-written step of a member; None where autograd must do it."""
    cls = type(member)
    plain = all(getattr(cls, name) is getattr(Autoencoder, name) for name in _SAME_AS_BASE)
    dense = isinstance(member, DenseAutoencoder) and all(
        getattr(cls, name) is getattr(DenseAutoencoder, name) for name in ("encode", "decode")
    )
    if not (plain and dense) or member.blank is not None:
        return None
    assert isinstance(member, DenseAutoencoder)
    layers: list[tuple[nn.Linear, nn.Module | None]] = []
    for module in [*member.encoder, *member.decoder]:
        if type(module) is nn.Linear and module.bias is not None:
            layers.append((module, None))
        elif type(module) in _ACTIVATIONS and layers and layers[-1][1] is None:
            layers[-1] = (layers[-1][0], module)
        else:
            return None
    owned = [p for layer, _ in layers for p in layer.parameters()]
    # In the same order and none twice: in the flat vector a layer's bias follows its weights.
    if [id(p) for p in owned] != [id(p) for p in member.parameters()] or not all(p.requires_grad for p in owned):
        return None
    if any(module._forward_hooks or module._forward_pre_hooks for module in member.modules()):
        return None
    return DirectStep(layers, member.config.reduction)


@dataclass(frozen=True)
class Tape:
    """A step over a fixed number of rows."""

    x: Tensor
    """Where the rows go, shape (rows, width)."""
    error: Tensor
    """x_hat - x in one row, when the calls are made."""
    calls: tuple[Call, ...]

    def measure(self, squares: Any) -> Call:
        """The call that writes the sum of squared errors into ``squares``, after all others."""
        return partial(_aten.dot.out, self.error, self.error, out=squares)

    def play(self, squares: Tensor) -> None:
        """Write the gradient, and the sum of squared errors; for use without autograd."""
        for call in self.calls:
            call()
        self.measure(squares)()


class DirectStep:
    """Loss and gradient of one member over a batch.

    Parameters
    ----------
    layers
        Each linear layer with the activation after it, laid out by ``FlatWeights(transposed=True)`` when the first tape
        is asked for.
    reduction
        "mean" or "sum" of a row's squared errors.
    """

    def __init__(self, layers: list[tuple[nn.Linear, nn.Module | None]], reduction: str) -> None:
        self._layers = [(layer, None if a is None else _ACTIVATIONS[type(a)](a)) for layer, a in layers]
        self._tapes: dict[int, Tape] = {}
        self.share = 1.0 if reduction == "sum" else 1.0 / layers[-1][0].out_features
        """What a batch's loss times its rows is of its sum of squared errors."""

    def tape(self, rows: int) -> Tape:
        """The step over so many rows; a pass has two sizes of batches at most, and each keeps its buffers."""
        tape = self._tapes.get(rows)
        if tape is None:
            tape = self._tapes[rows] = self._plan(rows)
        return tape

    def _plan(self, rows: int) -> Tape:
        first, last = self._layers[0][0], len(self._layers) - 1
        new = first.weight.detach().new_empty
        inputs = [_with_ones(new, rows, layer.in_features) for layer, _ in self._layers]
        # h[i] is what layer i is given; h[-1] is x_hat.
        h = [given[:, :-1] for given in inputs] + [new((rows, self._layers[-1][0].out_features))]
        before = [_like(h[i + 1]) if a and a.keeps_before else h[i + 1] for i, (_, a) in enumerate(self._layers)]
        calls: list[Call] = []
        for i, (layer, activation) in enumerate(self._layers):
            calls.append(partial(_aten.mm.out, inputs[i], _with_bias(layer.weight, layer.bias), out=before[i]))
            if activation is not None:
                calls.append(activation.forth(before[i], h[i + 1]))
        # x_hat - x, the derivative of half the squared error; what comes before the output's bend replaces x_hat.
        activation = self._layers[-1][1]
        error = h[-1] if activation is None else torch.empty_like(h[-1])
        calls.append(partial(_aten.sub.out, h[-1], h[0], out=error))
        if activation is not None:
            calls.append(activation.back(error, before[-1], h[-1], h[-1]))
        g = h[-1]
        shared = new(rows * max(layer.in_features for layer, _ in self._layers))
        for i in range(last, -1, -1):
            layer = self._layers[i][0]
            factor = 2.0 * self.share / rows if i == last else 1.0
            assert layer.weight.grad is not None
            calls.append(_product(inputs[i].t(), g, factor, _with_bias(layer.weight.grad, layer.bias.grad)))
            if i:
                # d/dh[i], first after and then before the activation that h[i] comes from; it replaces h[i].
                activation = self._layers[i - 1][1]
                after = h[i] if activation is None else shared[: h[i].numel()].view(h[i].shape)
                calls.append(_product(g, layer.weight.detach(), factor, after))
                if activation is not None:
                    calls.append(activation.back(after, before[i - 1], h[i], h[i]))
                g = h[i]
        return Tape(h[0], error.view(-1), tuple(calls))


def _with_bias(weight: Tensor, bias: Tensor | None) -> Tensor:
    """A layer's weights (or their gradient), transposed, with its bias as the last row, shape (in + 1, out)."""
    assert weight.t().is_contiguous()
    assert bias is not None
    assert bias.data_ptr() == weight.data_ptr() + weight.nbytes
    width, units = weight.shape[1], weight.shape[0]
    return weight.detach().as_strided((width + 1, units), (units, 1))


def _with_ones(new: Callable[..., Tensor], rows: int, width: int) -> Tensor:
    """A buffer of shape (rows, width + 1) that ends in a column of ones, each row on a line of the cache."""
    buffer = new((rows, -(-(width + 1) // _LINE) * _LINE))[:, : width + 1]
    buffer[:, -1] = 1.0
    return buffer


def _like(tensor: Tensor) -> Tensor:
    """Memory with the strides of a tensor: PyTorch's GELU from one stride into another is wrong."""
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=tensor.device)


def _product(a: Tensor, b: Tensor, factor: float, out: Tensor) -> Call:
    """A matrix product times a factor, into ``out``."""
    if factor == 1.0:
        return partial(_aten.mm.out, a, b, out=out)
    return partial(_aten.addmm.out, out, a, b, beta=0, alpha=factor, out=out)


@dataclass(frozen=True)
class _Activation:
    """The calls that an activation is made of."""

    keeps_before: bool
    """Whether the way back needs the value before it; else ``before`` and ``after`` are one buffer."""
    forth: Callable[[Tensor, Tensor], Call]
    """From ``before`` into ``after``."""
    back: Callable[[Tensor, Tensor, Tensor, Tensor], Call]
    """From the gradient ``g`` after it, with ``before`` and ``after``, into ``out``."""


def _leaky(slope: float) -> _Activation:
    backward = _aten.leaky_relu_backward.grad_input
    return _Activation(
        True,
        lambda before, after: partial(_aten.leaky_relu.out, before, slope, out=after),
        lambda g, before, after, out: partial(backward, g, before, slope, False, grad_input=out),
    )


_ACTIVATIONS: dict[type[nn.Module], Callable[[nn.Module], _Activation]] = {
    nn.ReLU: lambda module: _Activation(
        False,
        lambda before, after: partial(_aten.relu_.default, before),
        lambda g, before, after, out: partial(_aten.threshold_backward.grad_input, g, after, 0, grad_input=out),
    ),
    nn.LeakyReLU: lambda module: _leaky(float(module.negative_slope)),  # type: ignore[arg-type]
    nn.GELU: lambda module: _Activation(
        True,
        lambda before, after: partial(_aten.gelu.out, before, out=after),
        lambda g, before, after, out: partial(_aten.gelu_backward.grad_input, g, before, grad_input=out),
    ),
    nn.Tanh: lambda module: _Activation(
        False,
        lambda before, after: partial(_aten.tanh_.default, before),
        lambda g, before, after, out: partial(_aten.tanh_backward.grad_input, g, after, grad_input=out),
    ),
    nn.Sigmoid: lambda module: _Activation(
        False,
        lambda before, after: partial(_aten.sigmoid_.default, before),
        lambda g, before, after, out: partial(_aten.sigmoid_backward.grad_input, g, after, grad_input=out),
    ),
}
