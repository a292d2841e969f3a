"""Which of PyTorch's operations several threads share without a change of their last bits; all others get one thread.

An operation that adds numbers up adds them in another order for every number of threads, and a network's loss and
weights then differ in their last bits between two machines that are alike but for their cores. Most of the time of a
step that deserves several threads is matrix products, whose sums stay as they are where every thread has enough of
the result to itself, and operations on each number alone. So these are shared out, and sums, norms and the backward
passes that hold sums have one thread.

What each operation does was measured with 1 to 64 threads (PyTorch 2.13 with MKL in its strict mode, on AVX-512).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten
LEAST = 4096
"""Numbers of a product's result that a thread has at least. With half as many, 66 of 10,521 products had other last
bits than on one thread; with so many none of 7,299 had."""
_PRODUCTS = {_aten.mm: 0, _aten.bmm: 0, _aten.addmm: 1, _aten.baddbmm: 1}
"""Products, and the place of their first factor."""
_SUMS = (
    "dot vdot mse_loss huber_loss smooth_l1_loss binary_cross_entropy binary_cross_entropy_with_logits "
    "native_batch_norm native_batch_norm_backward _native_batch_norm_legit batch_norm_backward "
    "native_layer_norm_backward native_group_norm_backward mkldnn_rnn_layer mkldnn_rnn_layer_backward"
)
"""Operations that hold sums, beside those that PyTorch marks as such."""
_REMAINDERS = (
    "elu elu_ elu_backward sigmoid sigmoid_ silu silu_ silu_backward softplus softplus_backward mish mish_ "
    "mish_backward pow pow_ rsqrt rsqrt_"
)
"""Operations on each number alone that round the few numbers that fill no vector, at the end of each thread's part,
another way."""
_ALONE = {getattr(_aten, name) for name in f"{_SUMS} {_REMAINDERS}".split()}


class SameBits(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """For a ``with`` block: the threads that are allowed for operations that suit them, one for all others.

    It costs some microseconds an operation: for steps that take milliseconds.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Else PyTorch's compiler, which nothing here uses, is imported: 2,000 modules for every process that scores.
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call an operation with the threads that suit it."""
        call = partial(func, **(kwargs or {}))
        packet = func.overloadpacket
        if packet is _aten.convolution_backward:
            return _convolution_backward(call, *args)
        if packet in _ALONE or torch.Tag.reduction in func.tags:
            return _on_threads(1, call, *args)
        if packet in _PRODUCTS:
            first = _PRODUCTS[packet]
            return _on_threads(shared_by(args[first], args[first + 1]), call, *args)
        return call(*args)


def _convolution_backward(call: Callable[..., Any], *args: Any) -> tuple[Tensor | None, ...]:
    """The gradient of a convolution's input by all threads, and that of its weights, a sum over samples, by one."""
    *given, (of_input, of_weight, of_bias) = args
    found: tuple[Tensor | None, ...] = (None, None, None)
    if of_input:
        found = call(*given, [True, False, False])
    if of_weight or of_bias:
        found = (found[0], *_on_threads(1, call, *given, [False, of_weight, of_bias])[1:])
    return found


def shared_by(a: Tensor, b: Tensor) -> int:
    """How many threads may share a product of matrices, or of stacks of them, at most."""
    rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
    if a.dtype != torch.float32 and inner > max(rows, columns):
        # A long sum of small numbers in bf16, as in the gradient of a layer's weights, is cut by threads at any size.
        return 1
    return max(1, rows * columns // LEAST)


def _on_threads(count: int, call: Callable[..., Any], *args: Any) -> Any:
    """Call with so many threads, or with those that are allowed where these are fewer."""
    allowed = torch.get_num_threads()
    if count >= allowed:
        return call(*args)
    torch.set_num_threads(count)
    try:
        return call(*args)
    finally:
        torch.set_num_threads(allowed)
