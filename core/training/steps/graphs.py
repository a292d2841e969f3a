"""A step on a CUDA card as one graph: small networks would spend their time on launching 30 kernels one by one.

Where the step cannot be captured it stays as it is, and the log says why.
"""

import logging
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Step = Callable[[float | Tensor, Tensor], None]
"""A step at a learning rate; it writes the sum of squared errors into the second argument."""
_WARM_UP = 3
"""Steps before the capture, in which the libraries allocate what they need (PyTorch asks for it)."""
_log = logging.getLogger(__name__)


def captured(step: Step, changed: Sequence[Tensor], device: torch.device) -> Step:
    """The same step from a graph, or itself where there can be none.

    Parameters
    ----------
    step
        Works on the same memory every time, without asking the card for a number.
    changed
        All that steps change and the next one reads; as it was when this returns.
    device
        The CUDA card.
    """
    kept = [tensor.clone() for tensor in changed]
    try:
        rate, squares = torch.zeros((), device=device), torch.zeros((), device=device)
        with torch.cuda.device(device):
            aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                for _ in range(_WARM_UP):
                    step(rate, squares)
            torch.cuda.current_stream().wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                step(rate, squares)
    except (RuntimeError, AssertionError) as error:
        # Without CUDA in PyTorch it is an AssertionError.
        _log.warning("The training step cannot become a CUDA graph and is launched kernel by kernel: %s", error)
        return step
    finally:
        for tensor, before in zip(changed, kept, strict=True):
            tensor.copy_(before)

    def replay(now: float | Tensor, out: Tensor) -> None:
        rate.fill_(now)
        graph.replay()
        out.copy_(squares)

    return replay
