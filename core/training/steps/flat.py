"""All weights of all members in one vector, so that the optimizer takes one step and a copy is one copy."""

from collections.abc import Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn

State = dict[str, Tensor]
_aten = torch.ops.aten


class FlatWeights:
    """Members whose parameters and gradients are views of two vectors.

    Autograd adds into a gradient that is there already, so the views stay views; one optimizer step over one vector
    then replaces a call per layer (5 to 10 % of a step at batch 256).

    Parameters
    ----------
    members
        Networks of the same kind, on the same device.
    transposed
        Lay each matrix out by its columns. A linear layer's bias then follows as one more row of the matrix, and a
        batch times that matrix is the multiplication that processors do fastest.
    """

    def __init__(self, members: Sequence[nn.Module], transposed: bool = False) -> None:
        self.members = list(members)
        self._transposed = transposed
        parameters = [p for member in self.members for p in member.parameters()]
        self._shapes = [p.shape for p in parameters]
        self._counts = [p.numel() for p in parameters]
        self.vector = parameters[0].detach().new_empty(sum(self._counts))
        self.gradient = torch.zeros_like(self.vector)
        for p, here in zip(parameters, self._views(self.vector), strict=True):
            here.copy_(p.data)
        self._parameters = parameters
        self.bind()
        self.vectors, self.gradients = self.of_members(self.vector), self.of_members(self.gradient)
        """Each member's share."""
        self._clipping: dict[tuple[float, int], list[partial[object]]] = {}

    def bind(self) -> None:
        """Make the members' parameters and gradients views of the two vectors, from whose weights they go on."""
        for p, here, gradient in zip(
            self._parameters, self._views(self.vector), self._views(self.gradient), strict=True
        ):
            p.data, p.grad = here, gradient

    def release(self) -> None:
        """Give the members ordinary weights of their own, each contiguous, as a loaded network has them.

        A product with a matrix that lies transposed is another kernel's, whose last bits differ on some processors.
        """
        for p, here in zip(self._parameters, self._views(self.vector), strict=True):
            p.data, p.grad = here.clone(memory_format=torch.contiguous_format), None

    def of_members(self, vector: Tensor) -> list[Tensor]:
        """Each member's share of a vector laid out like the weights."""
        return list(torch.split(vector, len(self.vector) // len(self.members)))

    def clip(self, longest: float, member: int) -> None:
        """Shorten a member's gradient to at most ``longest``, without a word back from the device."""
        for call in self.clipping(longest, member):
            call()

    def clipping(self, longest: float, member: int) -> list[partial[object]]:
        """The calls that shorten a member's gradient."""
        if (longest, member) not in self._clipping:
            gradient = self.gradients[member]
            factor, most = torch.zeros((), device=gradient.device), torch.full((), longest, device=gradient.device)
            self._clipping[longest, member] = [
                partial(_aten.linalg_vector_norm.out, gradient, out=factor),
                partial(_aten.add_.Scalar, factor, 1e-6),
                partial(_aten.div.out, most, factor, out=factor),
                partial(_aten.clamp_max_.default, factor, 1.0),
                partial(_aten.mul_.Tensor, gradient, factor),
            ]
        return self._clipping[longest, member]

    def copy(self) -> State:
        """The weights and buffers (running means) as they are now."""
        state = {"weights": self.vector.clone()}
        for name, buffer in self._buffers():
            state[f"buffer.{name}"] = buffer.detach().clone()
        return state

    def restore(self, state: State) -> None:
        """Put back what :meth:`copy` gave."""
        with torch.no_grad():
            self.vector.copy_(state["weights"])
            for name, buffer in self._buffers():
                buffer.copy_(state[f"buffer.{name}"])

    def plain(self, vector: Tensor) -> Tensor:
        """A vector laid out like the weights, as PyTorch stores them; any other tensor stays as it is."""
        if not self._transposed or vector.shape != self.vector.shape:
            return vector
        return torch.cat([view.reshape(-1) for view in self._views(vector)])

    def laid_out(self, plain: Tensor) -> Tensor:
        """The way back from :meth:`plain`."""
        if not self._transposed or plain.shape != self.vector.shape:
            return plain
        vector = torch.empty_like(plain)
        for view, part in zip(self._views(vector), torch.split(plain, self._counts), strict=True):
            view.copy_(part.view_as(view))
        return vector

    def _views(self, vector: Tensor) -> Iterator[Tensor]:
        """A vector's part for each parameter, in that parameter's shape."""
        for part, shape in zip(torch.split(vector, self._counts), self._shapes, strict=True):
            matrix = self._transposed and len(shape) == 2
            yield part.view(shape[1], shape[0]).t() if matrix else part.view(shape)

    def _buffers(self) -> list[tuple[str, Tensor]]:
        return [(f"{k}.{name}", b) for k, member in enumerate(self.members) for name, b in member.named_buffers()]
