"""One fused kernel over a member's flat weights, without what ``torch.optim`` does around it.

At 256 rows a batch ``torch.optim`` spends twice the kernel's own time in Python, 30 microseconds a step. The arithmetic
is the same kernel's, to the last bit, and so are the names of the state.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from core.recipe import TrainingConfig
from core.training.steps.flat import FlatWeights

State = dict[str, Tensor]
_aten = torch.ops.aten
_ADAM = {"adam": torch._fused_adam_, "adamw": torch._fused_adamw_}
_OVERLOADS = {
    torch._fused_adam_: _aten._fused_adam_.default,
    torch._fused_adamw_: _aten._fused_adamw_.default,
    torch._fused_sgd_: _aten._fused_sgd_.default,
}
"""As :mod:`core.training.steps.script` wants them; called from Python they are slower."""
_BETAS, _EPSILON = (0.9, 0.999), 1e-8


class Optimizer:
    """Adam, AdamW, or SGD with momentum, for members that each make their steps when they like.

    Parameters
    ----------
    config
        The rule and its settings.
    weights
        What is changed, and the gradient that it is changed by.
    """

    def __init__(self, config: TrainingConfig, weights: FlatWeights) -> None:
        names = ["exp_avg", "exp_avg_sq"]
        if config.optimizer == "sgd":
            names = ["momentum_buffer"] if config.momentum else []
        self._moments = {name: torch.zeros_like(weights.vector) for name in names}
        self._steps = [torch.zeros((), device=weights.vector.device) for _ in weights.members]
        self._counts = config.optimizer != "sgd"
        self._own = list(zip(*(weights.of_members(m) for m in self._moments.values()), self._steps, strict=True))
        parts = [weights.of_members(vector) for vector in (weights.vector, weights.gradient, *self._moments.values())]
        self._kernels: list[partial[object]] = [
            _kernel(config, [[tensor] for tensor in own], steps)
            for own, steps in zip(zip(*parts, strict=True), self._steps, strict=True)
        ]

    @torch.no_grad()
    def step(self, member: int, rate: float | Tensor) -> None:
        """Change a member's weights by their gradient; the learning rate may lie on the device."""
        if self._counts:
            self._steps[member].add_(1)
        self._kernels[member](lr=rate)

    def calls(self, member: int, rate: Any) -> list[partial[object]]:
        """The calls that :meth:`step` makes; the rate may be yet to come."""
        counted = [partial(_aten.add_.Scalar, self._steps[member], 1)] if self._counts else []
        kernel = self._kernels[member]
        return [*counted, partial(_OVERLOADS[kernel.func], *kernel.args, lr=rate, **kernel.keywords)]

    def remembered(self, member: int) -> tuple[Tensor, ...]:
        """All that a member's steps change beside its weights."""
        return self._own[member]

    @property
    def state(self) -> State:
        """What the rule remembers, under the names of ``torch.optim``; for when all members made as many steps."""
        return self._moments | ({"step": self._steps[0]} if self._counts else {})

    def restore(self, state: State) -> None:
        """Put back what was in :attr:`state`; an empty one is that of the beginning."""
        for name, tensor in self._moments.items():
            tensor.copy_(state[name]) if name in state else tensor.zero_()
        for steps in self._steps:
            steps.copy_(state["step"]) if "step" in state else steps.zero_()


def _kernel(config: TrainingConfig, tensors: list[list[Tensor]], steps: Tensor) -> partial[object]:
    """The rule over a member's weights, gradient and moments, to be called with ``lr``."""
    weights, gradient, *moments = tensors
    if config.optimizer == "sgd":
        return partial(
            torch._fused_sgd_,
            weights,
            gradient,
            moments[0] if moments else [],
            weight_decay=config.weight_decay,
            momentum=config.momentum,
            dampening=0.0,
            nesterov=False,
            maximize=False,
            # A buffer of zeros becomes the gradient in the first step, as PyTorch's does.
            is_first_step=False,
        )
    return partial(
        _ADAM[config.optimizer],
        weights,
        gradient,
        *moments,
        [],
        [steps],
        beta1=_BETAS[0],
        beta2=_BETAS[1],
        weight_decay=config.weight_decay,
        eps=_EPSILON,
        amsgrad=False,
        maximize=False,
    )
